"""Studies that several machines work on: a run announces its studies, and any number of workers joins one of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.exceptions import UpdateFinishedTrialError
from optuna.storages import RDBStorage
from optuna.trial import Trial, TrialState
from torch import Tensor

from crossprompt.tasks.budget import budget_of
from crossprompt.tasks.records import Budget, Method, TrainingNumbers
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Task
from crossprompt.tuning.grid import Grid
from crossprompt.tuning.search import Contender, PromptContender, Report, run_grid
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.storage import StudyError, open_storage, quiet_optuna
from crossprompt.tuning.study import prompt_length, study_name

logger = logging.getLogger(__name__)

ORIGIN = "origin"
"""The study's attribute that says where a worker finds what the study is about."""


@dataclass(frozen=True, slots=True)
class StudyInputs:
    """What the numbers of a run's studies depend on; workers must have the very same.

    Attributes:
        task: Tokenised data and the frozen backbone.
        aligned: The aligned prompt, ``[layers, 2, heads, P, head_dim]``.
        tuning: Grid, seeds, storage.
        settings: The budget of each training.
        code_version: Whatever names the code.
    """

    task: Task
    aligned: Tensor
    tuning: TuningSettings
    settings: TaskSettings
    code_version: str

    def studies(self) -> dict[str, tuple[Method, Tensor | None]]:
        """The method and the prompt of each study, by the study's name."""
        kinds: list[tuple[Method, Tensor | None]] = [(Method.ALIGNED, self.aligned), (Method.FRESH, None)]
        return {
            study_name(method, self.task, prompt, self.tuning, self.settings, self.code_version): (method, prompt)
            for method, prompt in kinds
        }


class SharedGrid(Grid):
    """A grid whose points other processes may take over when this one seems to be dead, and the other way round."""

    def __init__(self, storage: RDBStorage, name: str, tuning: TuningSettings) -> None:
        """Open the study ``name``; it is made if it is missing."""
        super().__init__(storage, name, tuning.learning_rates, tuning.max_retries, {})
        self.told = 0
        """Points that this process completed."""

    def announce(self, origin: Mapping[str, str]) -> None:
        """Queue the points, once for all workers, and leave for them what they need to know."""
        self._fill_queue()
        self.study.set_user_attr(ORIGIN, dict(origin))

    def tell(self, trial: Trial, value: float) -> None:
        """Complete a trial with its value, unless another process took its point over meanwhile."""
        told = self.study.tell(trial, value, skip_if_finished=True)
        self.told += told.state is TrialState.COMPLETE

    def fail(self, trial: Trial) -> None:
        """Give a trial up, unless another process did."""
        self.study.tell(trial, state=TrialState.FAIL, skip_if_finished=True)

    def _take(self) -> Trial | None:
        try:
            return super()._take()
        except UpdateFinishedTrialError:
            logger.debug("another process gave up a trial that this one had just taken")
            return None

    def _revive(self) -> None:
        try:
            super()._revive()
        except (UpdateFinishedTrialError, ValueError) as error:
            # Optuna refuses to give up a trial that another process has given up a moment before
            logger.debug("another process was faster: %s", error)


@dataclass(frozen=True, slots=True)
class AtMost:
    """A contender that tries at most ``limit`` rates at once, so that other workers find some to try."""

    contender: Contender
    limit: int

    @property
    def seeds(self) -> Sequence[int]:
        """The tuning seeds."""
        return self.contender.seeds

    @property
    def max_updates(self) -> int:
        """The budget of one training."""
        return self.contender.max_updates

    def size(self, rates: Sequence[float]) -> int:
        """As many as fit, and no more than the limit."""
        return min(self.limit, self.contender.size(rates[: self.limit]))

    def train(self, rates: Sequence[float], report: Report) -> list[TrainingNumbers]:
        """As the contender does."""
        return self.contender.train(rates, report)


def announce_studies(inputs: StudyInputs, home: Path, origin: Mapping[str, str]) -> None:
    """Make the studies of a run, so that workers find them by name, with what they need to know in ``origin``.

    Raises:
        StudyError: The database can't be opened.
    """
    quiet_optuna()
    storage = open_storage(inputs.tuning, home)
    for name in inputs.studies():
        SharedGrid(storage, name, inputs.tuning).announce(origin)
        logger.info("other machines may join: crossprompt worker --study %s", name)


def read_origin(tuning: TuningSettings, home: Path, name: str) -> dict[str, str]:
    """What the run that announced the study ``name`` left for workers.

    Raises:
        StudyError: There is no such study, or no run announced it; the message names those that there are.
    """
    quiet_optuna()
    storage = open_storage(tuning, home)
    studies = {study.study_name: study.user_attrs for study in optuna.get_all_study_summaries(storage)}
    origin: dict[str, str] | None = studies.get(name, {}).get(ORIGIN)
    if origin is None:
        known = sorted(other for other, attributes in studies.items() if ORIGIN in attributes)
        there_are = f"there are {', '.join(known)}" if known else "there is none yet: start the run first"
        raise StudyError(f"no run has announced a study {name} in this database; {there_are}")
    return origin


def join_study(name: str, inputs: StudyInputs, home: Path, at_most: int) -> int:
    """Work on an announced study until each of its points is complete.

    Points are taken one group after the other from what the other processes leave; a point whose process died is
    started again, by whoever notices first.

    Args:
        name: The study's name.
        inputs: What this machine would compute; it must be what the study is about.
        home: The folder of the default database.
        at_most: Points to try at once.

    Returns:
        How many points this process completed.

    Raises:
        StudyError: This machine would compute something else, or a point failed too often.
    """
    if name not in inputs.studies():
        raise StudyError(
            f"this machine would not compute the study {name}: its code, its libraries, the data, the settings or the "
            f"backbone's precision ({inputs.task.backbone.dtype}) are not those of the run that announced it"
        )
    method, prompt = inputs.studies()[name]
    contender = PromptContender(inputs.task, method, prompt, inputs.tuning.seeds, inputs.settings)
    length = inputs.settings.prompt.length if prompt is None else prompt_length(prompt)
    budget = budget_of(inputs.settings, inputs.tuning.seeds, inputs.tuning.learning_rates, length)
    grid = SharedGrid(open_storage(inputs.tuning, home), name, inputs.tuning)
    return work_on(grid, AtMost(contender, at_most), budget)


def work_on(grid: SharedGrid, contender: Contender, budget: Budget) -> int:
    """Run points of a grid until all are complete; how many this process completed.

    Raises:
        StudyError: A point failed more often than it may be retried.
    """
    while not grid.complete:
        try:
            run_grid(grid, contender, budget)
        except UpdateFinishedTrialError:
            logger.warning("a point was taken over: this process had shown no sign of life for too long")
    return grid.told
