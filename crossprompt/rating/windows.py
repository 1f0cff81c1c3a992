"""Draws windows: some consecutive turns of one dialogue with their translations, at random, in one pass over the rows.

Every possible window has a rank that a hash of the seed and its own place decides; the lowest ranks are drawn. So the
draw depends neither on the order of the rows nor on what else is in the table, and memory holds the windows drawn and
one dialogue per locale, however large the corpus is.
"""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from operator import attrgetter
from random import Random

from crossprompt.rating.records import Window, WindowTurn
from crossprompt.rating.rows import Row


class WindowDraw:
    """The windows of lowest rank among all that :meth:`add` was shown, by locale.

    A dialogue is cut into windows that don't overlap, beginning at a random turn. The first window of every dialogue
    ranks before any second one, so that windows come from as many dialogues as there are.

    Args:
        turns: Turns in a window.
        wanted: Windows to keep per locale.
        seed: Decides the draw.
    """

    def __init__(self, turns: int, wanted: int, seed: int) -> None:
        self._turns, self._wanted, self._seed = turns, wanted, seed
        self._heaps: dict[str, list[tuple[int, int, Window]]] = {}
        self._drawn: set[tuple[str, int]] = set()

    def add(self, dialogue: Sequence[Row]) -> None:
        """Consider the windows of one dialogue in one locale; its rows may be in any order and have gaps."""
        ordered = sorted(dialogue, key=attrgetter("turn"))
        for lap, start in enumerate(self._starts(ordered)):
            self._consider(lap, ordered[start : start + self._turns])

    def windows(self, locale: str) -> list[Window]:
        """The windows of ``locale``, lowest rank first: the first n of them are the draw of n."""
        ranked = sorted(self._heaps.get(locale, ()), key=lambda entry: entry[:2], reverse=True)
        return [window for _, _, window in ranked]

    @property
    def locales(self) -> list[str]:
        """Every locale that was seen, sorted; one that had no whole window too."""
        return sorted(self._heaps)

    def _starts(self, rows: Sequence[Row]) -> list[int]:
        """Positions in ``rows`` at which windows of consecutive turns begin, in the order they are to be used."""
        self._heaps.setdefault(rows[0].locale, [])
        random = Random("\0".join(("windows", str(self._seed), *_name(rows[0]))))
        starts: list[int] = []
        for begin, end in _runs(rows):
            spare = (end - begin) % self._turns
            offset = random.randint(0, spare) if end - begin >= self._turns else 0
            starts += range(begin + offset, end - self._turns + 1, self._turns)
        random.shuffle(starts)
        return starts

    def _consider(self, lap: int, rows: Sequence[Row]) -> None:
        locale, heap = rows[0].locale, self._heaps[rows[0].locale]
        place = "\0".join((str(self._seed), *_name(rows[0]), str(rows[0].turn)))
        digest = int.from_bytes(hashlib.sha256(place.encode()).digest(), "big")
        rank = (-lap, -digest)
        if (locale, digest) in self._drawn or (len(heap) == self._wanted and rank < heap[0][:2]):
            return
        self._drawn.add((locale, digest))
        entry = (*rank, _window(rows))
        if len(heap) < self._wanted:
            heapq.heappush(heap, entry)
        else:
            self._drawn.discard((locale, -heapq.heapreplace(heap, entry)[1]))


def draw_windows(rows: Iterable[Row], *, turns: int, wanted: int, seed: int) -> dict[str, list[Window]]:
    """Up to ``wanted`` random windows of ``turns`` turns for each locale in ``rows``, in the order of their ranks.

    The rows of a dialogue should stand together within their locale; those of locales may be mixed. Where they don't, a
    dialogue counts as several. A turn without a translation is in no window.
    """
    draw = WindowDraw(turns, wanted, seed)
    for dialogue in _dialogues(rows):
        draw.add(dialogue)
    return {locale: draw.windows(locale) for locale in draw.locales}


def _dialogues(rows: Iterable[Row]) -> Iterator[list[Row]]:
    """Rows of one dialogue in one locale at a time."""
    gathered: dict[str, list[Row]] = {}
    for row in rows:
        if row.target is None:
            continue
        current = gathered.setdefault(row.locale, [])
        if current and _name(current[0]) != _name(row):
            yield current
            current = gathered[row.locale] = []
        current.append(row)
    yield from gathered.values()


def _name(row: Row) -> tuple[str, str, str]:
    return row.locale, row.split, row.dialogue_id


def _runs(rows: Sequence[Row]) -> Iterator[tuple[int, int]]:
    """Begin and end (exclusive) of each stretch of ``rows`` whose turns follow one another."""
    breaks = [place for place, (one, two) in enumerate(pairwise(rows), 1) if two.turn != one.turn + 1]
    return pairwise([0, *breaks, len(rows)])


def _window(rows: Sequence[Row]) -> Window:
    first = rows[0]
    turns = tuple(WindowTurn(speaker=row.speaker, source=row.source, target=row.target or "") for row in rows)
    return Window(locale=first.locale, split=first.split, dialogue_id=first.dialogue_id, start=first.turn, turns=turns)
