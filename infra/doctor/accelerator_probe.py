"""Prints as JSON what torch finds on this machine: ``python -m infra.doctor.accelerator_probe``."""

from __future__ import annotations

import json
import time
import warnings
from typing import Any, Final

import torch

from crossprompt.training.device import bfloat16_speedup, choose_device, choose_dtype, cpu_has_bfloat16
from infra.machine import describe_machine, usable_cores

_TOKENS, _WIDTH, _INNER, _ROUNDS = 2048, 256, 1024, 5
UNKNOWN: Final = "no features that are known"


def probe() -> dict[str, Any]:
    """Device, precision of ``dtype: auto``, the measurement behind it, and threads."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        device = choose_device()
    machine = describe_machine()
    dtype = choose_dtype("auto", device)
    measured = device.type == "cpu" and cpu_has_bfloat16()
    return {
        "torch": torch.__version__,
        "gpu": machine.get("gpu"),
        "error": str(caught[0].message) if caught else "",
        "cores": usable_cores(),
        "threads": torch.get_num_threads(),
        "cpu_features": machine.get("cpu_features", UNKNOWN),
        "dtype": str(dtype).removeprefix("torch."),
        "bfloat16_speedup": bfloat16_speedup() if measured else None,
        "milliseconds": 1000 * time_block(device, dtype),
    }


def time_block(device: torch.device, dtype: torch.dtype) -> float:
    """Seconds that the products of a feed-forward block take (2,048 tokens, width 256), the best of a few."""
    hidden = torch.ones(_TOKENS, _WIDTH, dtype=dtype, device=device)
    weight = torch.ones(_INNER, _WIDTH, dtype=dtype, device=device)
    seconds = []
    for _ in range(_ROUNDS):
        start = time.perf_counter()
        (torch.nn.functional.linear(hidden, weight) @ weight)[0, 0].item()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


if __name__ == "__main__":
    print(json.dumps(probe()))
