"""Studies that several machines work on: a run announces its studies, and any number of workers joins one of them."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import optuna
from optuna.storages import RDBStorage
from torch import Tensor

from crossprompt.tasks.budget import budget_of
from crossprompt.tasks.records import Method
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Task
from crossprompt.tuning.grid import ORIGIN, Grid
from crossprompt.tuning.search import PromptContender, run_grid
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.storage import StudyError, open_storage, quiet_optuna
from crossprompt.tuning.study import prompt_length, study_name

logger = logging.getLogger(__name__)


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


def announce_studies(inputs: StudyInputs, home: Path, origin: Mapping[str, str]) -> None:
    """Make the studies of a run, so that workers find them by name, with what they need to know in ``origin``.

    Raises:
        StudyError: The database can't be opened.
    """
    quiet_optuna()
    storage = open_storage(inputs.tuning, home)
    for name in inputs.studies():
        _grid(storage, name, inputs.tuning).announce(origin)
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
    return run_grid(_grid(open_storage(inputs.tuning, home), name, inputs.tuning), contender, budget, at_most)


def _grid(storage: RDBStorage, name: str, tuning: TuningSettings) -> Grid:
    return Grid(storage, name, tuning.learning_rates, tuning.max_retries, {})
