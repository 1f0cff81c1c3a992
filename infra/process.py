"""Who a process is, beyond its number: numbers are given again, also after a restart of the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

from crossprompt.storage.fingerprint import fingerprint_value

OWNER = "crossprompt_process"
"""The key in a run's ``extra`` under which the process that executes it is written."""

_START_TOLERANCE = 1.0
"""Seconds by which two readings of a process's start may differ (clock ticks, rounding)."""


class ProcessIdentity(BaseModel):
    """A process: the machine, its boot, its process namespace, the number, and when it started (Unix seconds)."""

    model_config = ConfigDict(frozen=True)

    host: str
    boot: str
    namespace: str
    pid: int
    started: float


def this_process() -> ProcessIdentity:
    """The process that asks."""
    return ProcessIdentity(
        host=platform.node(),
        boot=_boot(),
        namespace=_namespace(),
        pid=os.getpid(),
        started=psutil.Process().create_time(),
    )


def owner_of(extra: Mapping[str, Any]) -> ProcessIdentity | None:
    """The process that a run's ``extra`` names as the one that executes it; None if it names none."""
    try:
        return ProcessIdentity.model_validate(extra.get(OWNER))
    except ValidationError:
        return None


def mark_of(identity: ProcessIdentity) -> str:
    """A short word for names of files: the machine since it was booted, the number, and the start in seconds."""
    place = fingerprint_value([identity.host, identity.boot, identity.namespace])[:8]
    return f"{place}.{identity.pid}.{identity.started:.0f}"


def is_marked_gone(mark: str) -> bool:
    """:func:`is_gone` for a process that left :func:`mark_of` it; False for what is no such word."""
    here = this_process()
    place, number, started = [*mark.split("."), "", ""][:3]
    if place != mark_of(here).partition(".")[0] or not (number.isdecimal() and started.isdecimal()):
        return False
    return is_gone(here.model_copy(update={"pid": int(number), "started": float(started)}))


def is_gone(identity: ProcessIdentity) -> bool:
    """Whether the process is certainly dead; False where it lives and where this machine cannot know."""
    if identity.host != platform.node():
        return False
    if identity.boot != _boot():
        return True
    if identity.namespace != _namespace():
        return False
    try:
        process = psutil.Process(identity.pid)
        started, status = process.create_time(), process.status()
    except psutil.NoSuchProcess:
        return True
    return bool(status == psutil.STATUS_ZOMBIE or abs(started - identity.started) > _START_TOLERANCE)


def _boot() -> str:
    linux = Path("/proc/sys/kernel/random/boot_id")
    return linux.read_text().strip() if linux.is_file() else str(round(psutil.boot_time(), -1))


def _namespace() -> str:
    linux = Path("/proc/self/ns/pid")
    return str(linux.readlink()) if linux.is_symlink() else ""
