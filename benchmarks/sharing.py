"""Trials that share forwards beside the same trials one after the other: what all such contests have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.contest import ContestError
from benchmarks.gate import Gate
from benchmarks.records import Contender, Outcome
from crossprompt.tasks.records import TrainingNumbers

ALONE: Mapping[str, Any] = {"at_most": 1}
"""The option of a job whose trials run one after the other, by the same code."""


def contenders(entry: str, options: Mapping[str, Any]) -> tuple[Contender, Contender]:
    """In groups as large as memory allows, and one by one; all else is the same."""
    return (
        Contender(name="in groups", entry=entry, options=dict(options)),
        Contender(name="one by one", entry=entry, options={**options, **ALONE}),
    )


def time_trainings(train: Callable[[], Sequence[TrainingNumbers]], updates: int, precision: object, gate: Gate) -> None:
    """A lap for each time that all trials are trained; everything else is made ready before.

    Args:
        train: Trains all trials and gives their numbers.
        updates: Of each trial.
        precision: Of the backbone, for the facts of a lap.
        gate: Opens the contest and takes the time.
    """
    gate.start()
    while True:
        losses = [numbers.points[0].train_loss for numbers in train()]
        gate.lap(len(losses) * updates, mean_loss=sum(losses) / len(losses), precision=str(precision))


def check_losses(outcome: Outcome, tolerances: Mapping[str, float]) -> tuple[str, ...]:
    """How far the mean training losses are apart.

    Args:
        outcome: Of a contest whose laps are :func:`time_trainings`'s.
        tolerances: By precision.

    Raises:
        ContestError: Further than the tolerance: then the contenders do not train the same.
    """
    laps = [timing.warm_up for timing in outcome.timings]
    losses = [float(lap.facts["mean_loss"]) for lap in laps]
    precision = str(laps[0].facts["precision"]).removeprefix("torch.")
    names = [contender.name for contender in outcome.contest.contenders]
    told = ", ".join(f"{loss:.5f} {name}" for loss, name in zip(losses, names, strict=True))
    if not max(losses) - min(losses) <= tolerances[precision]:
        raise ContestError(f"{outcome.contest.name}: mean losses {told}")
    return (f"Mean training loss in {precision}: {told}.",)
