"""A study of translated prompts, stage 1: XNLI and its few-shot splits."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.corpora.records import CorpusSummary
from crossprompt.corpora.settings import NliCorpusSettings
from crossprompt.corpora.xnli import ingest_xnli
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.dataset import DatasetMaterializer
from materializers.record import RecordMaterializer
from steps.places import check_unchanged, given_place, with_given_source


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={
        "nli_pairs": DatasetMaterializer,
        "nli_quarantine": DatasetMaterializer,
        "nli_summary": RecordMaterializer,
    },
)
def ingest_nli(
    settings: NliCorpusSettings, fingerprint: str
) -> tuple[
    Annotated[Dataset, "nli_pairs"], Annotated[Dataset, "nli_quarantine"], Annotated[CorpusSummary, "nli_summary"]
]:
    """Read and check the pairs of sentences.

    Args:
        settings: Which languages; where the corpus lies is given as a place.
        fingerprint: Of the source when the run was laid out; part of the cache key.

    Raises:
        CorpusError: The source is missing, damaged or changed, or too much of it is bad.
    """
    corpus = ingest_xnli(with_given_source(settings), given_place("data_root"), project_home())
    check_unchanged(corpus.summary, fingerprint)
    return corpus.pairs, corpus.quarantine, corpus.summary
