"""Translations as a stream of rows, from tables in memory, Parquet files or Arrow files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Dataset

from crossprompt.rating.errors import RatingError

COLUMNS: Final = ("locale", "split", "dialogue_id", "turn", "speaker", "source", "target")
"""What is read of ``TRANSLATION_FEATURES``."""
_REFUSED: Final = "reasons"
"""A column that only quarantined rows have."""
_BATCH: Final = 4096


@dataclass(frozen=True, slots=True)
class Row:
    """One turn in one locale; ``target`` is None where there is no translation."""

    locale: str
    split: str
    dialogue_id: str
    turn: int
    speaker: str
    source: str
    target: str | None


def dataset_rows(table: Dataset) -> Iterator[Row]:
    """The rows of a table of ``TRANSLATION_FEATURES``, in its order.

    Args:
        table: Any number of locales; held as Arrow, a batch at a time becomes Python objects.

    Raises:
        RatingError: Columns are missing, or the rows are quarantined ones.
    """
    _check_columns("the table", table.column_names)
    wanted = table.select_columns(list(COLUMNS)).with_format("arrow")
    for batch in wanted.iter(batch_size=_BATCH):
        yield from _batch_rows(batch)


def read_rows(paths: Iterable[Path]) -> Iterator[Row]:
    """The rows of Parquet and Arrow files, one file after the other; one batch is in memory at a time.

    Args:
        paths: Files that end in ``.parquet`` or ``.arrow``, or folders with such files at any depth (in the order of
            their names), such as a published corpus or a saved ``Dataset``.

    Raises:
        RatingError: A path is missing, holds no such file, is damaged, lacks columns or holds quarantined rows.
    """
    for file in [file for path in paths for file in _files(path)]:
        try:
            for batch in _batches(file):
                yield from _batch_rows(batch)
        except (pa.ArrowException, OSError) as error:
            reason = " ".join(str(error).split())
            raise RatingError(f"{file} can't be read as a table ({reason}): get a fresh copy of it") from None


def _files(path: Path) -> list[Path]:
    if path.is_file():
        if path.suffix not in {".parquet", ".arrow"}:
            raise RatingError(f"{path}: translations are read from .parquet and .arrow files, or folders of them")
        return [path]
    found = sorted(file for file in path.rglob("*") if file.suffix in {".parquet", ".arrow"} and file.is_file())
    if not found:
        lack = "holds no .parquet or .arrow file" if path.is_dir() else "does not exist"
        raise RatingError(f"{path} {lack}: name a published corpus, or a file of translations")
    return found


def _batches(file: Path) -> Iterator[pa.RecordBatch]:
    if file.suffix == ".parquet":
        with pq.ParquetFile(file) as parquet:
            _check_columns(str(file), parquet.schema_arrow.names)
            yield from parquet.iter_batches(batch_size=_BATCH, columns=list(COLUMNS))
        return
    with pa.memory_map(str(file)) as mapped, _open_arrow(mapped) as stream:
        _check_columns(str(file), stream.schema.names)
        for batch in stream:
            yield batch.select(list(COLUMNS))


def _open_arrow(mapped: pa.MemoryMappedFile) -> pa.RecordBatchStreamReader:
    """``datasets`` writes the streaming format; the random-access format begins with its name."""
    if mapped.size() >= 6 and mapped.read_at(6, 0) == b"ARROW1":
        reader = pa.ipc.open_file(mapped)
        return pa.RecordBatchReader.from_batches(
            reader.schema, (reader.get_batch(number) for number in range(reader.num_record_batches))
        )
    return pa.ipc.open_stream(mapped)


def _check_columns(place: str, columns: Iterable[str]) -> None:
    present = set(columns)
    missing = [name for name in COLUMNS if name not in present]
    if missing:
        raise RatingError(f"{place} is no table of translations: it lacks {', '.join(missing)}")
    if _REFUSED in present:
        raise RatingError(f"{place} holds quarantined rows (it has {_REFUSED!r}): name the accepted translations alone")


def _batch_rows(batch: pa.RecordBatch | pa.Table) -> Iterator[Row]:
    columns = batch.to_pydict()
    for values in zip(*(columns[name] for name in COLUMNS), strict=True):
        yield Row(*values)
