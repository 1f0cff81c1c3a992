"""Rows of translations as an Arrow table, written in batches as they come."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
from datasets import Dataset

from crossprompt.storage.atomic import atomic_path
from crossprompt.translation.rows import TRANSLATION_FEATURES

_ROWS_PER_BATCH = 1000


def collect_rows(rows: Iterable[dict[str, Any]], file: Path | None = None) -> Dataset:
    """The rows as a dataset of ``TRANSLATION_FEATURES``; memory holds one batch of Python objects at most.

    Args:
        rows: One mapping per turn.
        file: An Arrow file to write to, in one step, and to map into memory; None keeps compact columns in memory.
    """
    if file is None:
        buffer = pa.BufferOutputStream()
        _write_batches(rows, buffer)
        return Dataset.from_buffer(buffer.getvalue())
    with atomic_path(file) as temporary, pa.OSFile(str(temporary), "wb") as stream:
        _write_batches(rows, stream)
    return Dataset.from_file(str(file))


def _write_batches(rows: Iterable[dict[str, Any]], stream: pa.NativeFile) -> None:
    schema = TRANSLATION_FEATURES.arrow_schema
    with pa.ipc.new_stream(stream, schema) as writer:
        batch: list[dict[str, Any]] = []
        for row in rows:
            batch.append(row)
            if len(batch) == _ROWS_PER_BATCH:
                writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
                batch = []
        if batch:
            writer.write_batch(pa.RecordBatch.from_pylist(batch, schema=schema))
