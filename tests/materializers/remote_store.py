"""A stand-in for a bucket: an artifact store whose files are in memory and have no path on this machine."""

from __future__ import annotations

from typing import Any

from fsspec.implementations.memory import MemoryFileSystem


class MemoryStore:
    """The calls that materializers make of a remote artifact store."""

    def __init__(self) -> None:
        self.files = MemoryFileSystem()
        self.path = "memory://bucket"

    def open(self, path: str, mode: str = "r") -> Any:
        return self.files.open(path, mode) if "b" in mode else self.files.open(path, mode, encoding="utf-8")

    def exists(self, path: str) -> bool:
        return bool(self.files.exists(path))

    def makedirs(self, path: str) -> None:
        self.files.makedirs(path, exist_ok=True)

    def rename(self, source: str, target: str, overwrite: bool = False) -> None:
        self.files.mv(source, target)
