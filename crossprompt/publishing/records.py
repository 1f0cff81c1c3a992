"""What is known about a published corpus: the card is made of it, and nothing in it depends on time or place."""

from __future__ import annotations

from crossprompt.corpora.records import CorpusSummary
from crossprompt.rating.records import RatingResult
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


class LeftOutLanguage(Record):
    """A language of which too few turns passed: its turns, those that passed, and the share that was demanded."""

    locale: str
    rows: int
    accepted: int
    required_share: float


class PublishedCorpus(Record):
    """All that the card says."""

    name: str
    title: str
    source: CorpusSummary
    engines: dict[str, str]
    """Revision by engine, in the order of the chain."""
    languages: tuple[PublishedLanguage, ...]
    left_out: tuple[LeftOutLanguage, ...] = ()
    rating: RatingResult | None = None
    """What people said of windows drawn from it."""
