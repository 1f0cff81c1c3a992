"""The accelerator and number formats, told by a process of its own: torch is slow to load, and drivers can crash."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from crossprompt.reports.formats import plural
from infra.doctor.findings import Finding, note, unknown, well, wrong
from infra.doctor.surroundings import Surroundings

PROBE: Final = "infra.doctor.accelerator_probe"
PATIENCE_SECONDS: Final = 120.0
DRIVER: Final = Path("/proc/driver/nvidia/version")
ROOT: Final = Path(__file__).resolve().parents[2]
_LAST_WORDS = 300


def check_accelerator(surroundings: Surroundings) -> Iterator[Finding]:
    """What trainings would compute on, and in which number format ``dtype: auto`` would come out."""
    command = [sys.executable, "-m", PROBE]
    try:
        ended = subprocess.run(
            command, cwd=ROOT, env=dict(surroundings.environment), capture_output=True, text=True, check=False,
            timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        yield unknown(
            f"torch gave no answer within {PATIENCE_SECONDS:.0f} s", "look for a hanging driver, then try again"
        )
        return
    if ended.returncode:
        words = ended.stderr.strip()[-_LAST_WORDS:] or f"it ended with status {ended.returncode}"
        yield wrong(f"torch can't be used: {words}", "run `make setup`; a crash points to the GPU's driver")
        return
    yield from findings_of(json.loads(ended.stdout.splitlines()[-1]), driver_there=DRIVER.exists())


def findings_of(probed: dict[str, Any], *, driver_there: bool) -> Iterator[Finding]:
    """What the probe's answer means.

    Args:
        probed: What :mod:`infra.doctor.accelerator_probe` prints.
        driver_there: Whether the system has an NVIDIA driver.
    """
    where = probed["gpu"] or f"{plural(probed['cores'], 'CPU core')} ({probed['cpu_features']})"
    yield well(f"torch {probed['torch']} computes on {where}")
    if driver_there and not probed["gpu"]:
        yield wrong(
            f"there is an NVIDIA driver, but torch finds no GPU{': ' + probed['error'] if probed['error'] else ''}",
            "install the build of torch for this driver's CUDA version (`pip install torch --index-url ...`), and look "
            "at `nvidia-smi` and CUDA_VISIBLE_DEVICES",
        )
    ratio = probed["bfloat16_speedup"]
    measured = (
        "no instructions for bfloat16" if ratio is None else f"bfloat16 runs at {ratio:.1f}x the speed of float32"
    )
    if probed["gpu"]:
        measured = "the GPU has bfloat16" if probed["dtype"] == "bfloat16" else "the GPU has no bfloat16 of its own"
    yield well(
        f"`dtype: auto` takes {probed['dtype']}: {measured}; a feed-forward block takes {probed['milliseconds']:.1f} ms"
    )
    if probed["threads"] > probed["cores"]:
        yield note(
            f"torch would use {probed['threads']} threads on {probed['cores']} cores",
            f"set OMP_NUM_THREADS={probed['cores']}: threads that wait for each other are slow",
        )
