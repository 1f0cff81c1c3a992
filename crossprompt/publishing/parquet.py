"""A language's rows as Parquet files, written in pieces: memory holds one row group, whatever the language's size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Dataset

from crossprompt.corpora.arrow import take_rows
from crossprompt.publishing.records import SplitRows
from crossprompt.publishing.settings import CutSettings
from crossprompt.storage.atomic import atomic_path
from crossprompt.translation.rows import TRANSLATION_FEATURES

SPLITS = ("train", "dev", "test")
"""In the order in which they are shown; a split of another name comes after them."""


def write_language(rows: Dataset, locale: str, folder: Path, settings: CutSettings) -> tuple[SplitRows, ...]:
    """Write ``data/<locale>/<split>-<number>-of-<count>.parquet`` under ``folder``.

    The same rows give the same bytes with the same version of Arrow.

    Args:
        rows: ``TRANSLATION_FEATURES`` of one locale, in the order in which they are to be read.
        locale: Their language.
        folder: The corpus's folder.
        settings: How the files are cut.
    """
    column = _column(rows, "split")
    found = pc.unique(column).to_pylist()
    ordered = [split for split in SPLITS if split in found] + sorted(set(found) - set(SPLITS))
    return tuple(_write_split(rows, column, split, locale, folder, settings) for split in ordered)


def _write_split(
    rows: Dataset, column: pa.ChunkedArray, split: str, locale: str, folder: Path, settings: CutSettings
) -> SplitRows:
    chosen = take_rows(rows, np.flatnonzero(pc.equal(column, split).to_numpy()))
    count = -(-len(chosen) // settings.rows_per_file)
    bounds = np.linspace(0, len(chosen), count + 1).astype(int).tolist()
    files = [f"data/{locale}/{split}-{number:05d}-of-{count:05d}.parquet" for number in range(count)]
    for name, start, stop in zip(files, bounds, bounds[1:], strict=False):
        _write_file(folder / name, chosen.select(range(start, stop)), settings.rows_per_group)
    dialogues = len(pc.unique(_column(chosen, "dialogue_id")))
    return SplitRows(split=split, dialogues=dialogues, rows=len(chosen), files=tuple(files))


def _write_file(path: Path, rows: Dataset, rows_per_group: int) -> None:
    schema = TRANSLATION_FEATURES.arrow_schema
    with atomic_path(path) as temporary, pq.ParquetWriter(temporary, schema, compression="zstd") as writer:
        for table in _tables(rows, rows_per_group):
            writer.write_table(table.select(schema.names).cast(schema), row_group_size=rows_per_group)


def _tables(rows: Dataset, size: int) -> Iterator[pa.Table]:
    yield from rows.with_format("arrow").iter(batch_size=size)


def _column(rows: Dataset, name: str) -> pa.ChunkedArray:
    """One column alone, without an index over the rows."""
    return rows.select_columns([name]).with_format("arrow")[:][name]
