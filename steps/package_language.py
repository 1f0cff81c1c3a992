"""A corpus's stage 5: one language as Parquet files, so that one more language writes its own files alone."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from datasets import Dataset
from zenml import step
from zenml.config import CachePolicy

from crossprompt.publishing.language import package
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.publishing.settings import CutSettings
from crossprompt.quality.records import LocaleVerdict
from infra.code_version import step_code_version
from infra.home import scratch_folder
from materializers.moved_folder import MovedFolderMaterializer
from materializers.record import RecordMaterializer


def code_version() -> str:
    """This step's code in its cache key."""
    return step_code_version(__name__)


@step(
    cache_policy=CachePolicy(cache_func=code_version),
    output_materializers={"language_files": MovedFolderMaterializer, "published_language": RecordMaterializer},
)
def package_language(
    accepted: Dataset,
    quarantine: Dataset,
    verdict: LocaleVerdict,
    settings: CutSettings,
    replacements: Dataset | None = None,
) -> tuple[Annotated[Path, "language_files"], Annotated[PublishedLanguage, "published_language"]]:
    """Write the accepted rows of a language; nothing of a language that failed.

    Args:
        accepted: Rows of ``TRANSLATION_FEATURES``.
        quarantine: Rows of ``REFUSED_FEATURES``.
        verdict: On the language.
        settings: How files are cut.
        replacements: Rows that were written anew before the last validation.
    """
    folder = scratch_folder(f"package-{verdict.locale}")  # moved away when it is stored, after this has ended
    return folder, package(accepted, quarantine, verdict, folder, settings, replacements)
