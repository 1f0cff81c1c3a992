"""What of a cell is measured, and what remains: answers go into result files as soon as they are there."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.results import ResultFolder
from crossprompt.tasks.heads import Head
from crossprompt.tasks.records import TrainingNumbers
from crossprompt.tasks.task import Encode, ScoredAnswers, Task, Test

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Model:
    """Something trained that can answer."""

    seed: int
    encode: Encode
    head: Head
    numbers: TrainingNumbers


@dataclass(frozen=True)
class CellStore:
    """The result files of one contender in one cell.

    Attributes:
        results: Where they are kept.
        cell: Whose they are.
        task: What is answered.
        seeds: All that are wanted.
        fingerprint: Hex SHA-256 of all that decides the numbers; files with another one don't count.
    """

    results: ResultFolder
    cell: Cell
    task: Task
    seeds: tuple[int, ...]
    fingerprint: str

    @property
    def title(self) -> str:
        """For messages."""
        return f"{self.cell.task}, {self.cell.shots or 'all'} shots, {self.cell.contender}"

    def missing(self, locales: Iterable[str]) -> dict[int, list[str]]:
        """By seed, the locales that remain to be answered; nothing for a seed that has all."""
        missing = self.results.missing(self.cell, self.seeds, list(locales), self.fingerprint)
        return {seed: [locale for own, locale in missing if own == seed] for seed in dict(missing)}

    def answer(self, model: Model, tests: Sequence[Test]) -> list[ScoredAnswers]:
        """Let a model answer ``tests``, and write its answers and what is derived of them."""
        answers = self.task.answer(model.encode, model.head, tests)
        for name, others in self.task.derived(tests, answers).items():
            for own in others:
                self.results.write(self._measurement(self.cell.model_copy(update={"task": name}), model, own))
        for own in answers:
            self.results.write(self._measurement(self.cell, model, own))
        return answers

    def measurements(self, locales: Sequence[str]) -> Iterator[Measurement]:
        """All that is there, the derived ones behind."""
        derived = [self.cell.model_copy(update={"task": name}) for name in self.task.derived((), ())]
        for cell in (self.cell, *derived):
            yield from self.results.measurements(cell, self.seeds, locales, self.fingerprint)

    def _measurement(self, cell: Cell, model: Model, answers: ScoredAnswers) -> Measurement:
        return Measurement(
            cell=cell,
            seed=model.seed,
            answers=answers,
            learning_rate=model.numbers.learning_rate,
            updates=model.numbers.updates,
            dev_score=model.numbers.best_dev_accuracy,
            fingerprint=self.fingerprint,
            seconds=round(self.results.lap(), 3),
        )


def average_in_words(answers: Sequence[ScoredAnswers]) -> str:
    """A line for the log."""
    average = sum(own.score for own in answers) / len(answers)
    return f"{average:.1f} on average over {len(answers)} tests"
