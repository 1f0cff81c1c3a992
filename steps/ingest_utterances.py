"""Stage 1, the other half: labelled utterances from the MASSIVE layout."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.corpora.ingest import ingest_utterances as ingest
from crossprompt.corpora.records import CorpusSummary
from crossprompt.corpora.settings import UtteranceSettings
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
        "utterances": DatasetMaterializer,
        "utterance_quarantine": DatasetMaterializer,
        "utterance_summary": RecordMaterializer,
    },
)
def ingest_utterances(
    settings: UtteranceSettings, fingerprint: str
) -> tuple[
    Annotated[Dataset, "utterances"],
    Annotated[Dataset, "utterance_quarantine"],
    Annotated[CorpusSummary, "utterance_summary"],
]:
    """Read and check the utterances.

    Args:
        settings: Which corpus and locales, and how strict to be; where the corpus lies is given as a place.
        fingerprint: Of the source when the run was laid out; part of the cache key.

    Raises:
        CorpusError: The source is missing, damaged or changed, a locale has no file, or too much of it is bad.
    """
    corpus = ingest(with_given_source(settings), given_place("data_root"), project_home())
    check_unchanged(corpus.summary, fingerprint)
    return corpus.utterances, corpus.quarantine, corpus.summary
