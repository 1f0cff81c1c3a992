"""What the classifiers of a bundle answer to the tests of every locale: what the gate will compare."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.bundles.predictions import answer_rows
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.comparison.tasks import make_task, tested_locales
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.trials.answering import make_ready
from infra.code_version import step_code_version
from materializers.dataset import DatasetMaterializer
from steps.places import with_given_backbone


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"answers": DatasetMaterializer})
def answer_tests(
    utterances: Dataset,
    classifiers: tuple[TunedClassifier, ...],
    task: CellSettings,
    settings: MeasuringSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[Dataset, "answers"]:
    """Let every classifier answer.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``.
        classifiers: Of one task.
        task: ``intent`` or ``slots``, and how many utterances of a locale are tested.
        settings: Of the tasks; ``locales`` are tested.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Returns:
        Rows of ``crossprompt.bundles.predictions.PREDICTION_SCHEMA``.

    Raises:
        TaskDataError: A locale has no tests.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    learned, table = make_task(task, utterances, None, encoder, settings)
    tests = learned.tests(table, tested_locales(table, settings.locales), task.max_utterances)
    rows = [
        answer_rows(learned.answer(*make_ready(learned, own), tests), own.history.method, own.history.seed)
        for own in classifiers
    ]
    return Dataset(pa.concat_tables(rows))
