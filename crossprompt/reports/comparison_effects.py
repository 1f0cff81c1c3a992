"""Where a difference lies: by script and by family, and what each way to tune was allowed to cost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellComparison, ComparisonStatistics, GroupDifference
from crossprompt.reports.comparison_names import task_name
from crossprompt.reports.formats import shots_in_words

EFFECTS = (("APT", "PT"), ("PT", "FT"))
"""The pairs whose effect is shown by script and family."""
DEEPEST = 60
"""Points at which a cell of the matrix has its full colour."""


@dataclass(frozen=True)
class EffectLine:
    """A script or family: how many locales, and its difference in each column (None: not measured)."""

    name: str
    locales: int
    cells: tuple[GroupDifference | None, ...]


@dataclass(frozen=True)
class EffectMatrix:
    """First minus second by group, in every setting where both were measured."""

    key: str
    first: str
    second: str
    kind: str
    columns: tuple[str, ...]
    lines: tuple[EffectLine, ...]


@dataclass(frozen=True)
class CostLine:
    """What the trainings of a cell did: medians over seeds, and the learning rates that dev chose."""

    task: str
    shots: str
    contender: str
    seeds: int
    updates: float
    most_updates: int
    rates: tuple[float, ...]
    dev_score: float


def effect_matrices(statistics: ComparisonStatistics) -> list[EffectMatrix]:
    """By family and by script, for each pair of ``EFFECTS`` that was compared anywhere."""
    found = []
    for first, second in EFFECTS:
        comparisons = _compared(statistics, first, second)
        if comparisons:
            found += [_matrix(first, second, kind, comparisons) for kind in ("family", "script")]
    return found


def cost_lines(statistics: ComparisonStatistics) -> list[CostLine]:
    """Every cell's trainings."""
    return [
        CostLine(
            task=task_name(found.cell.task),
            shots=shots_in_words(found.cell.shots),
            contender=found.cell.contender,
            seeds=len(found.trainings),
            updates=median(training.updates for training in found.trainings),
            most_updates=max(training.updates for training in found.trainings),
            rates=tuple(sorted({training.learning_rate for training in found.trainings}, reverse=True)),
            dev_score=sum(training.dev_score for training in found.trainings) / len(found.trainings),
        )
        for found in statistics.cells
    ]


def _compared(statistics: ComparisonStatistics, first: str, second: str) -> list[CellComparison]:
    settings = dict.fromkeys((found.cell.task, found.cell.shots) for found in statistics.cells)
    pairs = (
        statistics.comparison(*(Cell(contender=name, task=task, shots=shots) for name in (first, second)))
        for task, shots in settings
    )
    return [found for found in pairs if found]


def _matrix(first: str, second: str, kind: str, comparisons: Sequence[CellComparison]) -> EffectMatrix:
    columns = [{part.name: part for part in getattr(found, f"by_{kind}")} for found in comparisons]
    sizes = {name: len(part.locales) for column in columns for name, part in column.items()}
    order = sorted(sizes, key=lambda name: (-sizes[name], name))
    return EffectMatrix(
        key=f"{first}-{second}-{kind}",
        first=first,
        second=second,
        kind=kind,
        columns=tuple(f"{task_name(c.first.task)}, {shots_in_words(c.first.shots)}" for c in comparisons),
        lines=tuple(EffectLine(name, sizes[name], tuple(column.get(name) for column in columns)) for name in order),
    )
