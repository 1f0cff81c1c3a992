"""The gate for one language of a corpus that is too large to be looked at whole."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from datasets import Dataset, concatenate_datasets

from crossprompt.corpora.arrow import dataset_from_rows
from crossprompt.quality.chunks import Absence, count_absent, replace_rows
from crossprompt.quality.records import LocaleVerdict, ValidationSummary
from crossprompt.quality.rows import REFUSED_FEATURES
from crossprompt.quality.settings import ValidationSettings
from crossprompt.quality.verdict import absent_verdict
from crossprompt.translation.rows import TRANSLATION_FEATURES
from expectations.data_docs import render_locale
from expectations.language_check import check_language
from expectations.page import render_page
from expectations.validator import Validator


@dataclass(frozen=True, slots=True)
class LanguageGateResult:
    """One language. The rows given and the missing turns are ``accepted`` and ``quarantine`` together."""

    accepted: Dataset
    """``TRANSLATION_FEATURES`` in the order given; also of a language that failed."""
    quarantine: Dataset
    """``REFUSED_FEATURES``."""
    verdict: LocaleVerdict
    page: str
    """Great Expectations' page of this language, self-contained HTML; a summary where there is no row."""


def pass_language(
    dialogues: Dataset,
    translations: Sequence[Dataset],
    locale: str,
    settings: ValidationSettings,
    replacements: Dataset | None = None,
    splits: Collection[str] | None = None,
) -> LanguageGateResult:
    """Check all rows of a language, as :func:`expectations.language_check.check_language` does.

    Args:
        dialogues: ``DIALOGUE_FEATURES``, the English source.
        translations: ``TRANSLATION_FEATURES`` of this language, in one table or several.
        locale: BCP-47 tag.
        settings: Shares and severities.
        replacements: Rows that take the place of those with the same key.
        splits: Those that were wanted whole: turns of their dialogues that have no row at all count as failed. None: a
            part of the dialogues is enough, and absent ones are only counted.

    Raises:
        SuiteError: A check could not be evaluated.
    """
    filled = [table for table in translations if len(table)]
    rows = concatenate_datasets(filled) if filled else dataset_from_rows([], TRANSLATION_FEATURES)
    if replacements is not None:
        rows = replace_rows(dialogues, rows, replacements)
    if not len(rows):
        absent = Absence(len(dialogues), 0) if splits is None else count_absent(dialogues, rows, splits)
        verdict = absent_verdict(locale, absent.dialogues, settings, absent.turns)
        summary = ValidationSummary(locales=(verdict,), dropped=(locale,))
        page = render_page(summary, {}, "are published", whole=splits is not None)
        return LanguageGateResult(rows, dataset_from_rows([], REFUSED_FEATURES), verdict, page)
    outcome = check_language(locale, rows, dialogues, settings, Validator(), splits=splits)
    return LanguageGateResult(outcome.accepted, outcome.refused, outcome.verdict, render_locale(locale, outcome.result))
