"""What is known about a published corpus: the card is made of it, and nothing in it depends on time or place."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crossprompt.corpora.records import CorpusSummary
from crossprompt.meaning.records import MeaningScreening
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.rating.records import RatingResult
from crossprompt.records import Record


class EngineFacts(Record):
    """An engine of the chain."""

    name: str
    title: str = ""
    """What it is, in a few words."""
    revision: str
    """SHA-256 over the model and all settings that decide a text."""
    settings: dict[str, str] = Field(default_factory=dict)
    """Those that tell people what it is: no secret, no place on this machine, nobody's account."""
    looks_up: bool = False
    """Whether it finds texts that were there before, instead of making them."""


class SourceSeal(Record):
    """By what the content of a source is known."""

    kind: Literal["archive", "files"]
    """Whether the hash is of one archive's bytes, or over the names and bytes of a folder's files."""
    sha256: str


class CorpusOrigin(Record):
    """What is known of a corpus before anything is translated."""

    engines: tuple[EngineFacts, ...]
    """In the order of the chain."""
    own_copy: bool = False
    """Whether the settings named a place to read the source from."""
    seal: SourceSeal | None = None
    """Of the source; None: it is to be downloaded, and nobody knows its checksum before."""


class LeftOutLanguage(Record):
    """A language of which too few turns passed: the turns that were wanted, those that passed, and the share that was
    demanded. Or one that the screening of meaning refused.
    """

    locale: str
    rows: int
    accepted: int
    required_share: float
    for_meaning: bool = False
    """Whether enough turns passed, but too few were found in the screening; its numbers are in the screening."""


class PublishedCorpus(Record):
    """All that the card says."""

    name: str
    title: str
    source: CorpusSummary
    """Its ``location`` is what the card says of it: the public address, or in words."""
    seal: SourceSeal | None = None
    """Of the source; None: not known."""
    engines: tuple[EngineFacts, ...]
    """In the order of the chain."""
    languages: tuple[PublishedLanguage, ...]
    left_out: tuple[LeftOutLanguage, ...] = ()
    rating: RatingResult | None = None
    """What people said of windows drawn from it."""
    meaning: MeaningScreening | None = None
    """Whether drawn turns find their sources, also in languages that were left out for it; None: not screened."""
