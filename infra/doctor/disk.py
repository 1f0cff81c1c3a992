"""Room on the disks that the project writes to, and what kind of disks they are."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from infra.doctor.findings import Finding, note, well, wrong
from infra.doctor.surroundings import Surroundings

LEAST_BYTES: Final = 1 * 2**30
"""Below this a run may not end: one on MASSIVE and SGD (``configs/massive.yaml``) left 1.1 GB, corpora included."""
COMFORTABLE_BYTES: Final = 10 * 2**30
"""Room for a few such runs."""
LEAST_FILES: Final = 10_000
REMOTE: Final = frozenset({"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "fuse.sshfs", "lustre", "ceph", "glusterfs"})
"""Kinds of file systems on which SQLite's locks can't be trusted between machines."""


def check_disk(surroundings: Surroundings) -> Iterator[Finding]:
    """Room, room for further files, permission to write, and the kind of file system, of each place."""
    places = {
        "the project's home": surroundings.home,
        "ZenML's stores": surroundings.local_stores,
        "temporary files": Path(tempfile.gettempdir()),
    }
    for name, place in places.items():
        yield from look_at(name, place)


def look_at(name: str, place: Path) -> Iterator[Finding]:
    """Look at the disk that ``place`` is or will be on."""
    there = next(folder for folder in (place, *place.parents) if folder.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        yield wrong(
            f"{name}: {there} can't be written to", "give this user the right to write there, or name another place"
        )
    numbers = os.statvfs(there)
    free = numbers.f_bavail * numbers.f_frsize
    shown = f"{name}: {free / 2**30:.1f} GiB free at {place}"
    room = "make room, or move it to another disk (CROSSPROMPT_HOME, ZENML_CONFIG_PATH, TMPDIR)"
    if free < LEAST_BYTES:
        yield wrong(shown, room)
    elif free < COMFORTABLE_BYTES:
        yield note(f"{shown}: enough for small runs, not for large corpora", room)
    else:
        yield well(shown)
    if numbers.f_files > 0 and numbers.f_favail < LEAST_FILES:
        yield wrong(f"{name}: only {numbers.f_favail} more files can be made at {place}", "remove files, or move it")
    kind = file_system(there)
    if kind in REMOTE:
        yield note(
            f"{name}: {place} is on a network disk ({kind})",
            "SQLite's locks may not hold between machines there: let one machine use it, or use database servers",
        )


def file_system(place: Path) -> str:
    """The kind of file system that ``place`` is on, such as ``ext4``; empty where the system doesn't say."""
    real = place.resolve()
    mounts = [part for part in psutil.disk_partitions(all=True) if real.is_relative_to(part.mountpoint)]
    return max(mounts, key=lambda part: len(part.mountpoint)).fstype if mounts else ""
