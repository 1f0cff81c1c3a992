"""Two prompts aligned on texts that differ in their kind alone: conversation, and other sentences."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.alignment.candidates import dialogue_pairs, sentence_pairs, utterance_pairs
from crossprompt.alignment.corpus import ParallelCorpus
from crossprompt.alignment.pairs import match_pairs
from crossprompt.alignment.records import PairMatching
from crossprompt.alignment.settings import AlignmentSettings, PairSettings
from crossprompt.alignment.trainer import align_prompt, describe_run
from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.storage.fingerprint import fingerprint_value
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.prompt import PromptMaterializer
from materializers.record import RecordMaterializer
from steps.places import with_given_backbone


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={
        "conversation_prompt": PromptMaterializer,
        "sentence_prompt": PromptMaterializer,
        "matching": RecordMaterializer,
    },
)
def align_matched_prompts(
    utterances: Dataset,
    accepted: Dataset,
    sentences: Dataset,
    pairs: PairSettings,
    settings: AlignmentSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> tuple[
    Annotated[AlignedPrompt, "conversation_prompt"],
    Annotated[AlignedPrompt, "sentence_prompt"],
    Annotated[PairMatching, "matching"],
]:
    """Choose pairs of both kinds, equal in number, languages and lengths, and align a prompt on each.

    Args:
        utterances: Rows of ``UTTERANCE_FEATURES``; those of train, by id.
        accepted: Rows of ``TRANSLATION_FEATURES`` that passed the gate.
        sentences: Rows of ``SENTENCE_FEATURES``, of train alone.
        pairs: How they are matched.
        settings: Of both alignments.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Raises:
        CorpusError: They have no language in common, or nothing matches.
        NonFiniteError: A loss or gradient is NaN or infinite.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    conversation = [*dialogue_pairs(accepted, pairs), *utterance_pairs(utterances, pairs)]
    matched = match_pairs(conversation, sentence_pairs(sentences), encoder.tokenizer, pairs)
    spoken, written = (_align(corpus, encoder, settings) for corpus in (matched.conversation, matched.sentences))
    return spoken, written, matched.report


def _align(corpus: ParallelCorpus, encoder: Backbone, settings: AlignmentSettings) -> AlignedPrompt:
    run = fingerprint_value(describe_run(corpus, encoder, settings, code_version()))
    folder = project_home() / "alignment" / run[:16]
    return align_prompt(corpus, encoder, settings, folder, code_version=code_version())[0]
