"""A language's rows beside the dialogues they belong to, some dialogues at a time, so that memory stays bounded."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset, concatenate_datasets

from crossprompt.corpora.arrow import take_rows
from crossprompt.quality.length import usual_ratio_of_lengths

ROWS_PER_CHUNK = 25_000
"""Rows that are checked together: some 50 MB as a table of Python objects."""
_ROWS_PER_READ = 10_000
_KEY = ["split", "dialogue_id"]

Places = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class LanguageFacts:
    """What the checks of a row must know of its whole language."""

    natures: frozenset[str]
    engines: frozenset[str]
    usual_ratio: float
    """How long targets usually are, as a multiple of their sources; see ``crossprompt.quality.length``."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some dialogues and all rows of a language that belong to them.

    ``positions`` are those of ``rows`` in the language's table, ascending.
    """

    dialogues: Dataset
    rows: Dataset
    positions: Places


@dataclass(frozen=True, slots=True)
class Absence:
    """Dialogues of the source of which a language has no row at all, and the turns that these hold."""

    dialogues: int
    turns: int


def collect_facts(rows: Dataset) -> LanguageFacts:
    """Read the rows of a language (``TRANSLATION_FEATURES``) once; memory holds two numbers a row."""
    natures: set[str] = set()
    engines: set[str] = set()
    lengths: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]] = []
    for table in _read(rows, ["nature", "engine", "source", "target"]):
        natures |= set(pc.unique(table["nature"]).to_pylist())
        engines |= set(pc.unique(table["engine"]).to_pylist())
        lengths.append((_lengths(table["source"]), _lengths(table["target"])))
    nothing = np.zeros(0, dtype=np.int32)
    sources, targets = (np.concatenate([nothing, *(pair[side] for pair in lengths)]) for side in (0, 1))
    return LanguageFacts(frozenset(natures), frozenset(engines), usual_ratio_of_lengths(sources, targets))


def locate_rows(dialogues: Dataset, rows: Dataset) -> Places:
    """The position of each row's dialogue in the table of dialogues, ``[rows]``; -1 for one that is not there."""
    known = pa.concat_arrays(_names(dialogues))
    found = [
        pc.fill_null(pc.index_in(names, value_set=known), -1).to_numpy(zero_copy_only=False) for names in _names(rows)
    ]
    return np.concatenate([*found, np.zeros(0)]).astype(np.int64)


def cut_language(dialogues: Dataset, rows: Dataset, most_rows: int = ROWS_PER_CHUNK) -> Iterator[Chunk]:
    """The rows of a language by whole dialogues, in the order of the dialogues.

    Args:
        dialogues: ``DIALOGUE_FEATURES``; those without rows come too.
        rows: ``TRANSLATION_FEATURES`` of one language, in any order.
        most_rows: Rows of a chunk; a longer dialogue is a chunk of its own. Rows of no known dialogue are in the last.
    """
    places = locate_rows(dialogues, rows)
    places[places < 0] = max(0, len(dialogues) - 1)
    counts = np.bincount(places, minlength=len(dialogues))
    for start, stop in _bounds(counts, most_rows):
        positions = np.flatnonzero((places >= start) & (places < stop))
        yield Chunk(dialogues.select(range(start, stop)), take_rows(rows, positions), positions)


def count_absent(dialogues: Dataset, rows: Dataset, splits: Collection[str] | None = None) -> Absence:
    """What ``rows`` holds no turn of.

    Args:
        dialogues: ``DIALOGUE_FEATURES``.
        rows: ``TRANSLATION_FEATURES`` of one language.
        splits: Those that were wanted; None: those that ``rows`` has, so that a split without any row lacks nothing.
    """
    if splits is None:
        splits = {split for table in _read(rows, ["split"]) for split in pc.unique(table["split"]).to_pylist()}
    absent = np.fromiter((split in splits for split in dialogues["split"]), bool, len(dialogues))
    places = locate_rows(dialogues, rows)
    absent[places[places >= 0]] = False
    return Absence(int(absent.sum()), int(_lengths_of_dialogues(dialogues)[absent].sum()))


def replace_rows(dialogues: Dataset, rows: Dataset, replacements: Dataset) -> Dataset:
    """``rows`` of a language with those turns exchanged or added that ``replacements`` has, in the dialogues' order.

    Where nothing is replaced, ``rows`` are given back as they are.
    """
    if not len(replacements):
        return rows
    both = concatenate_datasets([rows, replacements])
    places, turns = locate_rows(dialogues, both), _turns(both)
    newness = np.arange(len(both)) < len(rows)
    order = np.lexsort((newness, turns, places))
    replaced = set(zip(places[len(rows) :].tolist(), turns[len(rows) :].tolist(), strict=True))
    keys = zip(places[order].tolist(), turns[order].tolist(), strict=True)
    kept = [at for at, key in zip(order.tolist(), keys, strict=True) if at >= len(rows) or key not in replaced]
    return take_rows(both, np.array(kept, dtype=np.int64))


def _lengths_of_dialogues(dialogues: Dataset) -> Places:
    """In turns."""
    found = (pc.list_value_length(table["turns"]).to_numpy() for table in _read(dialogues, ["turns"]))
    return np.concatenate([*found, np.zeros(0)]).astype(np.int64)


def _turns(rows: Dataset) -> Places:
    return np.concatenate([*(table["turn"].to_numpy() for table in _read(rows, ["turn"])), np.zeros(0)]).astype(
        np.int64
    )


def _bounds(counts: npt.NDArray[np.int64], most_rows: int) -> Iterator[tuple[int, int]]:
    """Ranges of dialogues with at most ``most_rows`` rows each, or one dialogue."""
    start, held = 0, 0
    for place, count in enumerate(counts.tolist()):
        if held and held + count > most_rows:
            yield start, place
            start, held = place, 0
        held += count
    yield start, len(counts)


def _names(table: Dataset) -> list[pa.Array]:
    """Split and id of each row's dialogue as one text, in pieces."""
    joined = (pc.binary_join_element_wise(part["split"], part["dialogue_id"], "\0") for part in _read(table, _KEY))
    return [array for column in joined for array in column.chunks] or [pa.array([], pa.string())]


def _lengths(column: pa.ChunkedArray) -> npt.NDArray[np.int32]:
    """In characters; 0 for a missing text."""
    lengths: npt.NDArray[np.int32] = pc.fill_null(pc.utf8_length(column), 0).to_numpy()
    return lengths


def _read(rows: Dataset, columns: list[str]) -> Iterator[pa.Table]:
    yield from rows.select_columns(columns).with_format("arrow").iter(batch_size=_ROWS_PER_READ)
