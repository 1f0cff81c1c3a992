"""Ending a process when those that it works for are gone: a killed torchrun leaves its processes running."""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from threading import Thread

import psutil

SECONDS = 0.5
ORPHANED = 3
"""The exit status of a process whose parents are gone."""


def end_with_parents(*others: int) -> None:
    """From now on this process ends, at once, when its parent or one of the processes numbered ``others`` has ended."""
    try:
        parents = [psutil.Process(number) for number in (os.getppid(), *others)]
    except psutil.NoSuchProcess:
        os._exit(ORPHANED)
    Thread(target=_watch, args=(parents,), daemon=True, name="watch of the parents").start()


def _watch(parents: Sequence[psutil.Process]) -> None:
    while all(map(_lives, parents)):
        time.sleep(SECONDS)
    os._exit(ORPHANED)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
