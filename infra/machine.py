"""The machine that computes, as far as results and times depend on it; nothing that tells whose machine it is."""

from __future__ import annotations

import os
import platform

import psutil
import torch

CPU_FEATURES = ("amx_bf16", "amx_int8", "avx512_bf16", "avx512_f", "avx512_vnni", "avx2", "bf16", "sve")
"""Instructions that decide how fast matrix products are, as ``torch.cpu.get_capabilities`` calls them."""


def describe_machine() -> dict[str, str]:
    """System, processor architecture, cores this process may use, memory, CPU features, and the GPU if there is one."""
    capabilities = torch.cpu.get_capabilities()
    found = {
        "system": platform.system(),
        "architecture": platform.machine(),
        "cores": str(usable_cores()),
        "threads": str(torch.get_num_threads()),
        "memory": f"{psutil.virtual_memory().total / 2**30:.0f} GiB",
        "cpu_features": ", ".join(name for name in CPU_FEATURES if capabilities.get(name)) or "none of note",
    }
    return found | {"gpu": torch.cuda.get_device_name()} if torch.cuda.is_available() else found


def usable_cores() -> int:
    """Cores that the process may run on, which can be fewer than the machine has."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
