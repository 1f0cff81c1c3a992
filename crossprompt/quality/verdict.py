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


def is_kept(accepted: int, wanted: int, required: float) -> bool:
    """Whether ``accepted`` of ``wanted`` turns are enough; a locale of which none was wanted is not kept."""
    return wanted > 0 and accepted / wanted >= required


def absent_verdict(locale: str, dialogues: int, settings: ValidationSettings, turns: int = 0) -> LocaleVerdict:
    """Of a locale that has no row: the engines left out all ``dialogues``; ``turns`` of them count as wanted."""
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
        absent_turns=turns,
    )


def describe_refusal(verdict: LocaleVerdict) -> str:
    """One clause about a failed locale: its share, the demanded one, and its most frequent critical failures."""
    failures = {check.check: check.failed for check in verdict.checks if check.severity == "critical"}
    failures["absent_turns"] = verdict.absent_turns
    worst = sorted(((name, count) for name, count in failures.items() if count), key=lambda failure: -failure[1])[:3]
    reasons = ", ".join(f"{name} {count}" for name, count in worst) or "no rows at all"
    share = 100 * verdict.accepted / verdict.wanted if verdict.wanted else 0.0
    required = f"{100 * verdict.required_share:.0f} % required"
    return f"{verdict.locale}: {share:.1f} % of {verdict.wanted} rows accepted, {required} ({reasons})"


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
    """Rows wanted and accepted over all locales, the rows of dropped locales counted as refused."""
    pairs = [(verdict.wanted, verdict.accepted if verdict.kept else 0) for verdict in verdicts]
    return sum(rows for rows, _ in pairs), sum(accepted for _, accepted in pairs)
