"""Memory: how much there is, and how the C library gives it back."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil

from crossprompt.training.memory import keep_freed_memory
from infra.doctor.findings import Finding, note, well
from infra.doctor.surroundings import Surroundings

COMFORTABLE_BYTES: Final = 6 * 2**30
"""A run of the packaged sample peaks between 2 and 5 GB, with the libraries."""
LIMIT: Final = Path("/sys/fs/cgroup/memory.max")
ALLOCATOR_VARIABLES: Final = ("GLIBC_TUNABLES", "LD_PRELOAD")


def check_memory(surroundings: Surroundings) -> Iterator[Finding]:
    """Memory that this process may use, and the allocator's settings."""
    available, limit = psutil.virtual_memory().available, memory_limit(LIMIT)
    usable = available if limit is None else min(available, limit)
    shown = f"{usable / 2**30:.1f} GiB of memory are free" + (" (limited by a container)" if usable == limit else "")
    if usable < COMFORTABLE_BYTES:
        yield note(shown, "a run may need 5 GB: end other programs, or choose smaller batches")
    else:
        yield well(shown)
    yield from allocator(surroundings)


def allocator(surroundings: Surroundings) -> Iterator[Finding]:
    """Whether freed memory is kept, which makes training on a CPU up to twice as fast."""
    chosen = [n for n in surroundings.environment if n.startswith("MALLOC_") or n in ALLOCATOR_VARIABLES]
    if platform.libc_ver()[0] != "glibc":
        yield note(
            "the C library is not glibc: its allocator is left alone",
            "training on a CPU may be slower; images with Debian or Ubuntu have glibc",
        )
    elif chosen:
        yield note(
            f"{', '.join(sorted(chosen))} is set: the allocator is left as it is",
            "unset it to let the project keep freed memory (training on a CPU is up to twice as fast then)",
        )
    elif keep_freed_memory():
        yield well("glibc keeps freed memory for the next training step")
    else:
        yield note("glibc refused to keep freed memory", "training on a CPU will be slower; look for a security policy")


def memory_limit(file: Path) -> int | None:
    """The bytes that the container may use besides what it uses, by its control group; None without a limit."""
    try:
        limit = int(file.read_text(encoding="ascii"))
        used = int(file.with_name("memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return max(0, limit - used)
