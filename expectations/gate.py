"""The gate between translation and training: good rows pass, bad ones are quarantined with reasons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.compute as pc
from datasets import Dataset, Features, concatenate_datasets

from crossprompt.quality.applicability import applicable_checks
from crossprompt.quality.checks import CATALOGUE, LEFT_OUT, Check, Severity
from crossprompt.quality.evidence import EXPECTED, add_evidence
from crossprompt.quality.records import CheckResult, LocaleVerdict, RowExample, ValidationSummary
from crossprompt.quality.rows import REFUSED_FEATURES
from crossprompt.quality.settings import ValidationSettings
from crossprompt.quality.structure import KEY, complete_locale, count_absent_dialogues, index_turns
from crossprompt.quality.verdict import is_kept, refuse, required_share
from crossprompt.translation.rows import TRANSLATION_FEATURES
from expectations.data_docs import DataDocs
from expectations.page import render_page
from expectations.suite import build_suite, severity_of
from expectations.validator import Validation, Validator

_DETAIL_COLUMNS = {"language": "language", "length": "length_ratio", "names_consistent": "inconsistent_names"}
"""Columns that tell what a check found."""


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


@dataclass(frozen=True, slots=True)
class _LocaleOutcome:
    verdict: LocaleVerdict
    accepted: Dataset
    refused: Dataset


def validate_translations(
    dialogues: Dataset,
    translations: Sequence[Dataset] | Dataset,
    settings: ValidationSettings,
    docs_folder: Path | None = None,
    locales: Iterable[str] = (),
) -> GateResult:
    """Check every translation against its dialogue and its language, one locale in memory at a time.

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
    turns = index_turns(dialogues)
    validator, docs = Validator(), DataDocs(docs_folder, settings.data_docs_pages)
    outcomes = [
        _check_locale(locale, rows, turns, settings, validator, docs) for locale, rows in _by_locale(translations)
    ]
    absent = sorted(set(locales) - {outcome.verdict.locale for outcome in outcomes})
    summary = _summarise(outcomes, [_absent_verdict(locale, turns, settings) for locale in absent])
    page = render_page(summary, docs.pages)
    index = docs.write_index(page)
    if summary.dropped and settings.failed_locale == "stop":
        raise refuse(summary, str(index) if index else None)
    return GateResult(
        accepted=_join([outcome.accepted for outcome in outcomes], TRANSLATION_FEATURES),
        quarantine=_join([outcome.refused for outcome in outcomes], REFUSED_FEATURES),
        summary=summary,
        page=page,
        docs=docs_folder,
    )


def _by_locale(translations: Sequence[Dataset] | Dataset) -> Iterator[tuple[str, Dataset]]:
    """Each locale's rows, in order of the tags; only indices are copied."""
    tables = [translations] if isinstance(translations, Dataset) else list(translations)
    places: dict[str, list[Dataset]] = {}
    for table in tables:
        column = table.with_format("arrow")["locale"][:]
        for locale in pc.unique(column).to_pylist():
            chosen = pc.indices_nonzero(pc.equal(column, locale)).to_pylist()
            places.setdefault(locale, []).append(table if len(chosen) == len(table) else table.select(chosen))
    for locale in sorted(places):
        yield locale, concatenate_datasets(places[locale])


def _check_locale(
    locale: str,
    rows: Dataset,
    turns: pd.DataFrame,
    settings: ValidationSettings,
    validator: Validator,
    docs: DataDocs,
) -> _LocaleOutcome:
    frame = rows.to_pandas()
    evidence = add_evidence(complete_locale(frame, turns), locale)
    checks = applicable_checks(locale, set(frame["nature"]), set(frame["engine"]))
    validation = validator.validate(evidence.drop(columns=["slots", "row"]), build_suite(locale, checks, settings))
    docs.add(locale, validation.result)
    reasons = _reasons(validation, len(evidence), settings)
    results = tuple(_check_result(check, check.name in checks, validation, evidence, settings) for check in CATALOGUE)
    verdict = _verdict(locale, evidence, reasons, results, settings).model_copy(
        update={"absent_dialogues": count_absent_dialogues(frame, turns)}
    )
    return _split_rows(rows, evidence, reasons, verdict)


