"""Bundles: what is served, with the predictions that the gate compares, as one folder."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any, ClassVar

from zenml.enums import ArtifactType
from zenml.metadata.metadata_types import MetadataType

from crossprompt.bundles.bundle import Bundle, open_bundle
from materializers.sealed import SealedMaterializer

CONTENT = "bundle"


class BundleMaterializer(SealedMaterializer):
    """Keeps a ``Bundle``; what is loaded lies in the store, or is a copy on this machine."""

    ASSOCIATED_TYPES: ClassVar[tuple[type[Any], ...]] = (Bundle,)
    ASSOCIATED_ARTIFACT_TYPE: ClassVar[ArtifactType] = ArtifactType.MODEL

    def write_files(self, data: Bundle, folder: Path) -> None:
        """Copy all files."""
        shutil.copytree(data.folder, folder / CONTENT)

    def read_files(self, folder: Path, data_type: type[Any]) -> Bundle:
        """Open the bundle in the store, or its copy."""
        return open_bundle(folder / CONTENT)

    def content_hash(self, data: Bundle) -> str:
        """The bundle's own fingerprint: what it says, not when it was made."""
        return data.fingerprint

    def describe(self, data: Bundle) -> dict[str, MetadataType]:
        """What is in it."""
        index = data.index
        return {
            "fingerprint": index.fingerprint,
            "backbone": index.backbone.name,
            "languages": ", ".join(index.languages),
            "locales": len(index.locales),
            "tasks": ", ".join(task.name for task in index.tasks),
        }


class MovedBundleMaterializer(BundleMaterializer):
    """Keeps a bundle that was made for it: it is taken away from where it was, so that nothing stays behind.

    A kill on the way leaves an artifact without a manifest, which is none: the step that made the bundle runs again.
    """

    SKIP_REGISTRATION: ClassVar[bool] = True

    def write_files(self, data: Bundle, folder: Path) -> None:
        """Move all files."""
        shutil.move(data.folder, folder / CONTENT)
