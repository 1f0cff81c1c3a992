"""The base of all materializers here: files are written to a folder, sealed by a manifest, and verified when loaded."""

from __future__ import annotations

import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, ClassVar

from zenml.artifact_stores import LocalArtifactStore
from zenml.materializers.base_materializer import BaseMaterializer
from zenml.metadata.metadata_types import MetadataType

from materializers.manifest import (
    ArtifactError,
    FileSeal,
    Manifest,
    read_manifest,
    seal_local_file,
    verify_artifact,
    write_manifest,
)

MANIFEST_DIGEST = "manifest_sha256"
"""The metadata under which ZenML's database keeps the digest of an artifact's manifest."""


class SealedMaterializer(BaseMaterializer):
    """Keeps an artifact as a folder of files with a manifest.

    A subclass says how to write a value into an empty folder of this machine and how to read it back; storing, sealing
    and verifying are done here. On a local store the folder is the artifact itself, so big files can be mapped into
    memory; for other stores the files are copied.
    """

    SKIP_REGISTRATION: ClassVar[bool] = True

    @abstractmethod
    def write_files(self, data: Any, folder: Path) -> None:
        """Write ``data`` into the empty ``folder``; subfolders are allowed."""

    @abstractmethod
    def read_files(self, folder: Path, data_type: type[Any]) -> Any:
        """Read the value of type ``data_type`` back from ``folder``."""

    @abstractmethod
    def content_hash(self, data: Any) -> str:
        """Hex SHA-256 of what ``data`` says: equal for equal results, wherever and whenever they were made."""

    def describe(self, data: Any) -> dict[str, MetadataType]:
        """Metadata to show beside the artifact."""
        return {}

    def save(self, data: Any) -> None:
        """Store ``data`` at the artifact's address; the manifest is written last."""
        store = self.artifact_store
        store.makedirs(self.uri)
        with self._written_folder(data) as folder:
            files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
            seals = {name: seal_local_file(path) for name, path in files.items()}
            if self._local_folder is None:
                for name, path in files.items():
                    self._upload(path, f"{self.uri}/{name}")
        write_manifest(store, self.uri, seals, type(self).__name__)

    def load(self, data_type: type[Any]) -> Any:
        """Verify the stored files and read them.

        Raises:
            ArtifactError: A file is gone or was altered.
        """
        try:
            manifest = verify_artifact(self.artifact_store, self.uri)
        except ArtifactError as error:
            raise ArtifactError(f"{error}; run the pipeline again and the step that made it is run again") from None
        folder = self._local_folder or self._download(manifest)
        return self.read_files(folder, data_type)

    def compute_content_hash(self, data: Any) -> str:
        """What ZenML's cache key takes for this artifact."""
        return self.content_hash(data)

    def extract_metadata(self, data: Any) -> dict[str, MetadataType]:
        """The subclass's metadata and the manifest's digest."""
        manifest = read_manifest(self.artifact_store, self.uri)
        return {**self.describe(data), MANIFEST_DIGEST: manifest.digest}

    @property
    def _local_folder(self) -> Path | None:
        return Path(self.uri) if isinstance(self.artifact_store, LocalArtifactStore) else None

    @contextmanager
    def _written_folder(self, data: Any) -> Iterator[Path]:
        if self._local_folder is not None:
            self.write_files(data, self._local_folder)
            yield self._local_folder
            return
        with tempfile.TemporaryDirectory(prefix="crossprompt-") as name:
            self.write_files(data, Path(name))
            yield Path(name)

    def _upload(self, path: Path, address: str) -> None:
        self.artifact_store.makedirs(address.rpartition("/")[0])
        with path.open("rb") as source, self.artifact_store.open(address, "wb") as target:
            shutil.copyfileobj(source, target)

    def _download(self, manifest: Manifest) -> Path:
        with self.get_temporary_directory(delete_at_exit=False) as name:
            folder = Path(name)
        for file, seal in manifest.files.items():
            self._fetch(file, seal, folder / file)
        return folder

    def _fetch(self, file: str, seal: FileSeal, target: Path) -> None:
        target.parent.mkdir(parents=True, exist_ok=True)
        with self.artifact_store.open(f"{self.uri}/{file}", "rb") as source, target.open("wb") as copy:
            shutil.copyfileobj(source, copy)
        if seal_local_file(target) != seal:
            raise ArtifactError(f"the artifact file {self.uri}/{file} changed while it was fetched; run again")
