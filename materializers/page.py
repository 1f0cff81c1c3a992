"""Pages: HTML that the ZenML dashboard shows."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar

from zenml.enums import ArtifactType, VisualizationType
from zenml.metadata.metadata_types import MetadataType
from zenml.types import HTMLString

from materializers.sealed import SealedMaterializer

PAGE_FILE = "page.html"


class PageMaterializer(SealedMaterializer):
    """Keeps one self-contained HTML page."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (HTMLString,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA_ANALYSIS

    def write_files(self, data: HTMLString, folder: Path) -> None:
        """Write the page as UTF-8."""
        (folder / PAGE_FILE).write_bytes(data.encode())

    def read_files(self, folder: Path, data_type: type[Any]) -> HTMLString:
        """Read the page."""
        return HTMLString((folder / PAGE_FILE).read_bytes().decode())

    def content_hash(self, data: HTMLString) -> str:
        """SHA-256 of the page's bytes."""
        return hashlib.sha256(data.encode()).hexdigest()

    def describe(self, data: HTMLString) -> dict[str, MetadataType]:
        """The page's length."""
        return {"characters": len(data)}

    def save_visualizations(self, data: HTMLString) -> dict[str, VisualizationType]:
        """The stored page itself."""
        return {f"{self.uri}/{PAGE_FILE}": VisualizationType.HTML}
