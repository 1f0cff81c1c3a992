"""The bars of a comparison: every locale by family, for each task and number of shots."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossprompt.comparison.records import Cell
from crossprompt.comparison.statistics import family_group
from crossprompt.comparison.summaries import CellSummary, ComparisonStatistics, ScoreSummary
from crossprompt.locales.languages import Locale, describe_locale
from crossprompt.reports.bar_groups import SINGLE_FAMILIES, Scale, grouped, percent_scale
from crossprompt.reports.comparison_names import METHODS, TASK_NAMES, score_name, style_of, task_name
from crossprompt.reports.formats import shots_in_words


@dataclass(frozen=True)
class Bar:
    """A contender's score in one locale."""

    contender: str
    css: str
    score: ScoreSummary


@dataclass(frozen=True)
class BarRow:
    """One locale: its bars, and whether APT is significantly above (1) or below (-1) PT, after correction."""

    known: Locale
    tag: str
    bars: tuple[Bar, ...]
    sign: int


@dataclass(frozen=True)
class BarGroup:
    """The locales of a family, best first, with the mean of each contender."""

    name: str
    rows: tuple[BarRow, ...]
    means: tuple[tuple[str, float], ...]


@dataclass(frozen=True)
class BarPanel:
    """All locales of one task with so many shots, on one scale."""

    key: str
    title: str
    score: str
    groups: tuple[BarGroup, ...]
    contenders: tuple[tuple[str, str], ...]
    scale: Scale


def bar_panels(statistics: ComparisonStatistics) -> list[BarPanel]:
    """The locales of every task and number of shots that two contenders were measured on."""
    seen = dict.fromkeys((summary.cell.task, summary.cell.shots) for summary in statistics.cells)
    panels = (_bar_panel(statistics, task, shots) for task, shots in sorted(seen, key=_order))
    return [panel for panel in panels if panel is not None]


def _order(setting: tuple[str, int | None]) -> tuple[int, str, float]:
    task, shots = setting
    known = list(TASK_NAMES)
    return (known.index(task) if task in known else len(known), task, float("inf") if shots is None else shots)


def _bar_panel(statistics: ComparisonStatistics, task: str, shots: int | None) -> BarPanel | None:
    cells = {name: statistics.cell(Cell(contender=name, task=task, shots=shots)) for name in METHODS}
    found = {name: summary for name, summary in cells.items() if summary}
    if len(found) < 2:
        return None
    signs = _signs(statistics, task, shots)
    locales = sorted({part.locale for summary in found.values() for part in summary.locales})
    rows = [_bar_row(tag, found, signs) for tag in locales]
    return BarPanel(
        key=f"{task}-{'all' if shots is None else shots}",
        title=f"{task_name(task)}, {shots_in_words(shots)}",
        score=score_name(task),
        groups=tuple(
            _group(name, own) for name, own in grouped(rows, lambda row: family_group(row.tag), SINGLE_FAMILIES)
        ),
        contenders=tuple((name, style_of(name)) for name in found),
        scale=percent_scale([bar.score.high for row in rows for bar in row.bars]),
    )


def _signs(statistics: ComparisonStatistics, task: str, shots: int | None) -> dict[str, int]:
    aligned, fresh = (Cell(contender=name, task=task, shots=shots) for name in ("APT", "PT"))
    compared = statistics.comparison(aligned, fresh)
    if compared is None:
        return {}
    alpha = 1 - statistics.confidence
    return {
        part.locale: (part.difference.difference > 0) - (part.difference.difference < 0)
        for part in compared.locales
        if part.difference.p_corrected is not None and part.difference.p_corrected < alpha
    }


def _bar_row(tag: str, found: dict[str, CellSummary], signs: dict[str, int]) -> BarRow:
    scores = {name: summary.score(tag) for name, summary in found.items()}
    bars = tuple(Bar(name, style_of(name), score) for name, score in scores.items() if score)
    return BarRow(known=describe_locale(tag), tag=tag, bars=bars, sign=signs.get(tag, 0))


def _group(name: str, rows: Sequence[BarRow]) -> BarGroup:
    ordered = sorted(rows, key=lambda row: (-row.bars[0].score.mean, row.tag))
    by_contender: dict[str, list[float]] = {}
    for bar in (bar for row in rows for bar in row.bars):
        by_contender.setdefault(bar.contender, []).append(bar.score.mean)
    means = tuple((contender, sum(scores) / len(scores)) for contender, scores in by_contender.items())
    return BarGroup(name=name, rows=tuple(ordered), means=means)
