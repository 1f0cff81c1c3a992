"""Fingerprints: SHA-256 of files, folders and values."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

CHUNK = 1 << 20


def fingerprint_file(path: Path) -> str:
    """Hex SHA-256 of a file's bytes."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fingerprint_path(path: Path) -> str:
    """Hex SHA-256 of a file's bytes, or of the names and bytes of all files under a folder."""
    if path.is_file():
        return fingerprint_file(path)
    digest = hashlib.sha256()
    for file in sorted(p for p in path.rglob("*") if p.is_file()):
        digest.update(f"{file.relative_to(path).as_posix()}\0{fingerprint_file(file)}\n".encode())
    return digest.hexdigest()


def fingerprint_value(value: Any) -> str:
    """Hex SHA-256 of a JSON-serialisable value, whatever the order of its keys."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
