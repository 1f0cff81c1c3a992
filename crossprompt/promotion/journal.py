"""The journal: numbered events that alone say who is champion, who was, and who was taken back.

Entries are only ever added, each under the next number; whoever stores them sees to it that a number is taken once. So
two who want to promote at once write the same number, one of them finds it taken, and looks again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum

from crossprompt.records import Record

MAX_REASON = 2000
"""Characters; the decision with all its numbers is kept with the version."""


class EventKind(StrEnum):
    """How a version became the champion."""

    PROMOTED = "promoted"
    """The gate let it pass."""
    PUT_BACK = "put back"
    """Somebody rolled back (or forth) to it."""
    ADOPTED = "adopted"
    """Somebody set the alias in the registry's own pages."""


class Event(Record):
    """A version became the champion."""

    number: int
    """From 1, without gaps."""
    kind: EventKind
    version: str
    """Of the registered model."""
    fingerprint: str
    """Of its bundle."""
    over: str | None
    """The version that was champion before; None: there was none."""
    reason: str
    at: str
    """UTC, ISO 8601, to the second."""
    token: str
    """Whoever wrote it knows it by this."""


def champion_of(events: Sequence[Event]) -> Event | None:
    """The event that made the present champion; None if there is none."""
    return events[-1] if events else None


def former_champion(events: Sequence[Event]) -> str | None:
    """The version to go back to: the one over which the present champion was promoted; None if there is none.

    Going back once more leads to the one before that, never forth again to what was taken back.
    """
    return _parents(events).get(events[-1].version) if events else None


def taken_back(events: Sequence[Event]) -> dict[str, Event]:
    """Versions that somebody went back from, with the event that did it; none that was made champion since.

    Going back over several takes all of them back; going forth again to one puts those on the way there in their
    former state, too.
    """
    found: dict[str, Event] = {}
    for place, event in enumerate(events):
        parents = _parents(events[:place])
        found.pop(event.version, None)
        if event.kind is EventKind.PROMOTED or event.over is None or event.over == event.version:
            continue
        forth = _way(parents, event.version, event.over)
        if forth is None:
            found |= dict.fromkeys(_way(parents, event.over, event.version) or [event.over], event)
        else:
            found = {version: own for version, own in found.items() if version not in forth}
    return found


def champions(events: Sequence[Event]) -> tuple[str, ...]:
    """All versions that are or were champion, each once, the first first."""
    return tuple(dict.fromkeys(event.version for event in events))


def shorten(reason: str) -> str:
    """A reason that fits into an entry."""
    return reason if len(reason) <= MAX_REASON else f"{reason[: MAX_REASON - 1]}…"


def _parents(events: Sequence[Event]) -> dict[str, str | None]:
    """Of each version the one over which it was promoted, or else, adopted ones, the one that it replaced first."""
    parents: dict[str, str | None] = {}
    for event in events:
        if event.kind is EventKind.PROMOTED:
            parents[event.version] = event.over
        elif event.kind is EventKind.ADOPTED:
            parents.setdefault(event.version, event.over)
    return parents


def _way(parents: Mapping[str, str | None], start: str, end: str) -> list[str] | None:
    """From ``start`` over its forerunners to ``end``, which is left out; None where that is none of them."""
    way: list[str] = []
    version: str | None = start
    while version is not None and version not in way:
        if version == end:
            return way
        way.append(version)
        version = parents.get(version)
    return None
