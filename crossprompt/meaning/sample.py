"""Which turns of a language are looked at: the same in every language as far as they were accepted."""

from __future__ import annotations

import hashlib
import heapq
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from datasets import Dataset

from crossprompt.corpora.arrow import dataset_from_rows
from crossprompt.corpora.tatoeba import PAIR_FEATURES
from crossprompt.translation.matching import normalise_source

_COLUMNS: Final = ("split", "dialogue_id", "turn", "source", "target")
_ROWS_PER_READ: Final = 10_000

Row = Mapping[str, Any]


def sample_turns(rows: Dataset, turns: int, seed: int) -> list[Row]:
    """Draw ``turns`` rows, no two of the same source text; all there are if they are fewer.

    Every text has a place in an order that the seed alone decides, and the first of them are taken: whichever other
    texts a language has, whatever the order of its rows. Of turns with one text, one is taken by the same rule. Texts
    that differ in letter case, blanks, quotes or their full stop count as one. Memory holds ``turns`` rows.

    Args:
        rows: ``TRANSLATION_FEATURES`` of one language; a row without text on either side is passed over.
        turns: How many.
        seed: Of the order.

    Returns:
        Rows with ``split``, ``dialogue_id``, ``turn``, ``source`` and ``target``, in the drawn order.
    """
    chosen: dict[str, tuple[int, int, Row]] = {}
    last: list[tuple[int, str]] = []  # a heap whose first entry is the text that would be given up next
    for row in _read(rows):
        text = normalise_source(row["source"])
        place, rank = _hash(seed, text), _hash(seed, row["split"], row["dialogue_id"], row["turn"])
        if text in chosen:
            if rank < chosen[text][1]:
                chosen[text] = (place, rank, row)
        elif len(last) < turns:
            heapq.heappush(last, (-place, text))
            chosen[text] = (place, rank, row)
        elif place < -last[0][0]:
            del chosen[heapq.heapreplace(last, (-place, text))[1]]
            chosen[text] = (place, rank, row)
    return [row for _, _, row in sorted(chosen.values(), key=lambda entry: entry[:2])]


def pair_up(turns: Sequence[Row], locale: str) -> Dataset:
    """The turns as ``PAIR_FEATURES``, in order."""
    pairs = (
        {
            "code": locale,
            "locale": locale,
            "id": f"{row['split']}/{row['dialogue_id']}/{row['turn']}",
            "english": row["source"],
            "other": row["target"],
        }
        for row in turns
    )
    return dataset_from_rows(pairs, PAIR_FEATURES)


def _read(rows: Dataset) -> Iterator[Row]:
    for table in rows.select_columns(list(_COLUMNS)).with_format("arrow").iter(batch_size=_ROWS_PER_READ):
        yield from (row for row in table.to_pylist() if _has_text(row["source"]) and _has_text(row["target"]))


def _has_text(text: str | None) -> bool:
    return bool(text and text.strip())


def _hash(seed: int, *parts: object) -> int:
    text = "\0".join(map(str, (seed, *parts)))
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big")
