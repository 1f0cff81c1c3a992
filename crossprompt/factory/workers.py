"""Which workers live: each holds a lock on a file of its own, which the system drops when its process ends."""

from __future__ import annotations

import uuid
from pathlib import Path

from filelock import FileLock, Timeout

_PATIENCE_SECONDS = 60.0
"""Nobody else wants the lock, but who looks whether its worker lives holds it for a moment."""


class Worker:
    """A worker that lives until it is closed, or until its process and all that were forked from it have ended."""

    def __init__(self, folder: Path) -> None:
        """Take a new name and lock ``folder/<name>``."""
        folder.mkdir(parents=True, exist_ok=True)
        self.name = uuid.uuid4().hex
        self._path = folder / self.name
        self._lock = _lock(self._path)
        self._lock.acquire(timeout=_PATIENCE_SECONDS)

    def close(self) -> None:
        """Give the lock back."""
        self._path.unlink(missing_ok=True)
        self._lock.release(force=True)


def is_alive(folder: Path, name: str) -> bool:
    """Whether the worker ``name`` holds its lock; where it does not, its file is removed."""
    path = folder / name
    if not path.exists():
        return False
    lock = _lock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        return True
    # in this order: a worker that is about to lock a new file of this name sees that it is gone, and makes another
    path.unlink(missing_ok=True)
    lock.release(force=True)
    return False


def _lock(path: Path) -> FileLock:
    return FileLock(path, thread_local=False)
