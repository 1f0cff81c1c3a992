"""Where and in which precision to compute: CUDA if there is one, bfloat16 where the hardware is fast at it."""

from __future__ import annotations

import logging
import time
from functools import lru_cache
from typing import Literal

import psutil
import torch

logger = logging.getLogger(__name__)

DtypeName = Literal["auto", "float32", "bfloat16"]

WORTHWHILE = 1.15
"""bfloat16 costs accuracy, so it must be this much faster than float32 to be taken."""

_PROBE_TOKENS, _PROBE_WIDTH, _PROBE_INNER = 2048, 256, 1024
_PROBE_ROUNDS = 5


def choose_device(device: torch.device | str | None = None) -> torch.device:
    """The given device, or CUDA if there is one, or the CPU."""
    if device is not None:
        return torch.device(device)
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def choose_dtype(requested: DtypeName, device: torch.device) -> torch.dtype:
    """The precision of the frozen backbone on ``device``.

    ``auto`` takes bfloat16 on a GPU that has it. On a CPU it asks first whether there are instructions for it at all
    (AMX, AVX-512 BF16, Arm BF16): without them the answer is float32 and nothing is measured. With them the products of
    a feed-forward block are timed both ways. Machines with such instructions show a factor of 1.5 to 9, far from the
    threshold, so the answer is the same at every start; a resumed run keeps the precision of its checkpoint anyhow.
    """
    if requested != "auto":
        return torch.float32 if requested == "float32" else torch.bfloat16
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.is_bf16_supported(including_emulation=False) else torch.float32
    if device.type != "cpu" or not cpu_has_bfloat16():
        return torch.float32
    return _faster_dtype(bfloat16_speedup())


@lru_cache(maxsize=1)
def _faster_dtype(ratio: float) -> torch.dtype:
    """bfloat16 if it is worthwhile; the choice is logged once in a process, not at every loading of a backbone."""
    chosen = torch.bfloat16 if ratio >= WORTHWHILE else torch.float32
    logger.info("bfloat16 products run at %.1fx the speed of float32 on this CPU: computing in %s", ratio, chosen)
    return chosen


def free_memory(device: torch.device) -> int:
    """Bytes that are free on ``device``."""
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return int(free)
    return int(psutil.virtual_memory().available)


def cpu_has_bfloat16() -> bool:
    """Whether this CPU has instructions for bfloat16 products (AMX, AVX-512 BF16 or Arm BF16)."""
    capabilities = torch.cpu.get_capabilities()
    return any(bool(capabilities.get(name)) for name in ("amx_bf16", "avx512_bf16", "bf16"))


@lru_cache(maxsize=1)
def bfloat16_speedup() -> float:
    """Time in float32 over time in bfloat16 for a feed-forward block's products, each the best of a few rounds."""
    times: dict[torch.dtype, list[float]] = {torch.float32: [], torch.bfloat16: []}
    for _ in range(_PROBE_ROUNDS):
        for dtype, seconds in times.items():
            seconds.append(_time_products(dtype))
    return min(times[torch.float32]) / min(times[torch.bfloat16])


def _time_products(dtype: torch.dtype) -> float:
    hidden = torch.ones(_PROBE_TOKENS, _PROBE_WIDTH, dtype=dtype)
    weight = torch.ones(_PROBE_INNER, _PROBE_WIDTH, dtype=dtype)
    start = time.perf_counter()
    torch.nn.functional.linear(hidden, weight) @ weight
    return time.perf_counter() - start
