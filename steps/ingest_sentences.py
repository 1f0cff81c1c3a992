"""Stage 1 of a pre-training, the third part: parallel sentences in the languages of the utterances."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.corpora.records import CorpusSummary
from crossprompt.corpora.settings import SentenceSettings
from crossprompt.corpora.sib200 import ingest_sib200
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
        "sentences": DatasetMaterializer,
        "sentence_quarantine": DatasetMaterializer,
        "sentence_summary": RecordMaterializer,
    },
)
def ingest_sentences(
    settings: SentenceSettings, fingerprint: str
) -> tuple[
    Annotated[Dataset, "sentences"],
    Annotated[Dataset, "sentence_quarantine"],
    Annotated[CorpusSummary, "sentence_summary"],
]:
    """Read and check the sentences.

    Args:
        settings: Which corpus, languages and splits; where the corpus lies is given as a place.
        fingerprint: Of the source when the run was laid out; part of the cache key.

    Raises:
        CorpusError: The source is missing, damaged or changed, or too much of it is bad.
    """
    corpus = ingest_sib200(with_given_source(settings), given_place("data_root"), project_home())
    check_unchanged(corpus.summary, fingerprint)
    return corpus.sentences, corpus.quarantine, corpus.summary
