"""Stage 4: an aligned prompt from parallel text."""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.records import AlignmentCurve
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.alignment.trainer import align_prompt, describe_run
from crossprompt.backbones.encoder import load_backbone
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
    output_materializers={"aligned_prompt": PromptMaterializer, "alignment_curve": RecordMaterializer},
)
def align_prompts(
    dialogues: Dataset,
    accepted: Dataset,
    settings: AlignmentSettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
    utterances: Dataset | None = None,
) -> tuple[Annotated[AlignedPrompt, "aligned_prompt"], Annotated[AlignmentCurve, "alignment_curve"]]:
    """Learn a deep prompt on the frozen backbone; a killed run goes on from its checkpoint.

    Args:
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        accepted: Rows of ``TRANSLATION_FEATURES`` that passed the gate.
        settings: Of the alignment.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.
        utterances: Rows of ``UTTERANCE_FEATURES``, only where the settings make pairs of them.

    Raises:
        CorpusError: There is nothing to align.
        NonFiniteError: A loss or gradient is NaN or infinite.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    corpus = build_parallel_corpus(dialogues, accepted, utterances, settings)
    run = fingerprint_value(describe_run(corpus, encoder, settings, code_version()))
    folder = project_home() / "alignment" / run[:16]
    prompt, curve = align_prompt(corpus, encoder, settings, folder, code_version=code_version())
    return prompt, curve  # ZenML counts the outputs by the tuple that it reads here
