"""Arrow tables in memory, built piece by piece."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from datasets import Dataset, DatasetInfo, Features

_ROWS_PER_PIECE: Final = 10_000


def dataset_from_tables(tables: Iterable[pa.Table], features: Features) -> Dataset:
    """The tables one after the other as a dataset of ``features``; no table gives an empty dataset."""
    schema = features.arrow_schema
    whole = pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in tables)])
    return Dataset(whole, fingerprint=_fingerprint(whole))


def _fingerprint(table: pa.Table) -> str:
    """Of the content, batch by batch: left to itself, ``Dataset`` pickles the whole table to find one."""
    digest = hashlib.sha256(table.schema.to_string().encode())
    for batch in table.to_batches():
        digest.update(batch.serialize())
    return digest.hexdigest()[:16]


def dataset_from_rows(rows: Iterable[Mapping[str, Any]], features: Features) -> Dataset:
    """The rows as a dataset of ``features``; unlike in ``Dataset.from_list``, there may be none."""
    return dataset_from_tables([pa.Table.from_pylist(list(rows), schema=features.arrow_schema)], features)


def take_rows(rows: Dataset, positions: npt.NDArray[np.integer]) -> Dataset:
    """The rows at ``positions``, in this order, as a table that has no index over its rows.

    ``Dataset.select`` keeps an index where positions are not in succession. Reading such rows costs 20 microseconds
    and, while they are in memory, 12 kB each. Here rows in succession are views of ``rows``; only what lies among gaps
    is copied, as columns.

    Args:
        rows: Without an index of its own, or all of it is read.
        positions: From 0.
    """
    table = rows.with_format("arrow")[:]
    cuts = range(_ROWS_PER_PIECE, len(positions), _ROWS_PER_PIECE)
    pieces = [_piece(table, part) for part in np.split(positions, cuts)]
    digest = hashlib.sha256(np.ascontiguousarray(positions).tobytes()).hexdigest()
    return Dataset(pa.concat_tables(pieces), info=DatasetInfo(features=rows.features), fingerprint=digest[:16])


def _piece(table: pa.Table, positions: npt.NDArray[np.integer]) -> pa.Table:
    if not len(positions):
        return table.slice(0, 0)
    runs = np.split(positions, np.flatnonzero(np.diff(positions) != 1) + 1)
    views = [table.slice(int(run[0]), len(run)) for run in runs]
    return views[0] if len(views) == 1 else pa.concat_tables(views).combine_chunks()
