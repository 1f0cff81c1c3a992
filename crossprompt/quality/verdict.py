"""From failed rows to a verdict: is a locale kept, and what is said of one that is not."""

from __future__ import annotations

from collections.abc import Iterable

from crossprompt.quality.records import LocaleVerdict, ValidationSummary
from crossprompt.quality.settings import ValidationSettings


class LocaleRefused(ValueError):  # noqa: N818 - what happened, as the architecture names it
    """Languages fell under the share of good rows that the settings demand; the message names them and the reasons."""


def required_share(locale: str, settings: ValidationSettings) -> float:
    """Share of rows of ``locale`` that must pass every critical check."""
    return settings.min_accepted_share_by_locale.get(locale, settings.min_accepted_share)


def is_kept(accepted: int, rows: int, required: float) -> bool:
    """Whether ``accepted`` of ``rows`` are enough; a locale without rows is not kept."""
    return rows > 0 and accepted / rows >= required


def absent_verdict(locale: str, dialogues: int, settings: ValidationSettings) -> LocaleVerdict:
    """Of a locale that has no row: the engines left out all ``dialogues``."""
    return LocaleVerdict(
        locale=locale,
        nature="none",
        engine="none",
        rows=0,
        accepted=0,
        required_share=required_share(locale, settings),
        kept=False,
        checks=(),
        absent_dialogues=dialogues,
    )


def describe_refusal(verdict: LocaleVerdict) -> str:
    """One clause about a failed locale: its share, the demanded one, and its most frequent critical failures."""
    critical = [check for check in verdict.checks if check.severity == "critical" and check.failed]
    worst = sorted(critical, key=lambda check: -check.failed)[:3]
    reasons = ", ".join(f"{check.check} {check.failed}" for check in worst) or "no rows at all"
    share = 100 * verdict.accepted / verdict.rows if verdict.rows else 0.0
    required = f"{100 * verdict.required_share:.0f} % required"
    return f"{verdict.locale}: {share:.1f} % of {verdict.rows} rows accepted, {required} ({reasons})"


def refuse(summary: ValidationSummary, page: str | None = None) -> LocaleRefused:
    """The error for the locales that ``summary`` dropped; ``page`` is where the report was written."""
    failed = [verdict for verdict in summary.locales if not verdict.kept]
    more = f"; see {page}" if page else ""
    return LocaleRefused(
        f"{len(failed)} of {len(summary.locales)} languages failed the checks of translations: "
        + "; ".join(describe_refusal(verdict) for verdict in failed)
        + f"{more}. Mend the translations, lower validation.min_accepted_share, or set validation.failed_locale to drop"
    )


def total_rows(verdicts: Iterable[LocaleVerdict]) -> tuple[int, int]:
    """Rows and accepted rows over all locales, the rows of dropped locales counted as refused."""
    pairs = [(verdict.rows, verdict.accepted if verdict.kept else 0) for verdict in verdicts]
    return sum(rows for rows, _ in pairs), sum(accepted for _, accepted in pairs)
