"""Whole folders of files, such as Data Docs: a local path goes in, a local path comes out."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, ClassVar

from zenml.enums import ArtifactType
from zenml.metadata.metadata_types import MetadataType

from crossprompt.storage.fingerprint import fingerprint_path
from materializers.sealed import SealedMaterializer

CONTENT = "content"


class FolderMaterializer(SealedMaterializer):
    """Keeps a folder; the value is the ``Path`` of a folder that exists when it is stored."""

    SKIP_REGISTRATION: ClassVar[bool] = True  # other paths are none of its business
    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Path,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.DATA

    def write_files(self, data: Path, folder: Path) -> None:
        """Copy all files.

        Raises:
            NotADirectoryError: ``data`` is no folder.
        """
        if not data.is_dir():
            raise NotADirectoryError(f"{data} is to be stored as a folder and is none")
        shutil.copytree(data, folder / CONTENT)

    def read_files(self, folder: Path, data_type: type[Any]) -> Path:
        """The folder inside the store, or its copy on this machine; an empty folder is kept as one."""
        (folder / CONTENT).mkdir(exist_ok=True)
        return folder / CONTENT

    def content_hash(self, data: Path) -> str:
        """SHA-256 of all names and bytes."""
        return fingerprint_path(data)

    def describe(self, data: Path) -> dict[str, MetadataType]:
        """How many files."""
        return {"files": sum(path.is_file() for path in data.rglob("*"))}
