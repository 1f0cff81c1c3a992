"""The project's home: the folder for what is neither source nor artifact (downloads, checkpoints, the study)."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from crossprompt.corpora.sources import home_folder
from infra.process import is_marked_gone, mark_of, this_process

LEFT_OVER_SECONDS: Final = 24 * 3600.0
"""What nobody has written to for so long is no run's any more: files under way are written to every few minutes."""


def project_home() -> Path:
    """``CROSSPROMPT_HOME``, or ``.crossprompt`` in the working folder, as an absolute path; made if missing."""
    home = home_folder()
    home.mkdir(parents=True, exist_ok=True)
    return home


def scratch_folder(name: str) -> Path:
    """A new folder of its own below ``scratch`` in the home, for what is under way; what others left there is removed.

    Who takes it removes it, or leaves it to a later step where it is needed until an artifact is stored. One that
    stays empty for a day may be gone: write files in ways that make their folder, as ``storage.atomic`` does.
    """
    scratch = project_home() / "scratch"
    scratch.mkdir(exist_ok=True)
    _clear_scratch(scratch)
    return Path(tempfile.mkdtemp(prefix=f"{name}-", suffix=f"-{mark_of(this_process())}", dir=scratch))


def remove_left_over(home: Path) -> None:
    """Remove from ``home`` what killed processes were writing: their scratch folders, and files unwritten for a day."""
    if (home / "scratch").is_dir():
        _clear_scratch(home / "scratch")
    for torn in home.rglob(".*.part"):
        if torn.is_file() and time.time() - _last_written(torn) > LEFT_OVER_SECONDS:
            torn.unlink(missing_ok=True)


def _clear_scratch(scratch: Path) -> None:
    for entry in scratch.iterdir():
        if _is_left_over(entry):
            shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)


def _is_left_over(entry: Path) -> bool:
    """Whether the process that made it was killed here, or nobody has written to it for long, wherever it was made."""
    return is_marked_gone(entry.name.rpartition("-")[2]) or time.time() - _last_written(entry) > LEFT_OVER_SECONDS


def _last_written(entry: Path) -> float:
    """When ``entry`` or anything in it was last written to; now, if it vanishes meanwhile."""
    try:
        return max(path.lstat().st_mtime for path in (entry, *entry.rglob("*")))
    except FileNotFoundError:
        return time.time()
