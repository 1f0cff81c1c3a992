"""A corpus's optional stage: does each drawn turn of a language find its own source? Only where ``meaning`` is set.

Nothing of torch, the backbone or retrieval is imported before the step has work to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.errors import SourceError
from crossprompt.meaning.records import LanguageMeaning
from crossprompt.meaning.settings import MeasureSettings
from crossprompt.quality.records import LocaleVerdict
from crossprompt.storage.fingerprint import fingerprint_file
from infra.code_version import step_code_version
from materializers.record import RecordMaterializer
from steps.places import given_place, with_given_backbone


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(cache_policy=CachePolicy(cache_func=code_version), output_materializers={"meaning": RecordMaterializer})
def measure_meaning(
    accepted: Dataset,
    verdict: LocaleVerdict,
    settings: MeasureSettings,
    prompt_fingerprint: str | None,
    backbone: BackboneSettings,
    backbone_fingerprint: str,
) -> Annotated[LanguageMeaning, "meaning"]:
    """Measure a language that passed the checks; a failed one is passed over.

    Args:
        accepted: Rows of ``TRANSLATION_FEATURES``.
        verdict: On the language.
        settings: Draw, pooling, intervals, examples.
        prompt_fingerprint: SHA-256 of the prompt's file, which is given as a place; None: the plain backbone.
        backbone: The frozen encoder; where it lies is given as a place.
        backbone_fingerprint: Part of the cache key.

    Raises:
        MeaningError: There are too few turns.
        SourceError: The prompt's file changed after the run was laid out.
        PromptFileError: The prompt was learned on another backbone.
    """
    if not verdict.kept:
        return LanguageMeaning(locale=verdict.locale, score=None)
    from crossprompt.backbones.encoder import load_backbone
    from crossprompt.meaning.measuring import measure_meaning as measure
    from crossprompt.prompts.file import load_prompt

    prompt = None
    if prompt_fingerprint is not None:
        file = Path(given_place("prompt"))
        if not file.is_file() or fingerprint_file(file) != prompt_fingerprint:
            raise SourceError(f"meaning.prompt: {file} changed while the run was under way; run again")
        prompt = load_prompt(file)
    encoder = load_backbone(with_given_backbone(backbone))
    return measure(accepted, verdict.locale, encoder, prompt, settings, prompt_digest=prompt_fingerprint)
