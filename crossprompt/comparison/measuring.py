"""Measuring a cell: each contender's own learning rate, its seeds, its answers in every locale, one file for each.

What is there is not computed again. Rates are kept in the database of studies, the prompts of a contender (all its
seeds are trained in one group) in a folder beside the results, answers in result files; fine-tuned weights are not
kept: a fine-tuning that was killed before its answers were written is done again.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pyarrow as pa
from optuna.storages import RDBStorage
from torch import Tensor

from crossprompt.comparison.contenders import Way, fresh_length, is_matched, way_of
from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.results import ResultFolder
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.comparison.storing import CellStore, Model, average_in_words
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.storage.tensors import fingerprint_tensor
from crossprompt.tasks.budget import budget_of
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.file import ClassifierFileError, load_classifiers, save_classifiers
from crossprompt.tasks.records import Method
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Task, Test
from crossprompt.trials.answering import make_ready
from crossprompt.trials.fine_tuning import fine_tune
from crossprompt.trials.group import train_group
from crossprompt.trials.training import TrialSpec
from crossprompt.tuning.grid import Grid
from crossprompt.tuning.search import Contender, FineTuningContender, PromptContender, best_rate, run_grid

logger = logging.getLogger(__name__)


class ContenderError(ValueError):
    """A contender of the configuration has no prompt."""


@dataclass(frozen=True)
class Bench:
    """Where a cell is measured.

    Attributes:
        task: The task, tokenised for its backbone.
        table: Rows of ``UTTERANCE_FEATURES`` with the test partition of every locale.
        locales: Those that are tested.
        prompts: The aligned prompts by contender, ``[layers, 2, heads, P, head_dim]``.
        settings: How every cell is measured.
        results: Where results are kept.
        storage: Where studies are kept.
        code_version: Whatever else names the code; results of other code are computed again.
    """

    task: Task
    table: pa.Table
    locales: tuple[str, ...]
    prompts: Mapping[str, Tensor]
    settings: MeasuringSettings
    results: ResultFolder
    storage: RDBStorage
    code_version: str = ""

    @cached_property
    def test_fingerprint(self) -> str:
        """Of all that is tested."""
        columns = ("id", "locale", "partition", "intent", "utt", "annot_utt")
        return fingerprint_value([self.table[name].to_pylist() for name in columns])


def measure(bench: Bench, plan: CellSettings) -> list[Measurement]:
    """Measure every contender of ``plan`` that is not measured yet; give all measurements of the cell.

    Raises:
        ContenderError: An aligned contender has no prompt.
        StudyError: A learning rate failed too often.
    """
    tests = {test.locale: test for test in bench.task.tests(bench.table, bench.locales, plan.max_utterances)}
    entries = [Entry(bench, plan, name) for name in plan.contenders]
    return [measurement for entry in entries for measurement in entry.measure(tests)]


class Entry:
    """One contender in one cell."""

    def __init__(self, bench: Bench, plan: CellSettings, name: str) -> None:
        """Find the contender's prompt.

        Raises:
            ContenderError: It is an aligned one and there is none.
        """
        self.bench, self.name, self.way = bench, name, way_of(name)
        self.cell = Cell(contender=name, task=bench.task.name, shots=plan.shots)
        self.plan = plan
        self.training = self._training(plan.training(bench.settings.training))
        self.prompt = self._prompt()

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of all that decides the numbers."""
        bench, backbone = self.bench, self.bench.task.backbone
        value = {
            "task": [bench.task.name, bench.task.fingerprint],
            "tests": [bench.test_fingerprint, self.plan.max_utterances],
            "backbone": [backbone.identity.fingerprint, str(backbone.dtype), backbone.dropout, backbone.max_tokens],
            "contender": self.name,
            "prompt": None if self.prompt is None else fingerprint_tensor(self.prompt),
            "training": self.training.model_dump(mode="json"),
            "fine_tuning": self.bench.settings.fine_tuning.model_dump(mode="json"),
            "rates": [self._rates(), bench.settings.tuning.seeds],
            "code": bench.code_version,
        }
        return fingerprint_value(value)

    def measure(self, tests: Mapping[str, Test]) -> list[Measurement]:
        """Train and test what is missing; all measurements."""
        store = self.store
        missing = store.missing(tests)
        if missing:
            remaining = sum(map(len, missing.values()))
            logger.info("%s: %d of %d results missing", store.title, remaining, len(store.seeds) * len(tests))
            for model in self._models(list(missing)):
                answers = store.answer(model, [tests[locale] for locale in missing[model.seed]])
                logger.info("%s, seed %d: %s", store.title, model.seed, average_in_words(answers))
        return list(store.measurements(list(tests)))

    @property
    def store(self) -> CellStore:
        """The contender's result files."""
        return CellStore(self.bench.results, self.cell, self.bench.task, self.training.seeds, self.fingerprint)

    def _models(self, seeds: Sequence[int]) -> Iterator[Model]:
        """Trained models of ``seeds``, one at a time where they are large."""
        rate = self._best_rate()
        if self.way is not Way.FINE_TUNING:
            for own in self._classifiers(rate):
                if own.history.seed in seeds:
                    yield Model(own.history.seed, *make_ready(self.bench.task, own), own.history)
            return
        for seed in seeds:
            dropout = self.bench.settings.fine_tuning.dropout
            tuned = fine_tune(self.bench.task, rate, seed, self.training, dropout)
            yield Model(seed, tuned.encode, tuned.head, tuned.numbers)

    def _classifiers(self, rate: float) -> tuple[TunedClassifier, ...]:
        """The prompts of all seeds: from the folder where an earlier run left them, or trained in one group."""
        folder = self._classifier_folder()
        try:
            return load_classifiers(folder)
        except ClassifierFileError as error:
            logger.debug("%s: training anew: %s", self.store.title, error)
        method = Method.ALIGNED if self.way is Way.ALIGNED else Method.FRESH
        specs = [TrialSpec(method, rate, seed, self.prompt) for seed in self.training.seeds]
        classifiers = train_group(self.bench.task, specs, self.training)
        save_classifiers(classifiers, folder)
        return classifiers

    def _classifier_folder(self) -> Path:
        example = self.bench.results.path(self.cell, 0, "any")
        return example.parent.parent / f"prompts-{self.fingerprint[:16]}"

    def _best_rate(self) -> float:
        """The contender's best rate on English dev, from its own study."""
        rates, tuning = self._rates(), self.bench.settings.tuning
        name = f"{self.cell.task}-{self.cell.shots or 'all'}-{self.name}-{self.fingerprint[:16]}"
        attributes = {"contender": self.name, "task": self.cell.task, "shots": self.cell.shots}
        grid = Grid(self.bench.storage, name, rates, tuning.max_retries, attributes)
        length = 0 if self.way is Way.FINE_TUNING else self.training.prompt.length
        budget = budget_of(self.training, tuning.seeds, rates, length)
        run_grid(grid, self._contender(), budget, tuning.trials_at_once)
        return best_rate(grid)[0]

    def _contender(self) -> Contender:
        task, seeds = self.bench.task, self.bench.settings.tuning.seeds
        if self.way is Way.FINE_TUNING:
            return FineTuningContender(task, seeds, self.training, self.bench.settings.fine_tuning.dropout)
        method = Method.ALIGNED if self.way is Way.ALIGNED else Method.FRESH
        return PromptContender(task, method, self.prompt, seeds, self.training)

    def _rates(self) -> tuple[float, ...]:
        settings = self.bench.settings
        fine_tuning = self.way is Way.FINE_TUNING
        return settings.fine_tuning.learning_rates if fine_tuning else settings.tuning.learning_rates

    def _training(self, common: TaskSettings) -> TaskSettings:
        if self.way is Way.FINE_TUNING:
            examples = len(self.bench.task.draw(common.shots, common.seeds[0]))
            return self.bench.settings.fine_tuning.budget(common, examples, matched=is_matched(self.name))
        length = common.prompt.length
        if self.way is Way.FRESH:
            length = fresh_length(self.name, length)
        elif self.name in self.bench.prompts:
            length = int(self.bench.prompts[self.name].shape[-2])
        return common.model_copy(update={"prompt": common.prompt.model_copy(update={"length": length})})

    def _prompt(self) -> Tensor | None:
        if self.way is not Way.ALIGNED:
            return None
        if self.name not in self.bench.prompts:
            known = ", ".join(sorted(self.bench.prompts)) or "none"
            raise ContenderError(
                f"contender {self.name} needs an aligned prompt of that name; there are {known}: add it to alignments"
            )
        return self.bench.prompts[self.name]
