"""Whether anything was changed: every file of a folder with its content, size and time."""

from __future__ import annotations

from pathlib import Path

Traces = dict[str, tuple[bytes, int]]


def traces(folder: Path) -> Traces:
    """Content and time of last change of every file below ``folder``."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), path.stat().st_mtime_ns) for path in files}
