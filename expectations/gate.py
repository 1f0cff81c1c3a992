"""The gate between translation and training: good rows pass, bad ones are quarantined with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, Features, concatenate_datasets

from crossprompt.corpora.arrow import dataset_from_rows, dataset_from_tables, take_rows
from crossprompt.quality.checks import LEFT_OUT
from crossprompt.quality.records import LocaleVerdict, ValidationSummary
from crossprompt.quality.rows import REFUSED_FEATURES
from crossprompt.quality.settings import ValidationSettings
from crossprompt.quality.verdict import absent_verdict, refuse
from crossprompt.translation.rows import TRANSLATION_FEATURES
from expectations.data_docs import DataDocs
from expectations.language_check import LanguageOutcome, check_language
from expectations.page import render_page
from expectations.validator import Validator

_ROWS_PER_READ = 10_000


@dataclass(frozen=True, slots=True)
class GateResult:
    """What came through and what did not.

    For each locale the rows given and the missing turns are the rows of ``accepted`` and ``quarantine`` together.
    """

    accepted: Dataset
    """``TRANSLATION_FEATURES``, kept locales only."""
    quarantine: Dataset
    """``REFUSED_FEATURES``: failing rows, missing turns, and all rows of a locale that was left out."""
    summary: ValidationSummary
    page: str
    """Self-contained HTML over all locales."""
    docs: Path | None
    """Folder with ``index.html`` (the page) and Data Docs by locale."""


def validate_translations(
    dialogues: Dataset,
    translations: Sequence[Dataset] | Dataset,
    settings: ValidationSettings,
    docs_folder: Path | None = None,
    locales: Iterable[str] = (),
) -> GateResult:
    """Check every translation against its dialogue and its language, a bounded number of rows in memory at a time.

    Args:
        dialogues: ``DIALOGUE_FEATURES``, the English source.
        translations: ``TRANSLATION_FEATURES``, in one table or several; a locale may be spread over tables.
        settings: Shares, severities and what happens to a failed language.
        docs_folder: Where the page and Data Docs are written, also when the run stops; None writes nothing.
        locales: What was to be translated: one of them without a single row is a failed language.

    Raises:
        LocaleRefused: A language failed and the settings say stop.
        crossprompt.locales.languages.LocaleError: A row's locale is no language tag.
        SuiteError: A check could not be evaluated.
    """
    validator, docs = Validator(), DataDocs(docs_folder, settings.data_docs_pages)
    outcomes = []
    for locale, rows in _by_locale(translations):
        outcome = check_language(locale, rows, dialogues, settings, validator)
        docs.add(locale, outcome.result)
        outcomes.append(outcome)
    absent = sorted(set(locales) - {outcome.verdict.locale for outcome in outcomes})
    summary = _summarise(outcomes, [absent_verdict(locale, len(dialogues), settings) for locale in absent])
    page = render_page(summary, docs.pages)
    index = docs.write_index(page)
    if summary.dropped and settings.failed_locale == "stop":
        raise refuse(summary, str(index) if index else None)
    return GateResult(
        accepted=_join([outcome.accepted for outcome in outcomes if outcome.verdict.kept], TRANSLATION_FEATURES),
        quarantine=_join([table for outcome in outcomes for table in _quarantined(outcome)], REFUSED_FEATURES),
        summary=summary,
        page=page,
        docs=docs_folder,
    )


def _by_locale(translations: Sequence[Dataset] | Dataset) -> Iterator[tuple[str, Dataset]]:
    """Each locale's rows, in order of the tags; what lies in succession is not copied."""
    tables = [translations] if isinstance(translations, Dataset) else list(translations)
    places: dict[str, list[Dataset]] = {}
    for table in tables:
        column = table.with_format("arrow")["locale"][:]
        for locale in pc.unique(column).to_pylist():
            chosen = pc.indices_nonzero(pc.equal(column, locale)).to_numpy()
            places.setdefault(locale, []).append(table if len(chosen) == len(table) else take_rows(table, chosen))
    for locale in sorted(places):
        yield locale, concatenate_datasets(places[locale])


def _quarantined(outcome: LanguageOutcome) -> Iterator[Dataset]:
    """The refused rows, and those that pass but belong to a language that was left out."""
    yield outcome.refused
    if not outcome.verdict.kept:
        yield from (_left_out(table) for table in outcome.accepted.with_format("arrow").iter(batch_size=_ROWS_PER_READ))


def _left_out(table: pa.Table) -> Dataset:
    schema = REFUSED_FEATURES.arrow_schema
    reasons = pa.array([[LEFT_OUT]] * len(table), schema.field("reasons").type)
    whole = table.append_column("reasons", reasons).select(schema.names)
    return dataset_from_tables([whole], REFUSED_FEATURES)


def _summarise(outcomes: Sequence[LanguageOutcome], absent: Sequence[LocaleVerdict]) -> ValidationSummary:
    found = [*(outcome.verdict for outcome in outcomes), *absent]
    verdicts = tuple(sorted(found, key=lambda verdict: verdict.locale))
    return ValidationSummary(locales=verdicts, dropped=tuple(v.locale for v in verdicts if not v.kept))


def _join(tables: Sequence[Dataset], features: Features) -> Dataset:
    filled = [table for table in tables if len(table)]
    return concatenate_datasets(filled) if filled else dataset_from_rows([], features)
