"""What is compared with what, and the paper's test over languages."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellSummary, ComparisonStatistics, gains_between
from crossprompt.evaluation.statistics import seeds_test
from crossprompt.translator.paper import MPT
from crossprompt.translator.records import LanguageTest


def study_pairs(cells: Iterable[Cell]) -> list[tuple[Cell, Cell]]:
    """MPT and each other contender with as many shots."""
    there = list(dict.fromkeys(cells))
    return [(mpt, other) for mpt in there if mpt.contender == MPT for other in there if _beside(mpt, other)]


def language_tests(statistics: ComparisonStatistics, pairs: Sequence[tuple[Cell, Cell]]) -> tuple[LanguageTest, ...]:
    """The paired t-test over languages of each pair that has two languages or more in common."""
    found = []
    for first, second in pairs:
        one, other = statistics.cell(first), statistics.cell(second)
        if one is not None and other is not None:
            tested = _test(one, other, statistics.confidence)
            found += [] if tested is None else [tested]
    return tuple(found)


def _beside(mpt: Cell, other: Cell) -> bool:
    return other.contender != mpt.contender and (other.task, other.shots) == (mpt.task, mpt.shots)


def _test(first: CellSummary, second: CellSummary, confidence: float) -> LanguageTest | None:
    differences = list(gains_between(first, second).values())
    tested = seeds_test(differences, confidence)
    if tested is None:
        return None
    difference, interval, p = tested
    return LanguageTest(
        first=first.cell,
        second=second.cell,
        languages=len(differences),
        difference=difference,
        low=interval.low,
        high=interval.high,
        p=p,
    )
