"""How much memory a process holds, and the most that it ever held."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

import psutil

_PROCESSES = Path("/proc")


def peak_memory(process: psutil.Process | None = None) -> int:
    """The most resident bytes of a process so far (None: this one).

    On Linux the kernel's mark of this program alone: ``getrusage`` would give the larger one of this program and of
    the process that started it. Elsewhere another process's peak is what it holds now.
    """
    status = _PROCESSES / (str(process.pid) if process else "self") / "status"
    if status.is_file():
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    if process:
        return resident_memory(process)
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def resident_memory(process: psutil.Process | None = None) -> int:
    """Resident bytes of a process (None: this one) now."""
    return int((process or psutil.Process()).memory_info().rss)
