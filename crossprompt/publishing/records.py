"""What is known about a published language."""

from __future__ import annotations

from crossprompt.records import Record


class SplitRows(Record):
    """One split of one language: dialogues and turns (rows), and its files by name inside the folder."""

    split: str
    dialogues: int
    rows: int
    files: tuple[str, ...]


class EngineShare(Record):
    """Rows that one engine wrote."""

    engine: str
    nature: str
    rows: int


class PublishedLanguage(Record):
    """One language. ``rows`` of the splits and ``refused`` together are all turns that were translated or missing."""

    locale: str
    splits: tuple[SplitRows, ...]
    engines: tuple[EngineShare, ...]
    refused: int
    """Turns that are not in the files since they failed a critical check."""
    reasons: dict[str, int]
    """Refused turns by check; one turn may have failed several."""
    absent_dialogues: int = 0
    """Dialogues of the source that no engine could translate whole."""
    retranslated: int = 0
    """Published turns that another engine wrote after the first one's were refused."""

    @property
    def rows(self) -> int:
        """Turns in the files."""
        return sum(split.rows for split in self.splits)
