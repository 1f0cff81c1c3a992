"""The summary page: every locale and every check on one self-contained HTML page."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Template

from crossprompt.locales.languages import Locale, describe_locale
from crossprompt.pages.templates import page_environment, spaced
from crossprompt.quality.checks import CATALOGUE, Check
from crossprompt.quality.records import CheckResult, LocaleVerdict, ValidationSummary
from crossprompt.quality.verdict import total_rows


@dataclass(frozen=True, slots=True)
class LocaleLine:
    """A locale as the page shows it."""

    verdict: LocaleVerdict
    locale: Locale
    share: float
    """Accepted rows in percent of those wanted."""
    failures: tuple[CheckResult, ...]
    """Checks with failing rows, in the catalogue's order."""
    page: str | None
    left_out: bool
    """Whether it passed the checks and is left out all the same."""


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A check over all locales."""

    check: Check
    severity: str
    failed: int
    locales: int
    """Locales with failing rows."""
    applies: int
    """Locales that the check applies to."""


def render_page(
    summary: ValidationSummary,
    pages: Mapping[str, str],
    fate: str = "go on to training",
    *,
    whole: bool = False,
    left_out: Collection[str] = (),
    section: str = "",
) -> str:
    """HTML over all locales of ``summary``.

    Args:
        summary: The verdicts.
        pages: Addresses of Data Docs by locale, where there are any.
        fate: What becomes of the accepted rows.
        whole: Whether turns of absent dialogues count as failed; the page says so.
        left_out: Kept locales that are left out all the same, for what ``section`` tells.
        section: More to show under the languages: HTML in this page's classes.
    """
    rows, _ = total_rows(summary.locales)
    _, accepted = total_rows(verdict for verdict in summary.locales if verdict.locale not in left_out)
    return _template().render(
        lines=[
            _locale_line(verdict, pages.get(verdict.locale), verdict.locale in left_out) for verdict in summary.locales
        ],
        checks=[_check_line(check, summary) for check in CATALOGUE],
        rows=rows,
        accepted=accepted,
        dropped=summary.dropped,
        left_out=sorted(left_out),
        section=section,
        fate=fate,
        whole=whole,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = page_environment(Path(__file__).parent)
    environment.filters["count"] = spaced
    environment.filters["words"] = lambda name: str(name).replace("_", " ")
    return environment.get_template("summary.html")


def _locale_line(verdict: LocaleVerdict, page: str | None, left_out: bool) -> LocaleLine:
    share = 100 * verdict.accepted / verdict.wanted if verdict.wanted else 0.0
    failures = tuple(check for check in verdict.checks if check.failed)
    return LocaleLine(verdict, describe_locale(verdict.locale), share, failures, page, left_out)


def _check_line(check: Check, summary: ValidationSummary) -> CheckLine:
    results = [result for verdict in summary.locales for result in verdict.checks if result.check == check.name]
    return CheckLine(
        check=check,
        severity=results[0].severity if results else check.severity,
        failed=sum(result.failed for result in results),
        locales=sum(result.failed > 0 for result in results),
        applies=sum(result.applies for result in results),
    )
