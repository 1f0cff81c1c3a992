"""Write points: the places where a kill could hurt, numbered so that a test can kill at each of them.

Every file that the program replaces passes here twice, before and after it takes its name. With
``CROSSPROMPT_WRITE_LOG`` set to a path, each write adds its file's name there as a line: that enumerates the points.
With ``CROSSPROMPT_FAULT`` set to ``<n>:before`` or ``<n>:after`` the process kills itself (SIGKILL, no clean-up) at the
n-th write, counted from 1.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Literal

FAULT = "CROSSPROMPT_FAULT"
WRITE_LOG = "CROSSPROMPT_WRITE_LOG"

Moment = Literal["before", "after"]

_writes = 0


def write_point(name: str, moment: Moment) -> None:
    """Mark that the file ``name`` is about to be replaced or has just been; does nothing unless a test asks."""
    global _writes
    if moment == "before":
        _writes += 1
        _log(name)
    if os.environ.get(FAULT) == f"{_writes}:{moment}":
        os.kill(os.getpid(), signal.SIGKILL)


def _log(name: str) -> None:
    log = os.environ.get(WRITE_LOG)
    if log:
        with Path(log).open("a", encoding="utf-8") as stream:
            stream.write(f"{name}\n")
