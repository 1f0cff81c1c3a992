"""Kills jobs at their write points and starts them again, in forked children, so that imports are paid for once.

    python -m tests.kills.worker FOLDER some|all JOB...

A job is a module with ``prepare(folder)``, whose value the children share, ``run(ready, folder)``, which writes the
job's results into ``folder``, and ``RESULTS``, these files' names; the commits to ``DATABASES``, if it names some, are
write points, too. ``FOLDER/<job>/undisturbed`` is the job without a kill, ``FOLDER/<job>/<n>-<moment>`` with one at
that write point and a second run after it. ``FOLDER/outcomes.json`` says for each job what was written, in order, and
how the processes ended.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from crossprompt.storage import faults
from crossprompt.storage.faults import FAULT, WRITE_LOG
from tests.kills.hook.study_commits import number_study_commits

SOME = 5
AT_ONCE = 8
"""Children that run side by side: a study that was killed waits until its trial counts as dead."""

Start = tuple[Path, dict[str, str]]


def kill_at_points(name: str, folder: Path, everywhere: bool) -> dict[str, Any]:
    """Run the job ``name`` undisturbed, then once killed and once to its end for each write point."""
    job = import_module(name)
    folder.mkdir(parents=True)
    ready = job.prepare(folder)
    log = folder / "writes.txt"
    undisturbed = run_all(job, ready, [(folder / "undisturbed", {WRITE_LOG: str(log)})])
    writes = log.read_text(encoding="utf-8").splitlines()
    exits = {"undisturbed": undisturbed}
    points = all_points(len(writes)) if everywhere else some_points(len(writes))
    for start in range(0, len(points), AT_ONCE):
        group = points[start : start + AT_ONCE]
        places = [folder / point.replace(":", "-") for point in group]
        killed = run_all(job, ready, [(place, {FAULT: point}) for place, point in zip(places, group, strict=True)])
        ended = run_all(job, ready, [(place, {}) for place in places])
        exits |= {place.name: list(pair) for place, *pair in zip(places, killed, ended, strict=True)}
    return {"writes": writes, "exits": exits, "results": list(job.RESULTS)}


def all_points(writes: int) -> list[str]:
    """``<n>:before`` and ``<n>:after`` for each write."""
    return [f"{number}:{moment}" for number in range(1, writes + 1) for moment in ("before", "after")]


def some_points(writes: int) -> list[str]:
    """Five points from the first write to the last, before and after in turn."""
    numbers = [1 + place * (writes - 1) // (SOME - 1) for place in range(SOME)]
    return [f"{number}:{('before', 'after')[place % 2]}" for place, number in enumerate(numbers)]


def run_all(job: Any, ready: Any, starts: list[Start]) -> list[int | None]:
    """Run the job in one forked child per folder, all at once; the exit codes, -9 for a child that was killed."""
    context = multiprocessing.get_context("fork")
    children = [context.Process(target=run_one, args=(job, ready, *start)) for start in starts]
    for child in children:
        child.start()
    for child in children:
        child.join()
    return [child.exitcode for child in children]


def run_one(job: Any, ready: Any, folder: Path, variables: dict[str, str]) -> None:
    """Run the job in this process, with environment variables that say where it dies; its writes alone are counted."""
    os.environ.update(variables)
    faults._writes = 0
    folder.mkdir(exist_ok=True)
    job.run(ready, folder)


if __name__ == "__main__":
    torch.set_num_threads(1)
    place, extent, *jobs = sys.argv[1:]
    number_study_commits(*(name for job in jobs for name in getattr(import_module(job), "DATABASES", ())))
    outcomes = {name: kill_at_points(name, Path(place) / name, extent == "all") for name in jobs}
    (Path(place) / "outcomes.json").write_text(json.dumps(outcomes), encoding="utf-8")
