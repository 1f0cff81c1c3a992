"""The tables that every study has, as plain rows in full precision: cells, seeds, trainings and differences."""

from __future__ import annotations

from typing import Any

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import ComparisonStatistics, Difference, GroupDifference, ScoreSummary
from crossprompt.locales.languages import describe_locale
from crossprompt.reports.table import Table, make_table

CELL = ("task", "shots", "contender")
"""The columns of a cell."""
_PAIR = ("task", "shots", "first", "second_task", "second")
_SCORE = ("mean", "std", "low", "high")
_DIFFERENCE = ("difference", "low", "high", "p", "p_corrected")


def statistics_tables(statistics: ComparisonStatistics) -> dict[str, Table]:
    """The tables of cells and of their differences, for any study."""
    return {
        "averages": _averages(statistics),
        "locales": _locales(statistics),
        "seeds": _seeds(statistics),
        "trainings": _trainings(statistics),
        "differences": _differences(statistics),
        "locale_differences": _locale_differences(statistics),
        "group_differences": _group_differences(statistics),
    }


def cell_columns(cell: Cell) -> list[Any]:
    """Task, shots (``all`` stands for all data) and contender."""
    return [cell.task, "all" if cell.shots is None else cell.shots, cell.contender]


def _score(score: ScoreSummary) -> list[Any]:
    return [score.mean, score.std, score.low, score.high]


def _difference(value: Difference | None) -> list[Any]:
    return [getattr(value, name, None) for name in _DIFFERENCE]


def _averages(statistics: ComparisonStatistics) -> Table:
    rows = [
        [*cell_columns(found.cell), len(found.locales), len(found.trainings), *_score(found.average)]
        for found in statistics.cells
    ]
    return make_table((*CELL, "locales", "seeds", *_SCORE), rows)


def _locales(statistics: ComparisonStatistics) -> Table:
    rows = []
    for found in statistics.cells:
        for part in found.locales:
            known = describe_locale(part.locale)
            names = [part.locale, known.english_name, known.script_name, known.family]
            rows.append([*cell_columns(found.cell), *names, part.utterances, *_score(part.score)])
    return make_table((*CELL, "locale", "name", "script", "family", "utterances", *_SCORE), rows)


def _seeds(statistics: ComparisonStatistics) -> Table:
    rows = [
        [*cell_columns(found.cell), part.locale, training.seed, score]
        for found in statistics.cells
        for part in found.locales
        for training, score in zip(found.trainings, part.score.by_seed, strict=True)
    ]
    return make_table((*CELL, "locale", "seed", "score"), rows)


def _trainings(statistics: ComparisonStatistics) -> Table:
    rows = [
        [
            *cell_columns(found.cell),
            training.seed,
            training.learning_rate,
            training.updates,
            training.dev_score,
            average,
        ]
        for found in statistics.cells
        for training, average in zip(found.trainings, found.average.by_seed, strict=True)
    ]
    return make_table((*CELL, "seed", "learning_rate", "updates", "dev_score", "average"), rows)


def _pair(first: Cell, second: Cell) -> list[Any]:
    return [*cell_columns(first), second.task, second.contender]


def _differences(statistics: ComparisonStatistics) -> Table:
    over_seeds = tuple(f"seeds_{name}" for name in _DIFFERENCE[1:4])
    rows = [
        [
            *_pair(found.first, found.second),
            *(len(found.locales), len(found.seeds), found.utterances),
            *_difference(found.pooled)[:4],
            *_difference(found.over_seeds)[1:4],
            found.test,
        ]
        for found in statistics.comparisons
    ]
    columns = (*_PAIR, "locales", "seeds", "utterances", *_DIFFERENCE[:4], *over_seeds, "test")
    return make_table(columns, rows)


def _locale_differences(statistics: ComparisonStatistics) -> Table:
    rows = [
        [*_pair(found.first, found.second), part.locale, part.utterances, *_difference(part.difference)]
        for found in statistics.comparisons
        for part in found.locales
    ]
    return make_table((*_PAIR, "locale", "utterances", *_DIFFERENCE), rows)


def _group_differences(statistics: ComparisonStatistics) -> Table:
    rows = [
        [*_pair(found.first, found.second), kind, *_group(part)]
        for found in statistics.comparisons
        for kind, groups in (("script", found.by_script), ("family", found.by_family))
        for part in groups
    ]
    columns = (*_PAIR, "kind", "group", "locales", "first_mean", "second_mean", *_DIFFERENCE)
    return make_table(columns, rows)


def _group(part: GroupDifference) -> list[Any]:
    return [part.name, len(part.locales), part.first, part.second, *_difference(part.difference)]
