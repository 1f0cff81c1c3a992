"""Stage 6: intent classifiers from the aligned and from a fresh prompt, each with its own best learning rate."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.shots import prepare_intent_data
from crossprompt.tuning.records import TuningResult
from crossprompt.tuning.study import train_tuned_classifiers
from infra.code_version import step_code_version
from materializers.classifiers import ClassifiersMaterializer
from steps.places import with_given_backbone


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"classifiers": ClassifiersMaterializer})
def tune_task(
    utterances: Dataset,
    prompt: AlignedPrompt,
    tuning: TuningResult,
    settings: TaskSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[tuple[TunedClassifier, ...], "classifiers"]:
    """Train one classifier per method and seed on English shots, within one budget.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``; only English train and dev are looked at.
        prompt: The aligned prompt.
        tuning: Both studies.
        settings: The budget of every training, and the seeds.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Raises:
        BudgetError: The trainings to be compared were given unequal means.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    task = IntentTask(prepare_intent_data(utterances, settings.max_dev_utterances), encoder)
    return train_tuned_classifiers(task, prompt.values, tuning, settings)
