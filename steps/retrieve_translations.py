"""Finding each sentence's translation among all, with aligned prompts and without any."""

from __future__ import annotations

from typing import Annotated

from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.settings import TatoebaSettings
from crossprompt.corpora.tatoeba import ingest_tatoeba
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.reports.comparison_inputs import NO_PROMPT, RetrievalRun, RetrievalRuns
from crossprompt.retrieval.retrieval import retrieve
from crossprompt.retrieval.scores import score_retrieval
from crossprompt.retrieval.settings import RetrievalSettings
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.record import RecordMaterializer
from steps.places import check_unchanged, given_place, with_given_backbone, with_given_source


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"retrieval": RecordMaterializer})
def retrieve_translations(
    prompts: list[AlignedPrompt],
    names: list[str],
    pairs: TatoebaSettings,
    fingerprint: str,
    settings: RetrievalSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[RetrievalRuns, "retrieval"]:
    """Retrieve with no prompt and with each of ``prompts``.

    Args:
        prompts: Aligned prompts of any length.
        names: The contenders that they are, in the same order.
        pairs: Which sentence pairs; where they lie is given as a place.
        fingerprint: Of their source; part of the cache key.
        settings: Poolings, batches, intervals.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Raises:
        CorpusError: The pairs are missing or can't be read.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    corpus = ingest_tatoeba(with_given_source(pairs), given_place("data_root"), project_home())
    check_unchanged(corpus.summary, fingerprint)
    models = [(NO_PROMPT, None), *((name, prompt.values) for name, prompt in zip(names, prompts, strict=True))]
    runs = [
        RetrievalRun(contender=name, result=score_retrieval(answers, corpus.pairs, settings))
        for name, prompt in models
        for answers in retrieve(corpus.pairs, encoder, prompt, settings)
    ]
    return RetrievalRuns(runs=tuple(runs))
