"""Tables of text: ``datasets.Dataset`` as one Arrow stream, written in pieces and mapped into memory when loaded."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import Any, ClassVar

import pyarrow as pa
from datasets import Dataset
from zenml.enums import ArtifactType, VisualizationType
from zenml.metadata.metadata_types import MetadataType

from materializers.sealed import SealedMaterializer

DATA_FILE = "data.arrow"
PREVIEW_FILE = "preview.html"
PREVIEW_ROWS = 20
_ROWS_PER_BATCH = 2048


class DatasetMaterializer(SealedMaterializer):
    """Keeps a ``Dataset`` with its declared features; never more than a batch of it is copied in memory."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Dataset,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def write_files(self, data: Dataset, folder: Path) -> None:
        """Write all rows to one Arrow stream file with the features in its schema."""
        schema = data.features.arrow_schema
        with pa.OSFile(str(folder / DATA_FILE), "wb") as sink, pa.ipc.new_stream(sink, schema) as writer:
            for table in _tables(data):
                writer.write_table(table.cast(schema))

    def read_files(self, folder: Path, data_type: type[Any]) -> Dataset:
        """Map the stream file into memory."""
        return Dataset.from_file(str(folder / DATA_FILE))

    def content_hash(self, data: Dataset) -> str:
        """SHA-256 over column names, types and rows, whatever the chunking or an index over the rows."""
        schema = data.features.arrow_schema.remove_metadata()
        digest = hashlib.sha256(schema.serialize().to_pybytes())
        for table in _tables(data):
            batches = table.replace_schema_metadata(None).cast(schema).to_batches()
            for batch in batches:
                digest.update(batch.serialize().to_pybytes())
        return digest.hexdigest()

    def describe(self, data: Dataset) -> dict[str, MetadataType]:
        """Rows and columns."""
        return {"rows": data.num_rows, "columns": ", ".join(data.column_names)}

    def save_visualizations(self, data: Dataset) -> dict[str, VisualizationType]:
        """The first rows as a table."""
        address = f"{self.uri}/{PREVIEW_FILE}"
        with self.artifact_store.open(address, "w") as stream:
            stream.write(_preview(data))
        return {address: VisualizationType.HTML}


def _tables(data: Dataset) -> Iterator[pa.Table]:
    """All rows in batches. Those of an index over the rows come as a chunk each, which takes some 4 kB in a file."""
    for table in data.with_format("arrow").iter(batch_size=_ROWS_PER_BATCH):
        yield table.combine_chunks()


def _preview(data: Dataset) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in data.column_names)
    shown = data.select(range(min(PREVIEW_ROWS, data.num_rows)))
    rows = ("".join(f"<td>{escape(_shorten(row[name]))}</td>" for name in data.column_names) for row in shown)
    body = "".join(f"<tr>{cells}</tr>" for cells in rows)
    return f"<p>{shown.num_rows} of {data.num_rows} rows</p><table><tr>{head}</tr>{body}</table>"


def _shorten(value: Any, limit: int = 200) -> str:
    text = "" if value is None else str(value)
    return text if len(text) <= limit else f"{text[:limit]}…"
