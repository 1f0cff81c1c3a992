"""What reading a corpus gives beside the rows: counts that add up."""

from __future__ import annotations

from crossprompt.records import Record


class SplitCount(Record):
    """One split of a corpus: records and turns read, records accepted and refused (``read = accepted + refused``)."""

    split: str
    read: int
    accepted: int
    refused: int
    turns: int
    """Turns (or utterances) of the accepted records."""
    turns_read: int = 0
    """Turns (or utterances) of all records, refused ones included as far as they can be counted."""


class ServiceIntent(Record):
    """An intent of a service and its description in plain words."""

    service: str
    intent: str
    description: str


class CorpusSummary(Record):
    """What was read from where."""

    corpus: str
    location: str
    fingerprint: str
    counts: tuple[SplitCount, ...]
    reasons: dict[str, int]
    """Refused records by reason."""
    intents: tuple[ServiceIntent, ...] = ()
