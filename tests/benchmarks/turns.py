"""A gate that gives a fixed number of turns to a contender in the test's own process, and files with texts for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from benchmarks.gate import Finished, Gate
from benchmarks.records import Contest, Lap, Outcome, Timing
from benchmarks.settings import BenchmarkSettings
from benchmarks.texts import Texts, collect_texts

QUICK = BenchmarkSettings.quick()


class Turns(Gate):
    """Keeps the laps instead of writing them."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.laps: list[Lap] = []

    def count(self, pid: int) -> None:
        assert pid

    def start(self) -> None:
        assert self.number

    def lap(self, units: int, **facts: float | str) -> None:
        self.laps.append(Lap(seconds=1.0, cpu_seconds=1.0, units=units, facts=facts))
        if len(self.laps) == self.number:
            raise Finished


def laps_of(run: Any, options: dict[str, Any], number: int = 1) -> list[Lap]:
    turns = Turns(number)
    try:
        run(options, turns)
    except Finished:
        return turns.laps
    raise AssertionError("the contender ended by itself")


def outcome(contest: Contest, *laps: Lap) -> Outcome:
    """The outcome of a contest whose contenders each made one of ``laps``."""
    timings = [
        Timing(contender=own.name, warm_up=lap, laps=(lap,), idle_memory=1, peak_memory=1)
        for own, lap in zip(contest.contenders, laps, strict=True)
    ]
    return Outcome(contest=contest, timings=tuple(timings))


def with_other_loss(lap: Lap) -> Lap:
    """A lap of a contender that trained something else."""
    return lap.model_copy(update={"facts": {**lap.facts, "mean_loss": float(lap.facts["mean_loss"]) + 0.01}})


def sample_texts(folder: Path) -> Texts:
    """Slices of the packaged sample in the quick sizes."""
    return collect_texts(QUICK, None, folder)
