"""Folders that a step leaves to be stored: they are moved into the artifact, so that nothing of them stays behind."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import ClassVar

from zenml.metadata.metadata_types import MetadataType

from materializers.folder import CONTENT, FolderMaterializer


class MovedFolderMaterializer(FolderMaterializer):
    """Keeps a folder as its parent does, and takes it away from where it was.

    A kill on the way leaves an artifact without a manifest, which is none: the step that made the folder runs again and
    makes another. On one file system nothing is copied.
    """

    SKIP_REGISTRATION: ClassVar[bool] = True

    def write_files(self, data: Path, folder: Path) -> None:
        """Move all files; what is to be told of them is found out before.

        Raises:
            NotADirectoryError: ``data`` is no folder.
        """
        if not data.is_dir():
            raise NotADirectoryError(f"{data} is to be stored as a folder and is none")
        self._hash, self._facts = super().content_hash(data), super().describe(data)
        shutil.move(data, folder / CONTENT)

    def content_hash(self, data: Path) -> str:
        """SHA-256 of all names and bytes; of a folder that was moved, as it was found then."""
        return super().content_hash(data) if data.is_dir() else self._hash

    def describe(self, data: Path) -> dict[str, MetadataType]:
        """How many files."""
        return super().describe(data) if data.is_dir() else self._facts
