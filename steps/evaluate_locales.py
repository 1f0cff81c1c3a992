"""Stage 7: accuracy in every locale."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.evaluation.predictions import predict_locales
from crossprompt.evaluation.records import EvaluationResult
from crossprompt.evaluation.scores import score_predictions
from crossprompt.evaluation.settings import EvaluationSettings
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.shots import prepare_intent_data
from infra.code_version import step_code_version
from materializers.dataset import DatasetMaterializer
from materializers.record import RecordMaterializer
from steps.places import with_given_backbone


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={"predictions": DatasetMaterializer, "evaluation": RecordMaterializer},
)
def evaluate_locales(
    utterances: Dataset,
    classifiers: tuple[TunedClassifier, ...],
    settings: EvaluationSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> tuple[Annotated[Dataset, "predictions"], Annotated[EvaluationResult, "evaluation"]]:
    """Let every classifier label the test utterances of every locale, keep all predictions, and score them.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``.
        classifiers: Of both methods, one per seed.
        settings: Of the evaluation.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Raises:
        TaskDataError: A locale has no test utterances, or an intent that English train lacks.
        EvaluationError: The classifiers don't fit the backbone, or English is left out.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    predictions = predict_locales(utterances, classifiers, encoder, settings)
    majority = prepare_intent_data(utterances).majority
    return predictions, score_predictions(predictions, majority, settings)
