"""Kills the scheduled run of ``add_languages`` at its write points and schedules it again.

    python -m tests.kills.schedule_worker FOLDER EXTENT CONFIG...

The working folder is a copy of the repository; ``ZENML_CONFIG_PATH`` and ``CROSSPROMPT_HOME`` are ``FOLDER/zenml`` and
``FOLDER/home``. All configurations but the last are run to their end, one after the other, and the last as far as to
its candidate: the run is killed before it writes that. Artifacts know their places, so this state is put back where it
was before each kill. ``EXTENT`` says where to kill: at ``some`` points, at ``all``, or at so many, drawn at random.
``FOLDER/outcome.json`` says what the end of the run writes, in order, and for each kill how the commands ended and what
is there afterwards.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

from crossprompt.storage import faults
from crossprompt.storage.faults import FAULT, WRITE_LOG
from tests.kills.commands import forked, preload, schedule
from tests.kills.hook.study_commits import number_study_commits
from tests.kills.worker import all_points, some_points

PARTS = ("zenml", "home")
DATABASES = ("mlflow.db", "zenml.db")
FIRST, WHOLE = "prompt.safetensors", "bundle.json"
"""The first file of the candidate, with which the end of the run begins, and the last."""
SEED = 3
LOOKS = 3
"""How often the schedule comes after a kill, at most."""

Outcome = dict[str, Any]


def kill_and_look_again(folder: Path, extent: str, configurations: list[str]) -> Outcome:
    """All of it; see the module."""
    *before, last = configurations
    for configuration in before:
        assert look(folder, configuration) == (0, 0)
    with dying_before(WHOLE):
        assert look(folder, last) == (1, -signal.SIGKILL)
    copy(folder, folder / "ready")
    log = folder / "writes.txt"
    undisturbed = repeat(folder, last, {WRITE_LOG: str(log)})
    writes = log.read_text(encoding="utf-8").splitlines()
    kills = {point: repeat(folder, last, {FAULT: point}) for point in chosen(writes, extent)}
    return {"writes": writes[writes.index(FIRST) :], "undisturbed": undisturbed, "kills": kills}


def tell_facts(file: Path) -> None:
    """In a child: what it looks at is imported there."""
    from tests.kills import registry_facts

    registry_facts.tell_facts(file)


def repeat(folder: Path, configuration: str, variables: dict[str, str]) -> Outcome:
    """Put the state back, schedule until all is well (and a day later), and look at what is there then."""
    copy(folder / "ready", folder)
    ends = [look(folder, configuration, **variables)]
    while len(ends) <= LOOKS and (len(ends) == 1 or ends[-1][0]):
        ends.append(look(folder, configuration))
    if age_torn_files(folder):
        ends.append(look(folder, configuration))
    found = folder / "facts.json"
    status = forked(partial(tell_facts, found), ["facts"], folder / "output.txt", {})
    facts = json.loads(found.read_text(encoding="utf-8")) if status == 0 else status
    return {"ends": ends, "facts": facts}


def look(folder: Path, configuration: str, **variables: str) -> tuple[int, int | None]:
    """Schedule once; how that and the run ended."""
    return schedule(configuration, folder / "output.txt", variables)


def age_torn_files(folder: Path) -> bool:
    """Let a day go by for files that were being written; whether there are some."""
    torn = list((folder / "home").rglob(".*.part"))
    for file in torn:
        os.utime(file, (0, 0))
    return bool(torn)


def chosen(writes: list[str], extent: str) -> list[str]:
    """Points of the end of the run, as numbers among all its writes."""
    numbers = range(writes.index(FIRST) + 1, len(writes) + 1)
    if extent == "some":
        others = [number for number in numbers if writes[number - 1] != "zenml.db"]
        return renumbered(some_points(len(others)), others)
    points = renumbered(all_points(len(numbers)), numbers)
    return points if extent == "all" else Random(SEED).sample(points, int(extent))


def renumbered(points: Sequence[str], numbers: Sequence[int]) -> list[str]:
    """Points among the chosen writes as points among all writes."""
    return [f"{numbers[int(place) - 1]}:{moment}" for place, moment in (point.split(":") for point in points)]


def copy(source: Path, target: Path) -> None:
    """Make the parts of ``target`` those of ``source``."""
    for part in PARTS:
        shutil.rmtree(target / part, ignore_errors=True)
        shutil.copytree(source / part, target / part)


@contextmanager
def dying_before(name: str) -> Iterator[None]:
    """Processes that are forked meanwhile kill themselves before they write a file of that name."""

    def die(written: str) -> None:
        if written == name:
            os.kill(os.getpid(), signal.SIGKILL)

    log, faults._log = faults._log, die
    try:
        yield
    finally:
        faults._log = log


if __name__ == "__main__":
    place, extent, *configurations = sys.argv[1:]
    number_study_commits(*DATABASES)
    preload(Path(place) / "preloaded")
    outcome = kill_and_look_again(Path(place), extent, configurations)
    (Path(place) / "outcome.json").write_text(json.dumps(outcome), encoding="utf-8")
