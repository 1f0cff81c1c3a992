"""Arrow tables in memory, built piece by piece."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
from datasets import Dataset, Features


def dataset_from_tables(tables: Iterable[pa.Table], features: Features) -> Dataset:
    """The tables one after the other as a dataset of ``features``; no table gives an empty dataset."""
    schema = features.arrow_schema
    whole = pa.concat_tables([schema.empty_table(), *(table.cast(schema) for table in tables)])
    return Dataset(whole)


def dataset_from_rows(rows: Iterable[Mapping[str, Any]], features: Features) -> Dataset:
    """The rows as a dataset of ``features``; unlike in ``Dataset.from_list``, there may be none."""
    return dataset_from_tables([pa.Table.from_pylist(list(rows), schema=features.arrow_schema)], features)
