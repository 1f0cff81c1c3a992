"""Stage 5: the best learning rate of either prompt."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import get_step_context, step
from zenml.config import CachePolicy

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.shots import prepare_intent_data
from crossprompt.tuning.records import TuningResult
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.sharing import StudyInputs, announce_studies
from crossprompt.tuning.study import tune_learning_rate as tune
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.record import RecordMaterializer
from steps.places import given_place, with_given_backbone
from steps.study_storage import given_storage


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"tuning_result": RecordMaterializer})
def tune_learning_rate(
    utterances: Dataset,
    prompt: AlignedPrompt,
    settings: TaskSettings,
    tuning: TuningSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[TuningResult, "tuning_result"]:
    """Try every rate of the grid once for the aligned and for the fresh prompt; an interrupted study goes on.

    Workers on other machines may join either study by its name (``crossprompt worker``).

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``; only English train and dev are looked at.
        prompt: The aligned prompt.
        settings: The budget of every training.
        tuning: The grid; where the study is stored is given as a place.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Raises:
        SecretError: The study's address names a secret that ZenML does not have.
        StudyError: The database can't be opened, or a point failed too often.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    task = IntentTask(prepare_intent_data(utterances, settings.max_dev_utterances), encoder)
    stored = tuning.model_copy(update={"storage": given_storage()})
    inputs = StudyInputs(task, prompt.values, stored, settings, code_version())
    origin = {"step": str(get_step_context().step_run.id), "backbone": given_place("backbone")}
    announce_studies(inputs, project_home(), origin)
    return tune(task, prompt.values, stored, settings, project_home(), code_version())
