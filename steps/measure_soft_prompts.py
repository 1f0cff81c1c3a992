"""Soft prompts of several lengths on a decoder: trained on English examples, tested in every language."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.decoder import load_decoder
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.results import ResultFolder
from crossprompt.soft_prompts.measuring import Bench, measure
from crossprompt.soft_prompts.settings import CellSettings, MeasuringSettings
from crossprompt.soft_prompts.topics import topic_rows
from crossprompt.tasks.shots import prepare_intent_data
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.folder import FolderMaterializer
from steps.measurements import result_files
from steps.places import with_given_backbone


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"results": FolderMaterializer})
def measure_soft_prompts(
    rows: Dataset,
    cell: CellSettings,
    measuring: MeasuringSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[Path, "results"]:
    """Train and test the prompts of a cell; a killed run goes on with what is missing.

    Args:
        rows: Of ``SENTENCE_FEATURES``, or of ``UTTERANCE_FEATURES``, whose scenarios are the topics.
        cell: How many examples, which lengths, and in which way.
        measuring: Budget, rates, seeds and words.
        backbone: The decoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Returns:
        A folder of result files.

    Raises:
        LabelWordError: A topic has no word of one token.
        TaskDataError: The data don't suffice.
    """
    decoder = load_decoder(with_given_backbone(backbone))
    topics = topic_rows(rows)
    bench = Bench(
        backbone=decoder,
        data=prepare_intent_data(topics, measuring.max_dev_sentences, measuring.english),
        table=topics.with_format("arrow")[:],
        settings=measuring,
        results=ResultFolder(project_home() / "soft-prompts"),
        code_version=code_version(),
    )
    return result_files(measure(bench, cell))
