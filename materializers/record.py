"""Result records as readable JSON."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import Any, ClassVar

from zenml.enums import ArtifactType, VisualizationType
from zenml.metadata.metadata_types import MetadataType

from crossprompt.records import Record
from crossprompt.storage.fingerprint import fingerprint_value
from materializers.sealed import SealedMaterializer

DATA_FILE = "record.json"
PAGE_FILE = "record.html"
UNHASHED_FIELDS = frozenset({"attempts", "location", "seconds", "storage"})
"""Circumstances: a result that took longer, lay elsewhere or needed a second start is the same, and what follows it
need not run again.
"""


class RecordMaterializer(SealedMaterializer):
    """Keeps any ``Record`` as JSON; what comes back equals what was stored."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Record,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def write_files(self, data: Record, folder: Path) -> None:
        """Write the record as indented JSON."""
        (folder / DATA_FILE).write_text(data.model_dump_json(indent=1), encoding="utf-8")

    def read_files(self, folder: Path, data_type: type[Any]) -> Record:
        """Read the JSON and validate it as ``data_type``."""
        record: Record = data_type.model_validate_json((folder / DATA_FILE).read_text(encoding="utf-8"))
        return record

    def content_hash(self, data: Record) -> str:
        """SHA-256 of the record's type and values, circumstances left out."""
        return fingerprint_value([type(data).__name__, without_circumstances(data.model_dump(mode="json"))])

    def describe(self, data: Record) -> dict[str, MetadataType]:
        """The record's own plain numbers and short texts, under one name: ZenML's database is written to per name."""
        values = data.model_dump(mode="json")
        plain = {name: value for name, value in values.items() if isinstance(value, int | float) or _is_short(value)}
        return {"values": plain} if plain else {}

    def save_visualizations(self, data: Record) -> dict[str, VisualizationType]:
        """The JSON as a page."""
        address = f"{self.uri}/{PAGE_FILE}"
        with self.artifact_store.open(address, "w") as stream:
            stream.write(f"<pre>{escape(data.model_dump_json(indent=1)[:200_000])}</pre>")
        return {address: VisualizationType.HTML}


def without_circumstances(value: Any) -> Any:
    """``value`` (of JSON types) without the fields of ``UNHASHED_FIELDS``, at any depth."""
    if isinstance(value, dict):
        return {key: without_circumstances(item) for key, item in value.items() if key not in UNHASHED_FIELDS}
    if isinstance(value, list):
        return [without_circumstances(item) for item in value]
    return value


def _is_short(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value) <= 200
