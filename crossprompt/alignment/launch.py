"""Starting the processes of an alignment on this machine, by torchrun, and ending them whatever happens."""

from __future__ import annotations

import logging
import os
import platform
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch

from crossprompt.alignment.job import AlignmentJob, noted_failures
from crossprompt.alignment.processes import ProcessesError

logger = logging.getLogger(__name__)

AGENT, WORKER = "crossprompt.alignment.agent", "crossprompt.alignment.worker"
LAUNCHER = "CROSSPROMPT_LAUNCHER"
"""The environment variable with the number of the process that started torchrun: its end is theirs."""
PORT = 29400
"""On the first of several machines; the others must reach it."""
END_SECONDS = 40
"""torchrun gives processes 30 seconds to end before it kills them."""


def run_processes(job: AlignmentJob, folder: Path) -> None:
    """Learn the prompt of ``job`` in the processes that its settings ask for; returns when it is learned.

    Args:
        job: Is written into ``folder`` for them.
        folder: On several machines, one that all of them see.

    Raises:
        ProcessesError: A process failed, with its own words, or was killed. Running it again goes on from the last
            checkpoint.
    """
    job.write(folder)
    settings = job.header.settings
    arguments = [*_arguments(settings.processes, settings.machines, job.header.run), str(folder)]
    logger.info("aligning in %d processes", settings.processes)
    if settings.machines > 1:
        command = shlex.join(["torchrun", *arguments])
        logger.warning("waiting for %d more machines: start there %s", settings.machines - 1, command)
    environment = _environment(settings.processes // settings.machines)
    with _started([sys.executable, "-m", AGENT, *arguments], environment) as torchrun:
        status = torchrun.wait()
    if status:
        # the folder stays: it holds their words
        raise ProcessesError(_reason(folder, settings.processes))
    shutil.rmtree(folder, ignore_errors=True)


def _arguments(processes: int, machines: int, run: str) -> list[str]:
    """torchrun's; the same on each machine."""
    meeting = ["--standalone", "--local-addr", "127.0.0.1"]
    if machines > 1:
        meeting = ["--nnodes", str(machines), "--rdzv-backend", "c10d", "--rdzv-id", run[:16]]
        meeting += ["--rdzv-endpoint", f"{platform.node()}:{PORT}"]
    return [*meeting, "--nproc-per-node", str(processes // machines), "-m", WORKER]


def _environment(processes: int) -> dict[str, str]:
    """This process's, so that the new ones find the package, know who started them, and share the cores."""
    paths = [str(Path(__file__).resolve().parents[2]), os.environ.get("PYTHONPATH", "")]
    return {
        "OMP_NUM_THREADS": str(max(1, torch.get_num_threads() // processes)),
        **os.environ,
        "PYTHONPATH": os.pathsep.join(path for path in paths if path),
        LAUNCHER: str(os.getpid()),
    }


@contextmanager
def _started(command: list[str], environment: dict[str, str]) -> Iterator[subprocess.Popen[bytes]]:
    """The process while the block runs; it has ended after it, by force if it must be."""
    process = subprocess.Popen(command, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _reason(folder: Path, processes: int) -> str:
    failures = noted_failures(folder, processes)
    if not failures:
        return (
            f"one of the {processes} processes of the alignment was killed (out of memory?) or lost the others; run "
            "again to go on from the last checkpoint"
        )
    rank, words = min(failures.items())
    return f"process {rank} of the alignment's {processes} failed: {words}"
