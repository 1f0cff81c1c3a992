"""The verdict on translations, by locale and by check."""

from __future__ import annotations

from crossprompt.records import Record


class CheckResult(Record):
    """One check in one locale. ``severity`` is critical, warning or info; only critical failures quarantine a row."""

    check: str
    severity: str
    rows: int
    failed: int
    applies: bool = True
    """False where the check makes no sense, such as kept numbers in a localised source."""
    examples: tuple[str, ...] = ()


class LocaleVerdict(Record):
    """One locale: rows seen, rows accepted (pass every critical check), and whether the locale is kept."""

    locale: str
    nature: str
    engine: str
    rows: int
    accepted: int
    required_share: float
    kept: bool
    checks: tuple[CheckResult, ...]


class ValidationSummary(Record):
    """All locales, in order of their tags."""

    locales: tuple[LocaleVerdict, ...]
    dropped: tuple[str, ...] = ()
