"""Running a grid of learning rates: trials are asked for, trained together where they can be, and told."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import Trial
from pydantic import TypeAdapter
from torch import Tensor

from crossprompt.tasks.records import Budget, Method, TrainingHistory, TrainingNumbers
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Task
from crossprompt.trials.fine_tuning import fine_tune
from crossprompt.trials.group import train_group
from crossprompt.trials.memory import trials_that_fit
from crossprompt.trials.training import TrialSpec
from crossprompt.tuning.grid import Grid, rate_of

logger = logging.getLogger(__name__)

HISTORIES = "histories"
BUDGET = "budget"
RESULTS = "result-{!r}"
"""What a trial of a group found, by its rate: all are written before the first of them is told. Rounding depends on who
is in a group, so one that was killed while it was told is told on, not trained again with fewer members. Each rate has
an attribute of the study for itself, so that processes do not write over each other's."""

numbers_of_seeds = TypeAdapter(tuple[TrainingNumbers, ...])
"""The trainings of one trial, one per tuning seed, to JSON values and back."""

Report = Callable[[int, int, float], None]
"""Called after each look with the place of the training among those of the group, its update and its score."""


class Contender(Protocol):
    """What a study tunes: trains rates with every tuning seed, some of them at once."""

    @property
    def seeds(self) -> Sequence[int]:
        """The tuning seeds."""

    @property
    def max_updates(self) -> int:
        """The budget of one training."""

    def size(self, rates: Sequence[float]) -> int:
        """How many of ``rates`` may be tried at once."""

    def train(self, rates: Sequence[float], report: Report) -> list[TrainingNumbers]:
        """One training per rate and seed, rate by rate."""


@dataclass(frozen=True, slots=True)
class PromptContender:
    """A prompt, aligned or fresh (None), whose trials share their forwards."""

    task: Task
    method: Method
    prompt: Tensor | None
    seeds: tuple[int, ...]
    settings: TaskSettings

    @property
    def max_updates(self) -> int:
        """The budget of one training."""
        return self.settings.max_updates

    def size(self, rates: Sequence[float]) -> int:
        """As many rates as memory allows."""
        return max(1, trials_that_fit(self.task, self._specs(rates), self.settings) // len(self.seeds))

    def train(self, rates: Sequence[float], report: Report) -> list[TrainingNumbers]:
        """All in one group."""
        tuned = train_group(self.task, self._specs(rates), self.settings, on_look=report)
        return [numbers_of(classifier.history) for classifier in tuned]

    def _specs(self, rates: Sequence[float]) -> list[TrialSpec]:
        return [TrialSpec(self.method, rate, seed, self.prompt) for rate in rates for seed in self.seeds]


@dataclass(frozen=True, slots=True)
class FineTuningContender:
    """Fine-tuning, one training after the other: each has weights of its own, so nothing can be shared."""

    task: Task
    seeds: tuple[int, ...]
    settings: TaskSettings
    dropout: float

    @property
    def max_updates(self) -> int:
        """The budget of one training."""
        return self.settings.max_updates

    def size(self, rates: Sequence[float]) -> int:
        """One."""
        return min(1, len(rates))

    def train(self, rates: Sequence[float], report: Report) -> list[TrainingNumbers]:
        """One by one."""
        numbers = []
        for place, (rate, seed) in enumerate((rate, seed) for rate in rates for seed in self.seeds):
            tuned = fine_tune(self.task, rate, seed, self.settings, self.dropout, _placed(report, place))
            numbers.append(tuned.numbers)
        return numbers


def run_grid(grid: Grid, contender: Contender, budget: Budget, at_once: int | None = None) -> int:
    """Train rates of ``grid`` until all are complete, alone or beside other processes; how many this one completed.

    A trial's value is the mean of ``TrainingNumbers.objective`` over the tuning seeds. Points are taken one group after
    the other from what other processes leave; a point whose process died is started again, by whoever notices first.

    Args:
        grid: Of one contender.
        contender: Trains.
        budget: Of each trial, kept with it.
        at_once: Rates to train at once, at most, so that other processes find some; None: as many as memory holds.

    Raises:
        StudyError: A point failed more often than it may be retried.
    """
    if grid.complete:
        return grid.told
    size = contender.size(grid.rates[:at_once])
    while not grid.complete:
        try:
            while trials := grid.ask(size):
                _run_trials(grid, trials, contender, budget)
        except UpdateFinishedTrialError:
            logger.warning("a point was taken over: this process had shown no sign of life for too long")
    return grid.told


def best_rate(grid: Grid) -> tuple[float, float]:
    """The rate of the best completed trial and its value; of equally good ones the smallest: the more careful step.

    Raises:
        ValueError: No trial is complete.
    """
    scored = [(float(trial.value), rate_of(trial)) for trial in grid.completed() if trial.value is not None]
    if not scored:
        raise ValueError(f"study {grid.study.study_name} has no completed trial")
    value, rate = min(scored, key=lambda pair: (-pair[0], pair[1]))
    return rate, value


def numbers_of(history: TrainingHistory) -> TrainingNumbers:
    """A prompt's training without what the prompt was."""
    return TrainingNumbers(**{name: getattr(history, name) for name in TrainingNumbers.model_fields})


def trial_value(numbers: Sequence[TrainingNumbers]) -> float:
    """Mean objective over the tuning seeds, in percent."""
    return sum(own.objective for own in numbers) / len(numbers)


def _run_trials(grid: Grid, trials: Sequence[Trial], contender: Contender, budget: Budget) -> None:
    """Run trials and tell their values; if they are interrupted, give up the rest, so that they are queued again."""
    rates = [rate_of(grid.study.trials[trial.number]) for trial in trials]
    told = 0
    try:
        with grid.heartbeat(trials):
            results = _known_or_trained(grid, trials, rates, contender)
            for trial, rate, numbers in zip(trials, rates, results, strict=True):
                trial.set_user_attr(BUDGET, budget.model_dump(mode="json"))
                trial.set_user_attr(HISTORIES, numbers_of_seeds.dump_python(numbers, mode="json"))
                value = trial_value(numbers)
                grid.tell(trial, value)
                told += 1
                logger.info("%s: rate %g: %.2f %% on English dev", grid.study.study_name, rate, value)
    except BaseException:
        for trial in trials[told:]:
            grid.fail(trial)
        raise


def _known_or_trained(
    grid: Grid, trials: Sequence[Trial], rates: Sequence[float], contender: Contender
) -> list[tuple[TrainingNumbers, ...]]:
    known = grid.study.user_attrs
    keys = [RESULTS.format(rate) for rate in rates]
    if all(key in known for key in keys):
        return [numbers_of_seeds.validate_python(known[key]) for key in keys]
    seeds = len(contender.seeds)
    numbers = contender.train(rates, _reporter(trials, seeds, contender.max_updates))
    results = [tuple(numbers[start : start + seeds]) for start in range(0, len(numbers), seeds)]
    for key, own in zip(keys, results, strict=True):
        grid.study.set_user_attr(key, numbers_of_seeds.dump_python(own, mode="json"))
    return results


def _reporter(trials: Sequence[Trial], seeds: int, max_updates: int) -> Report:
    """Reports each look to the study; the second seed's updates are counted on from the first's budget."""

    def report(place: int, update: int, score: float) -> None:
        trial, seed = divmod(place, seeds)
        trials[trial].report(score, seed * max_updates + update)

    return report


def _placed(report: Report, place: int) -> Callable[[int, float], None]:
    def at_place(update: int, score: float) -> None:
        report(place, update, score)

    return at_place
