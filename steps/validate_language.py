"""A corpus's stage 3: the gate for one language, bounded in memory, with a page of its own.

Great Expectations takes seconds to import, so the gate's modules are imported when it has work to do. Their package is
imported at once: ZenML finds no top-level package that is first imported inside a step.
"""

from __future__ import annotations

from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy
from zenml.types import HTMLString

import expectations  # noqa: F401 - see above
from crossprompt.quality.records import LocaleVerdict
from crossprompt.quality.settings import ValidationSettings
from infra.code_version import step_code_version
from materializers.dataset import DatasetMaterializer
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
        "language_verdict": RecordMaterializer,
        "language_page": PageMaterializer,
    },
)
def validate_language(
    dialogues: Dataset,
    translations: list[Dataset],
    locale: str,
    settings: ValidationSettings,
    splits: list[str],
    replacements: Dataset | None = None,
) -> tuple[
    Annotated[Dataset, "accepted"],
    Annotated[Dataset, "translation_quarantine"],
    Annotated[LocaleVerdict, "language_verdict"],
    Annotated[HTMLString, "language_page"],
]:
    """Check all rows of a language; what becomes of a failed language is decided when the corpus is published.

    Args:
        dialogues: Rows of ``DIALOGUE_FEATURES``.
        translations: Rows of ``TRANSLATION_FEATURES``, the shards in order.
        locale: Their language.
        settings: How good they must be.
        splits: What was to be translated, whole: turns of dialogues that have no row at all count as failed.
        replacements: Rows that take the place of those with the same key.

    Raises:
        SuiteError: A check could not be evaluated.
    """
    from expectations.language_gate import pass_language

    result = pass_language(dialogues, translations, locale, settings, replacements, splits)
    return result.accepted, result.quarantine, result.verdict, HTMLString(result.page)
