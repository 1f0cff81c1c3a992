"""Who a process is, beyond its number: numbers are given again, also after a restart of the machine."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import psutil
from pydantic import BaseModel, ConfigDict, ValidationError

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
