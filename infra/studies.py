"""What a worker needs of a run that announced its studies: the very inputs of the step that tunes, by ZenML."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from datasets import Dataset
from zenml.client import Client
from zenml.models import StepRunResponse

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.shots import prepare_intent_data
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.sharing import StudyInputs, join_study, read_origin
from crossprompt.tuning.storage import StudyError
from infra.code_version import step_code_version

STEP = "steps.tune_learning_rate"
"""The module whose code a worker must share with the run."""


@dataclass(frozen=True)
class StudyPlace:
    """Where a study is, and how one machine works on it."""

    name: str
    storage: str | None
    """An SQLAlchemy address; None: SQLite in the project's home."""
    home: Path
    backbone: str | None = None
    """Where the backbone lies on this machine; None: where it lies for the run."""
    at_once: int = 1
    """Points to try at once."""


def work_on_study(place: StudyPlace) -> int:
    """Work on a study until each of its points is complete; how many this process completed.

    Raises:
        StudyError: The study or its run is not to be found, this machine would compute something else, or a point
            failed too often.
    """
    opened = TuningSettings(storage=place.storage)
    origin = read_origin(opened, place.home, place.name)
    inputs = load_inputs(origin["step"], place.backbone or origin["backbone"], place.storage)
    return join_study(place.name, inputs, place.home, place.at_once)


def load_inputs(step_run: str, backbone: str, storage: str | None) -> StudyInputs:
    """The inputs of the step run with the id ``step_run``, its backbone loaded from ``backbone``.

    Raises:
        StudyError: The ZenML store that this client is connected to has no such step run.
    """
    try:
        step = Client().get_run_step(UUID(step_run))
    except KeyError:
        raise StudyError(
            f"this machine's ZenML store does not have the run that announced the study (step {step_run}): connect it "
            "to the run's server with `zenml login`"
        ) from None
    settings = TaskSettings.parse(_parameter(step, "settings"), "task")
    encoder = load_backbone(_backbone(step).model_copy(update={"name": backbone}))
    utterances: Dataset = _load(step, "utterances")
    prompt: AlignedPrompt = _load(step, "prompt")
    return StudyInputs(
        task=IntentTask(prepare_intent_data(utterances, settings.max_dev_utterances), encoder),
        aligned=prompt.values,
        tuning=TuningSettings.parse(_parameter(step, "tuning"), "tuning").model_copy(update={"storage": storage}),
        settings=settings,
        code_version=step_code_version(STEP),
    )


def _backbone(step: StepRunResponse) -> BackboneSettings:
    return BackboneSettings.parse(_parameter(step, "backbone"), "backbone")


def _parameter(step: StepRunResponse, name: str) -> Any:
    return step.config.parameters[name]


def _load(step: StepRunResponse, name: str) -> Any:
    (given,) = step.inputs[name]
    return given.load()
