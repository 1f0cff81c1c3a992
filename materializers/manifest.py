"""Manifests: what an artifact's folder must hold, written last and checked before the artifact is trusted.

A folder without its manifest is an artifact that was never finished or has been removed; a file whose size or SHA-256
differs from the manifest's was altered. Everything goes through the artifact store, so remote stores work too.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from zenml.artifact_stores import BaseArtifactStore

from crossprompt.records import Record

MANIFEST = "manifest.json"
_CHUNK = 1 << 20


class ArtifactError(RuntimeError):
    """An artifact in the store is gone, unfinished or altered; the message says which file and what to do."""


class FileSeal(Record):
    """Size in bytes and hex SHA-256 of one file."""

    size: int
    sha256: str


class Manifest(Record):
    """The files of an artifact by their path inside its folder, and which materializer wrote them."""

    materializer: str
    files: dict[str, FileSeal]

    @property
    def digest(self) -> str:
        """Hex SHA-256 of the manifest itself."""
        return hashlib.sha256(self.to_bytes()).hexdigest()

    def to_bytes(self) -> bytes:
        """The manifest as it stands in the store."""
        return json.dumps(self.model_dump(), indent=1, sort_keys=True).encode()


def write_manifest(store: BaseArtifactStore, uri: str, files: dict[str, FileSeal], materializer: str) -> Manifest:
    """Write the manifest of ``uri`` aside and move it into place: from now on the artifact is there."""
    manifest = Manifest(materializer=materializer, files=files)
    temporary = f"{uri}/.{MANIFEST}.part"
    with store.open(temporary, "wb") as stream:
        stream.write(manifest.to_bytes())
    store.rename(temporary, f"{uri}/{MANIFEST}", overwrite=True)
    return manifest


def read_manifest(store: BaseArtifactStore, uri: str) -> Manifest:
    """The manifest of ``uri``.

    Raises:
        ArtifactError: It is gone or unreadable.
    """
    address = f"{uri}/{MANIFEST}"
    if not store.exists(address):
        raise ArtifactError(f"the artifact at {uri} is gone or was never finished: it has no {MANIFEST}")
    try:
        with store.open(address, "rb") as stream:
            return Manifest.model_validate_json(stream.read())
    except ValueError as error:
        raise ArtifactError(f"the manifest {address} was altered: it cannot be read ({type(error).__name__})") from None


def verify_artifact(store: BaseArtifactStore, uri: str, expected_digest: str | None = None) -> Manifest:
    """Check every file of the artifact at ``uri`` against its manifest, reading all of it.

    Args:
        store: The artifact store that holds ``uri``.
        uri: The artifact's folder.
        expected_digest: The manifest's own digest, where it was recorded elsewhere.

    Raises:
        ArtifactError: The manifest or a file is gone, or was altered.
    """
    manifest = read_manifest(store, uri)
    if expected_digest is not None and manifest.digest != expected_digest:
        raise ArtifactError(f"the manifest {uri}/{MANIFEST} was altered: it is not the one that was recorded")
    for name, seal in manifest.files.items():
        _verify_file(store, f"{uri}/{name}", seal)
    return manifest


def _verify_file(store: BaseArtifactStore, address: str, seal: FileSeal) -> None:
    if not store.exists(address):
        raise ArtifactError(f"the artifact file {address} is gone")
    found = seal_stored_file(store, address)
    if found != seal:
        raise ArtifactError(
            f"the artifact file {address} was altered: {found.size} bytes with SHA-256 {found.sha256[:12]}…, "
            f"recorded were {seal.size} bytes with {seal.sha256[:12]}…"
        )


def seal_stored_file(store: BaseArtifactStore, address: str) -> FileSeal:
    """Size and SHA-256 of a file in the store."""
    with store.open(address, "rb") as stream:
        return _seal_stream(stream)


def seal_local_file(path: Path) -> FileSeal:
    """Size and SHA-256 of a file on this machine."""
    with path.open("rb") as stream:
        return _seal_stream(stream)


def _seal_stream(stream: Any) -> FileSeal:
    digest, size = hashlib.sha256(), 0
    while chunk := stream.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
    return FileSeal(size=size, sha256=digest.hexdigest())
