"""Lists of turns as flat integer arrays, and random windows of consecutive turns in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

IntArray = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TurnLists:
    """Units (a dialogue in one or two languages), each a list of turns; all units one after the other in flat arrays.

    Attributes:
        texts: Index of each turn's text, ``[turns, sides]``; sides are (English, other) or (English,).
        offsets: Where each unit begins in ``texts``, ``[units + 1]``.
        run_starts: For each turn the first turn of its run, ``[turns]``: turns that follow each other without a gap.
        run_ends: One behind the last turn of its run, ``[turns]``.
        sources: Index of each unit's source (dialogue or utterance), ``[units]``.
        locales: Index of each unit's locale, ``[units]``.
    """

    texts: NDArray[np.int32]
    offsets: IntArray
    run_starts: IntArray
    run_ends: IntArray
    sources: NDArray[np.int32]
    locales: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.sources)

    def take(self, units: IntArray) -> TurnLists:
        """These units alone, in the given order, each with all of its turns."""
        lengths = self.offsets[units + 1] - self.offsets[units]
        offsets = np.append(0, np.cumsum(lengths)).astype(np.int64)
        moved = np.repeat(self.offsets[units] - offsets[:-1], lengths)
        turns = np.arange(offsets[-1], dtype=np.int64) + moved
        return TurnLists(
            texts=self.texts[turns],
            offsets=offsets,
            run_starts=self.run_starts[turns] - moved,
            run_ends=self.run_ends[turns] - moved,
            sources=self.sources[units],
            locales=self.locales[units],
        )


def group_turns(
    units: IntArray, positions: IntArray, texts: NDArray[np.int32], sources: IntArray, locales: IntArray
) -> TurnLists:
    """Group single turns into units, in the order of their unit numbers and, inside, of their positions.

    Args:
        units: Unit number of each turn, ``[turns]``; equal numbers belong together.
        positions: Place of each turn in its dialogue, ``[turns]``; a missing one breaks the run.
        texts: ``[turns, sides]``.
        sources: Source of each turn's unit, ``[turns]``.
        locales: Locale of each turn's unit, ``[turns]``.
    """
    order = np.lexsort((positions, units))
    units, positions = units[order], positions[order]
    count = len(order)
    first = np.flatnonzero(_changes(units))
    breaks = np.flatnonzero(_changes(units) | (np.diff(positions, prepend=0) != 1))
    lengths = np.diff(np.append(breaks, count))
    return TurnLists(
        texts=np.ascontiguousarray(texts[order], dtype=np.int32),
        offsets=np.append(first, count).astype(np.int64),
        run_starts=np.repeat(breaks, lengths).astype(np.int64),
        run_ends=np.repeat(breaks + lengths, lengths).astype(np.int64),
        sources=sources[order][first].astype(np.int32),
        locales=locales[order][first].astype(np.int32),
    )


def draw_windows(
    lists: TurnLists, units: IntArray, smallest: int, largest: int, generator: np.random.Generator
) -> tuple[IntArray, IntArray]:
    """One window of consecutive turns for each of ``units``: where it starts and ends (exclusive) in ``lists.texts``.

    The number of turns is drawn from ``smallest`` to ``largest``, then the place, evenly. A run with fewer turns gives
    all it has (paper 001, section 4: windows of one to four turns; METHODS section 1).
    """
    wanted = generator.integers(smallest, largest, size=len(units), endpoint=True)
    anchors = generator.integers(lists.offsets[units], lists.offsets[units + 1])
    run_starts, run_ends = lists.run_starts[anchors], lists.run_ends[anchors]
    sizes = np.minimum(wanted, run_ends - run_starts)
    starts = generator.integers(run_starts, run_ends - sizes, endpoint=True)
    return starts, starts + sizes


def _changes(values: IntArray) -> NDArray[np.bool_]:
    """Where a value differs from the one before it; True at the first."""
    return np.append(True, values[1:] != values[:-1])[: len(values)]
