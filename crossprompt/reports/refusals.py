"""What was quarantined: corpus records by reason, translations by locale and check, and examples of both."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any

from crossprompt.locales.languages import Locale, describe_locale
from crossprompt.quality.checks import CATALOGUE
from crossprompt.quality.records import CheckResult, LocaleVerdict, ValidationSummary
from crossprompt.reports.inputs import ReportInputs, Rows
from crossprompt.reports.tables import reasons_of

EXAMPLES_PER_GROUP = 2
_DEMANDS: dict[str, str] = {check.name.value: check.demand for check in CATALOGUE}


@dataclass(frozen=True)
class CheckTotal:
    """One check over all locales; ``skipped`` counts those where it makes no sense; ``demand`` says what it asks."""

    check: str
    severity: str
    rows: int
    failed: int
    locales: int
    skipped: int
    demand: str


@dataclass(frozen=True)
class LocaleChecks:
    """One locale's failures in the order of the failing checks; None where a check does not apply or was not run."""

    known: Locale
    verdict: LocaleVerdict
    failed: tuple[CheckResult | None, ...]


@dataclass(frozen=True)
class BadTranslation:
    """A refused translation, to be shown with its source."""

    known: Locale
    place: str
    source: str
    target: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True)
class Refusals:
    """Everything that the page says about refused rows."""

    records: tuple[Mapping[str, Any], ...]
    records_total: int
    translations_total: int
    rows_seen: int
    checks: tuple[CheckTotal, ...]
    failing: tuple[CheckTotal, ...]
    """The columns of ``matrix``: checks that failed somewhere."""
    matrix: tuple[LocaleChecks, ...]
    examples: tuple[BadTranslation, ...]
    dropped: tuple[Locale, ...]
    incomplete: tuple[LocaleVerdict, ...]
    """Locales that lack turns or whole dialogues."""


def collect_refusals(inputs: ReportInputs) -> Refusals:
    """Sum up the quarantines; examples are the first of every (locale, check), up to the configured number."""
    most = inputs.settings.max_examples
    validation = inputs.validation
    checks = _totals(validation)
    failing = tuple(check for check in checks if check.failed)
    return Refusals(
        records=tuple(islice([*inputs.dialogue_quarantine, *inputs.utterance_quarantine], most)),
        records_total=len(inputs.dialogue_quarantine) + len(inputs.utterance_quarantine),
        translations_total=len(inputs.translation_quarantine),
        rows_seen=sum(verdict.rows for verdict in validation.locales),
        checks=checks,
        failing=failing,
        matrix=tuple(_locale_checks(v, failing) for v in validation.locales if _failures(v)),
        examples=tuple(islice(_examples(inputs.translation_quarantine), most)),
        incomplete=tuple(v for v in validation.locales if v.missing_turns or v.absent_dialogues),
        dropped=tuple(describe_locale(tag) for tag in validation.dropped),
    )


def _totals(validation: ValidationSummary) -> tuple[CheckTotal, ...]:
    by_name: dict[str, list[CheckResult]] = {}
    for verdict in validation.locales:
        for check in verdict.checks:
            by_name.setdefault(check.check, []).append(check)
    return tuple(_total(name, results) for name, results in by_name.items())


def _total(name: str, results: list[CheckResult]) -> CheckTotal:
    applied = [result for result in results if result.applies]
    return CheckTotal(
        check=name,
        severity=results[0].severity,
        rows=sum(result.rows for result in applied),
        failed=sum(result.failed for result in applied),
        locales=sum(result.failed > 0 for result in applied),
        skipped=len(results) - len(applied),
        demand=_DEMANDS.get(name, ""),
    )


def _failures(verdict: LocaleVerdict) -> int:
    return sum(check.failed for check in verdict.checks if check.applies)


def _locale_checks(verdict: LocaleVerdict, totals: Iterable[CheckTotal]) -> LocaleChecks:
    by_name = {check.check: check for check in verdict.checks if check.applies}
    return LocaleChecks(describe_locale(verdict.locale), verdict, tuple(by_name.get(total.check) for total in totals))


def _examples(rows: Rows) -> Iterable[BadTranslation]:
    seen: dict[tuple[str, str], int] = {}
    for row in rows:
        reasons = reasons_of(row)
        group = (row["locale"], reasons[0] if reasons else "")
        seen[group] = seen.get(group, 0) + 1
        if seen[group] <= EXAMPLES_PER_GROUP:
            place = f"{row['split']} / {row['dialogue_id']} / turn {row['turn']}"
            yield BadTranslation(describe_locale(row["locale"]), place, row["source"], row["target"], reasons)
