"""A task that is served, tuned on English alone: its best learning rates, and the classifiers that a bundle holds."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.bundles.writing import choose_serving
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.comparison.tasks import make_task
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.study import train_tuned_classifiers, tune_learning_rate
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.classifiers import ClassifiersMaterializer
from steps.places import with_given_backbone
from steps.study_storage import given_storage


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"classifiers": ClassifiersMaterializer})
def tune_served_task(
    utterances: Dataset,
    prompt: AlignedPrompt,
    task: CellSettings,
    settings: MeasuringSettings,
    tuning: TuningSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[tuple[TunedClassifier, ...], "classifiers"]:
    """The aligned classifier that is best on English dev, and the fresh one of its seed to show beside it.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``; only English train and dev are looked at.
        prompt: The aligned prompt.
        task: ``intent`` or ``slots``, and what is its own.
        settings: The budget of every training.
        tuning: The grid; where the study is stored is given as a place.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Raises:
        SecretError: The study's address names a secret that ZenML does not have.
        StudyError: The database can't be opened, or a rate failed too often.
        TaskDataError: The data don't suffice for the task.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    learned, _ = make_task(task, utterances, None, encoder, settings)
    training = task.training(settings.training)
    stored = tuning.model_copy(update={"storage": given_storage()})
    rates = tune_learning_rate(learned, prompt.values, stored, training, project_home(), code_version())
    return tuple(choose_serving(train_tuned_classifiers(learned, prompt.values, rates, training)))
