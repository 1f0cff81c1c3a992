"""A prompt that learns new languages and rehearses the old ones; without a champion, its first training."""

from __future__ import annotations

from typing import Annotated, Literal

from datasets import Dataset, concatenate_datasets
from zenml import step
from zenml.config import CachePolicy

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.records import AlignmentCurve
from crossprompt.alignment.replay import ReplaySettings, add_replay, new_locales
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.alignment.trainer import align_prompt, describe_run
from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.bundles.bundle import Bundle
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.quality.records import LocaleVerdict, ValidationSummary
from crossprompt.quality.verdict import refuse
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
def extend_prompt(
    dialogues: Dataset,
    accepted: list[Dataset],
    verdicts: list[LocaleVerdict],
    failed_locale: Literal["stop", "drop"],
    settings: AlignmentSettings,
    replay: ReplaySettings,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
    champion: Bundle | None = None,
    utterances: Dataset | None = None,
) -> tuple[Annotated[AlignedPrompt, "aligned_prompt"], Annotated[AlignmentCurve, "alignment_curve"]]:
    """Go on training the champion's aligned prompt; a killed run goes on from its checkpoint.

    Where no language is new the prompt stays as it is.

    Args:
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        accepted: Rows of ``TRANSLATION_FEATURES`` that passed their checks, a table per language.
        verdicts: On each language, in the same order.
        failed_locale: ``stop``: a language that failed its checks stops the run; ``drop``: it is left out.
        settings: Of this training.
        replay: How much of the champion's languages is rehearsed.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.
        champion: Whose prompt is gone on from; None: a prompt of its own is learned.
        utterances: Rows of ``UTTERANCE_FEATURES``, only where the settings make pairs of them.

    Raises:
        LocaleRefused: A language failed its checks and is to stop the run.
        CorpusError: There is nothing to align.
        PromptFileError: The champion's prompt is of another backbone.
        NonFiniteError: A loss or gradient is NaN or infinite.
    """
    encoder = load_backbone(with_given_backbone(backbone))
    passed = _passed(accepted, verdicts, failed_locale)
    corpus = build_parallel_corpus(dialogues, concatenate_datasets(passed), utterances, settings)
    start = None if champion is None else champion.load_prompt()
    if start is not None:
        if not new_locales(corpus, start.header.languages):
            return start, _nothing_learned(encoder)
        corpus = add_replay(corpus, start.header.languages, replay)
    run = fingerprint_value(describe_run(corpus, encoder, settings, code_version(), start))
    folder = project_home() / "alignment" / run[:16]
    prompt, curve = align_prompt(corpus, encoder, settings, folder, code_version=code_version(), start=start)
    return prompt, curve  # ZenML counts the outputs by the tuple that it reads here


def _nothing_learned(backbone: Backbone) -> AlignmentCurve:
    return AlignmentCurve(
        points=(),
        pairs=0,
        monolingual=0,
        locales=(),
        dtype=str(backbone.dtype).removeprefix("torch."),
        device=str(backbone.device),
        seconds=0.0,
    )


def _passed(accepted: list[Dataset], verdicts: list[LocaleVerdict], failed_locale: str) -> list[Dataset]:
    """The tables of the languages that passed."""
    failed = tuple(verdict.locale for verdict in verdicts if not verdict.kept)
    if failed and failed_locale == "stop":
        raise refuse(ValidationSummary(locales=tuple(verdicts), dropped=failed))
    return [table for table, verdict in zip(accepted, verdicts, strict=True) if verdict.kept]
