"""One of the processes that learn a prompt together.

    torchrun --nproc-per-node 4 -m crossprompt.alignment.worker FOLDER

``FOLDER`` holds the job that :func:`crossprompt.alignment.launch.run_processes` wrote, beside the run's checkpoints.
"""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import torch

from crossprompt.alignment.job import AlignmentJob, note_failure
from crossprompt.alignment.launch import LAUNCHER
from crossprompt.alignment.processes import PeerLostError, ProcessesError, join_group
from crossprompt.alignment.trainer import align_prompt, describe_run
from crossprompt.alignment.watch import end_with_parents
from crossprompt.backbones.encoder import Backbone, load_backbone
from crossprompt.training.checkpoint import CheckpointStore


def main(folder: Path) -> int:
    """Work on the job in ``folder`` beside the other processes; the exit status."""
    end_with_parents(*(int(number) for number in [os.environ.get(LAUNCHER)] if number))
    rank = int(os.environ.get("RANK", "0"))
    logging.basicConfig(level=logging.INFO if rank == 0 else logging.ERROR, format="%(message)s", stream=sys.stderr)
    try:
        _work(folder)
    except PeerLostError as error:
        print(f"Process {rank} stops: {error}", file=sys.stderr)
        return 1
    except Exception as error:
        if folder.is_dir():
            note_failure(folder, rank, error)
        print(f"Process {rank} failed: {error}", file=sys.stderr)
        return 1
    return 0


def _work(folder: Path) -> None:
    job = AlignmentJob.read(folder)
    device = _own_device(job.header.device)
    backbone = load_backbone(job.header.backbone, device)
    _check_same(job, backbone, folder.parent)
    with join_group(job.header.settings.processes, device) as group:
        align_prompt(
            job.corpus,
            backbone,
            job.header.settings,
            folder.parent,
            progress=job.header.progress and group.writes,
            code_version=job.header.code_version,
            start=job.start,
            group=group,
        )


def _check_same(job: AlignmentJob, backbone: Backbone, folder: Path) -> None:
    """Raises ``ProcessesError`` unless this process would compute the very run that the job is about."""
    header = job.header
    own = describe_run(job.corpus, backbone, header.settings, header.code_version, job.start)
    if CheckpointStore(folder, own).run != header.run:
        raise ProcessesError(
            "this process would compute something else than the run that it was started for: the backbone's files or "
            "this program's version differ, or the job was altered"
        )


def _own_device(kind: str) -> torch.device:
    """The CPU, or the GPU with this process's number on this machine.

    Raises:
        ProcessesError: There are fewer GPUs than processes.
    """
    if kind == "cpu":
        return torch.device(kind)
    number, there = int(os.environ.get("LOCAL_RANK", "0")), torch.cuda.device_count()
    if number >= there:
        raise ProcessesError(f"this machine has {there} GPUs, too few for a process with number {number}: one for each")
    device = torch.device(kind, number)
    torch.cuda.set_device(device)
    return device


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give the folder of the job: torchrun ... -m crossprompt.alignment.worker FOLDER")
    sys.exit(main(Path(sys.argv[1])))
