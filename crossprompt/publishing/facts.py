"""What is known about a published corpus: the card is made of it, and nothing in it depends on time or place."""

from __future__ import annotations

from crossprompt.corpora.records import CorpusSummary
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.rating.records import RatingResult
from crossprompt.records import Record


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