def _reasons(validation: Validation, rows: int, settings: ValidationSettings) -> list[list[str]]:
    """Names of the critical checks that each row failed, in the catalogue's order."""
    reasons: list[list[str]] = [[] for _ in range(rows)]
    for check in CATALOGUE:
        if severity_of(check, settings) is Severity.CRITICAL:
            for position in validation.failures.get(check.name.value, ()):
                reasons[position].append(check.name.value)
    return reasons


def _check_result(
    check: Check, applies: bool, validation: Validation, evidence: pd.DataFrame, settings: ValidationSettings
) -> CheckResult:
    failing = validation.failures.get(check.name.value, ())
    return CheckResult(
        check=check.name.value,
        severity=severity_of(check, settings).value,
        rows=len(evidence) if applies else 0,
        failed=len(failing),
        applies=applies,
        examples=tuple(_example(evidence, at, check) for at in failing[: settings.examples_per_check]),
    )


def _example(evidence: pd.DataFrame, position: int, check: Check) -> RowExample:
    row = evidence.iloc[position]
    found = row.get(_DETAIL_COLUMNS.get(check.name.value, ""))
    detail = f"{found:.2f} times the usual length" if isinstance(found, float) else str(found or "")
    return RowExample(
        split=row["split"],
        dialogue_id=row["dialogue_id"],
        turn=int(row["turn"]),
        source=row["source"],
        target=row["target"],
        detail="" if detail == EXPECTED else detail,
    )


def _verdict(
    locale: str,
    evidence: pd.DataFrame,
    reasons: list[list[str]],
    results: tuple[CheckResult, ...],
    settings: ValidationSettings,
) -> LocaleVerdict:
    accepted, required = sum(not found for found in reasons), required_share(locale, settings)
    return LocaleVerdict(
        locale=locale,
        nature=", ".join(sorted(set(evidence["nature"]))),
        engine=", ".join(sorted(set(evidence["engine"]))),
        rows=len(evidence),
        accepted=accepted,
        required_share=required,
        kept=is_kept(accepted, len(evidence), required),
        checks=results,
        missing_turns=int((evidence["row"] < 0).sum()),
    )


def _split_rows(
    rows: Dataset, evidence: pd.DataFrame, reasons: list[list[str]], verdict: LocaleVerdict
) -> _LocaleOutcome:
    final = [found or ([] if verdict.kept else [LEFT_OUT]) for found in reasons]
    given = evidence["row"].tolist()
    good = [at for at, found in zip(given, final, strict=True) if not found]
    bad = [position for position, found in enumerate(final) if found]
    refused = evidence.iloc[bad][list(TRANSLATION_FEATURES)].to_dict("records")
    with_reasons = [
        {**row, "slots": list(row["slots"]), "reasons": final[at]} for row, at in zip(refused, bad, strict=True)
    ]
    accepted = rows if len(good) == len(rows) else rows.select(good)
    return _LocaleOutcome(verdict, accepted, _table(with_reasons, REFUSED_FEATURES))


def _table(rows: list[dict[str, Any]], features: Features) -> Dataset:
    """A table of ``features``, also without rows."""
    return Dataset.from_dict({name: [row[name] for row in rows] for name in features}, features=features)


def _absent_verdict(locale: str, turns: pd.DataFrame, settings: ValidationSettings) -> LocaleVerdict:
    """Of a locale that has no row: the engine left out every dialogue."""
    return LocaleVerdict(
        locale=locale,
        nature="none",
        engine="none",
        rows=0,
        accepted=0,
        required_share=required_share(locale, settings),
        kept=False,
        checks=(),
        absent_dialogues=len(turns[KEY[:2]].drop_duplicates()),
    )


def _summarise(outcomes: Sequence[_LocaleOutcome], absent: Sequence[LocaleVerdict]) -> ValidationSummary:
    found = [*(outcome.verdict for outcome in outcomes), *absent]
    verdicts = tuple(sorted(found, key=lambda verdict: verdict.locale))
    return ValidationSummary(locales=verdicts, dropped=tuple(v.locale for v in verdicts if not v.kept))


def _join(tables: Sequence[Dataset], features: Features) -> Dataset:
    filled = [table for table in tables if len(table)]
    return concatenate_datasets(filled) if filled else _table([], features)
