"""Stage 1: dialogues from the SGD layout."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.corpora.ingest import ingest_dialogues as ingest
from crossprompt.corpora.records import CorpusSummary
from crossprompt.corpora.settings import DialogueSettings
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
        "dialogues": DatasetMaterializer,
        "dialogue_quarantine": DatasetMaterializer,
        "dialogue_summary": RecordMaterializer,
    },
)
def ingest_dialogues(
    settings: DialogueSettings, fingerprint: str
) -> tuple[
    Annotated[Dataset, "dialogues"],
    Annotated[Dataset, "dialogue_quarantine"],
    Annotated[CorpusSummary, "dialogue_summary"],
]:
    """Read, check and type the dialogues.

    Args:
        settings: Which corpus and splits, and how strict to be; where the corpus lies is given as a place.
        fingerprint: Of the source when the run was laid out; part of the cache key.

    Raises:
        CorpusError: The source is missing, damaged or changed, or too much of it is bad.
    """
    corpus = ingest(with_given_source(settings), given_place("data_root"), project_home())
    check_unchanged(corpus.summary, fingerprint)
    return corpus.dialogues, corpus.quarantine, corpus.summary
