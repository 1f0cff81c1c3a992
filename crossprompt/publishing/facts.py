"""What is known about a published corpus: the card is made of it, and nothing in it depends on time or place."""

from __future__ import annotations

from pydantic import Field

from crossprompt.corpora.records import CorpusSummary
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.rating.records import RatingResult
from crossprompt.records import Record


class EngineFacts(Record):
    """An engine of the chain."""

    name: str
    revision: str
    """SHA-256 over the model and all settings that decide a text."""
    settings: dict[str, str] = Field(default_factory=dict)
    """Those that tell people what it is: no secret, no place on this machine, nobody's account."""
    looks_up: bool = False
    """Whether it finds texts that were there before, instead of making them."""


class CorpusOrigin(Record):
    """What is known of a corpus before anything is translated."""

    engines: tuple[EngineFacts, ...]
    """In the order of the chain."""
    own_copy: bool = False
    """Whether the settings named a place to read the source from."""


class LeftOutLanguage(Record):
    """A language of which too few turns passed: the turns that were wanted, those that passed, and the share that was
    demanded.
    """

    locale: str
    rows: int
    accepted: int
    required_share: float


class PublishedCorpus(Record):
    """All that the card says."""

    name: str
    title: str
    source: CorpusSummary
    """Its ``location`` is what the card says of it: the public address, or in words."""
    engines: tuple[EngineFacts, ...]
    """In the order of the chain."""
    languages: tuple[PublishedLanguage, ...]
    left_out: tuple[LeftOutLanguage, ...] = ()
    rating: RatingResult | None = None
    """What people said of windows drawn from it."""
