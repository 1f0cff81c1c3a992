"""All checks of one language, some dialogues in memory at a time: one suite, and verdicts that add up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from datasets import Dataset, concatenate_datasets
from great_expectations.core import ExpectationSuiteValidationResult

from crossprompt.corpora.arrow import dataset_from_rows, take_rows
from crossprompt.quality.applicability import applicable_checks
from crossprompt.quality.checks import CATALOGUE, Check, CheckName, Severity
from crossprompt.quality.chunks import (
    ROWS_PER_CHUNK,
    Absence,
    Chunk,
    LanguageFacts,
    Places,
    collect_facts,
    count_absent,
    cut_language,
)
from crossprompt.quality.evidence import EXPECTED, add_evidence
from crossprompt.quality.records import CheckResult, LocaleVerdict, RowExample
from crossprompt.quality.rows import REFUSED_FEATURES
from crossprompt.quality.settings import ValidationSettings
from crossprompt.quality.structure import complete_locale, index_turns
from crossprompt.quality.verdict import is_kept, required_share
from crossprompt.translation.rows import TRANSLATION_FEATURES
from expectations.merging import merge_results
from expectations.suite import build_suite, severity_of
from expectations.validator import Validation, Validator

_DETAIL_COLUMNS = {"language": "language", "length": "length_ratio", "names_consistent": "inconsistent_names"}
"""Columns that tell what a check found."""


@dataclass(frozen=True, slots=True)
class LanguageOutcome:
    """What one language came to. The rows given and the missing turns are ``accepted`` and ``refused`` together."""

    verdict: LocaleVerdict
    accepted: Dataset
    """``TRANSLATION_FEATURES``, in the order given; also of a language that is not kept."""
    refused: Dataset
    """``REFUSED_FEATURES``."""
    result: ExpectationSuiteValidationResult
    """Great Expectations' own, over all rows."""


@dataclass(frozen=True, slots=True)
class _CheckedChunk:
    rows: int
    missing: int
    good: Places
    refused: Dataset
    checks: tuple[CheckResult, ...]
    validation: Validation


def check_language(
    locale: str,
    rows: Dataset,
    dialogues: Dataset,
    settings: ValidationSettings,
    validator: Validator,
    rows_per_chunk: int = ROWS_PER_CHUNK,
    splits: Collection[str] | None = None,
) -> LanguageOutcome:
    """Check every row of a language against its dialogue and its language.

    A language is kept if enough of what was wanted passes. Wanted are its rows, the missing turns of its dialogues,
    and, where ``splits`` says that these were wanted whole, every turn of their dialogues that have no row at all.

    Memory holds ``rows_per_chunk`` rows as Python objects, a number for each row of the language, and the refused rows
    as an Arrow table. The outcome does not depend on ``rows_per_chunk``, but for the order of the refused rows.

    Args:
        locale: BCP-47 tag.
        rows: ``TRANSLATION_FEATURES`` of this locale; not none.
        dialogues: ``DIALOGUE_FEATURES``, the English source.
        settings: Shares and severities; what happens to a failed language is up to the caller.
        validator: May be used for many languages.
        rows_per_chunk: Most rows in memory; a longer dialogue is checked whole.
        splits: Those that were wanted whole; None: a part of the dialogues is enough, and absent ones are only counted.

    Raises:
        crossprompt.locales.languages.LocaleError: ``locale`` is no language tag.
        SuiteError: A check could not be evaluated.
    """
    facts = collect_facts(rows)
    checks = applicable_checks(locale, facts.natures, facts.engines)
    chunks = [
        _check_chunk(locale, chunk, checks, facts, settings, validator)
        for chunk in cut_language(dialogues, rows, rows_per_chunk)
    ]
    absent = count_absent(dialogues, rows, splits)
    if splits is None:
        absent = replace(absent, turns=0)
    good = np.sort(np.concatenate([chunk.good for chunk in chunks]))
    return LanguageOutcome(
        verdict=_verdict(locale, facts, chunks, settings, absent),
        accepted=rows if len(good) == len(rows) else take_rows(rows, good),
        refused=concatenate_datasets([chunk.refused for chunk in chunks]),
        result=merge_results([chunk.validation.result for chunk in chunks]),
    )


def _check_chunk(
    locale: str,
    chunk: Chunk,
    checks: frozenset[CheckName],
    facts: LanguageFacts,
    settings: ValidationSettings,
    validator: Validator,
) -> _CheckedChunk:
    whole = complete_locale(chunk.rows.to_pandas(), index_turns(chunk.dialogues))
    evidence = add_evidence(whole, locale, facts.usual_ratio, identify=CheckName.LANGUAGE in checks)
    validation = validator.validate(evidence.drop(columns=["slots", "row"]), build_suite(locale, checks, settings))
    reasons = _reasons(validation, settings)
    given = evidence["row"].to_numpy(dtype=np.int64)
    passing = np.array([at not in reasons for at in range(len(evidence))], dtype=bool)
    return _CheckedChunk(
        rows=len(evidence),
        missing=int((given < 0).sum()),
        good=chunk.positions[given[passing]],
        refused=_refused(evidence, reasons),
        checks=tuple(_check_result(check, check.name in checks, validation, evidence, settings) for check in CATALOGUE),
        validation=validation.without_rows(),
    )


def _reasons(validation: Validation, settings: ValidationSettings) -> dict[int, list[str]]:
    """Names of the critical checks that a row failed, in the catalogue's order, by position; passing rows have none."""
    reasons: dict[int, list[str]] = {}
    for check in CATALOGUE:
        if severity_of(check, settings) is Severity.CRITICAL:
            for position in validation.failures.get(check.name.value, ()):
                reasons.setdefault(position, []).append(check.name.value)
    return reasons


def _refused(evidence: pd.DataFrame, reasons: dict[int, list[str]]) -> Dataset:
    positions = sorted(reasons)
    rows = evidence.iloc[positions][list(TRANSLATION_FEATURES)].to_dict("records")
    return dataset_from_rows(
        [{**row, "slots": list(row["slots"]), "reasons": reasons[at]} for row, at in zip(rows, positions, strict=True)],
        REFUSED_FEATURES,
    )


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
    locale: str, facts: LanguageFacts, chunks: Sequence[_CheckedChunk], settings: ValidationSettings, absent: Absence
) -> LocaleVerdict:
    rows, accepted = sum(chunk.rows for chunk in chunks), sum(len(chunk.good) for chunk in chunks)
    required = required_share(locale, settings)
    return LocaleVerdict(
        locale=locale,
        nature=", ".join(sorted(facts.natures)),
        engine=", ".join(sorted(facts.engines)),
        rows=rows,
        accepted=accepted,
        required_share=required,
        kept=is_kept(accepted, rows + absent.turns, required),
        checks=tuple(_add_up(results, settings) for results in zip(*(chunk.checks for chunk in chunks), strict=True)),
        missing_turns=sum(chunk.missing for chunk in chunks),
        absent_dialogues=absent.dialogues,
        absent_turns=absent.turns,
    )


def _add_up(results: tuple[CheckResult, ...], settings: ValidationSettings) -> CheckResult:
    """One check over all chunks."""
    counts: Counter[str] = Counter()
    for result in results:
        counts.update(rows=result.rows, failed=result.failed)
    examples = [example for result in results for example in result.examples]
    changes: dict[str, Any] = {**counts, "examples": tuple(examples[: settings.examples_per_check])}
    return results[0].model_copy(update=changes)
