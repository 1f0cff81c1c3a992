"""The report: its page beside its tables and numbers."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, ClassVar

from zenml.enums import ArtifactType, VisualizationType
from zenml.metadata.metadata_types import MetadataType

from crossprompt.reports.report import Report
from materializers.sealed import SealedMaterializer

DATA_FILE = "report.json"
PAGE_FILE = "report.html"


class ReportMaterializer(SealedMaterializer):
    """Keeps a ``Report``; the ZenML dashboard shows its page."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Report,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA_ANALYSIS

    def write_files(self, data: Report, folder: Path) -> None:
        """Write the page as it is, everything else as JSON."""
        (folder / PAGE_FILE).write_bytes(data.html.encode())
        (folder / DATA_FILE).write_text(data.model_dump_json(exclude={"html"}, indent=1), encoding="utf-8")

    def read_files(self, folder: Path, data_type: type[Any]) -> Report:
        """Put both together again."""
        rest = Report.model_validate_json(_with_empty_page((folder / DATA_FILE).read_text(encoding="utf-8")))
        return rest.model_copy(update={"html": (folder / PAGE_FILE).read_bytes().decode()})

    def content_hash(self, data: Report) -> str:
        """SHA-256 of the whole report."""
        return hashlib.sha256(data.model_dump_json().encode()).hexdigest()

    def describe(self, data: Report) -> dict[str, MetadataType]:
        """How many tables."""
        return {"tables": len(data.tables)}

    def save_visualizations(self, data: Report) -> dict[str, VisualizationType]:
        """The stored page itself."""
        return {f"{self.uri}/{PAGE_FILE}": VisualizationType.HTML}


def _with_empty_page(text: str) -> str:
    return text.replace("{", '{"html": "",', 1)
