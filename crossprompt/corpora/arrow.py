"""Arrow tables in memory, built piece by piece."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features


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
