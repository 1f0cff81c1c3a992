"""Stage 3: the gate between translation and training.

Great Expectations takes seconds to import, so the gate's modules are imported when it has work to do. Their package is
imported at once: ZenML finds no top-level package that is first imported inside a step.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy
from zenml.types import HTMLString

import expectations  # noqa: F401 - see above
from crossprompt.quality.records import ValidationSummary
from crossprompt.quality.settings import ValidationSettings
from infra.code_version import step_code_version
from infra.home import project_home
from materializers.dataset import DatasetMaterializer
from materializers.folder import FolderMaterializer
from materializers.page import PageMaterializer
from materializers.record import RecordMaterializer


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={
        "accepted": DatasetMaterializer,
        "translation_quarantine": DatasetMaterializer,
        "validation_summary": RecordMaterializer,
        "validation_page": PageMaterializer,
        "data_docs": FolderMaterializer,
    },
)
def validate_translations(
    dialogues: Dataset, translations: list[Dataset], settings: ValidationSettings, locales: list[str]
) -> tuple[
    Annotated[Dataset, "accepted"],
    Annotated[Dataset, "translation_quarantine"],
    Annotated[ValidationSummary, "validation_summary"],
    Annotated[HTMLString, "validation_page"],
    Annotated[Path, "data_docs"],
]:
    """Let good rows pass, quarantine bad ones with reasons, stop at or leave out languages that have too many.

    Args:
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        translations: Rows of ``TRANSLATION_FEATURES``, one table per language.
        settings: How good they must be.
        locales: What was to be translated.

    Raises:
        LocaleRefused: A language failed and the settings say stop; what was found lies in the project's home.
    """
    from expectations.gate import validate_translations as validate

    docs = project_home() / "validation"
    shutil.rmtree(docs, ignore_errors=True)
    docs.mkdir(parents=True)
    result = validate(dialogues, translations, settings, docs, locales)
    return result.accepted, result.quarantine, result.summary, HTMLString(result.page), docs
