"""Bars by language: how rows are grouped, and the scale that all have in common."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from crossprompt.reports.charts import ticks

SINGLE_FAMILIES = "Families with one locale"
_ENDS = (10, 20, 40, 50, 60, 80, 100)

Row = TypeVar("Row")


@dataclass(frozen=True)
class Scale:
    """From 0 to ``top`` percent."""

    top: int
    ticks: tuple[float, ...]

    @property
    def step(self) -> float:
        """From one tick to the next."""
        return self.ticks[1] - self.ticks[0]


def percent_scale(values: Sequence[float]) -> Scale:
    """The shortest scale that has room for all ``values``, in percent; without any the whole one."""
    highest = max(values, default=100.0)
    top = next((end for end in _ENDS if end >= highest), 100)
    return Scale(top, tuple(ticks((0, top), 4)))


def grouped(rows: Iterable[Row], key: Callable[[Row], str], singles: str) -> list[tuple[str, list[Row]]]:
    """Rows by ``key``, the largest group first; rows that are alone stand together at the end.

    Args:
        rows: In any order, which groups keep.
        key: The name of a row's group.
        singles: What those are called that are alone; one of them alone keeps the name of its group.
    """
    members: dict[str, list[Row]] = {}
    for row in rows:
        members.setdefault(key(row), []).append(row)
    alone = [own[0] for own in members.values() if len(own) == 1]
    groups = [(name, own) for name, own in members.items() if len(own) > 1 or len(alone) == 1]
    groups.sort(key=lambda group: (-len(group[1]), group[0]))
    return [*groups, (singles, alone)] if len(alone) > 1 else groups
