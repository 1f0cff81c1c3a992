"""The verdict on translations, by locale and by check."""

from __future__ import annotations

from crossprompt.records import Record


class RowExample(Record):
    """A row that failed a check, for people to look at; ``detail`` says what was found, if the check can tell."""

    split: str
    dialogue_id: str
    turn: int
    source: str
    target: str | None
    detail: str = ""


class CheckResult(Record):
    """One check in one locale. ``severity`` is critical, warning or info; only critical failures quarantine a row."""

    check: str
    severity: str
    rows: int
    failed: int
    applies: bool = True
    """False where the check makes no sense, such as kept numbers in a localised source."""
    examples: tuple[RowExample, ...] = ()


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
    missing_turns: int = 0
    """Turns without a row, in dialogues that have other rows; they are among ``rows`` and quarantined."""
    absent_dialogues: int = 0
    """Dialogues of the source of which this locale has no row at all; not among ``rows``."""
    absent_turns: int = 0
    """Turns of absent dialogues that count against the share, where whole splits were wanted; not among ``rows``."""

    @property
    def wanted(self) -> int:
        """What the accepted share is of: ``rows``, and the absent turns that count."""
        return self.rows + self.absent_turns


class ValidationSummary(Record):
    """All locales, in order of their tags."""

    locales: tuple[LocaleVerdict, ...]
    dropped: tuple[str, ...] = ()
