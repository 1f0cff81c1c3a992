"""The paper's tables with ours beside them: each number, and each difference that the paper speaks of."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from scipy import stats

from crossprompt.comparison.paper import CHAT, XSGD, Contrast, PaperRow, PaperTable
from crossprompt.comparison.paper_tables import TABLES
from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellComparison, Difference
from crossprompt.reports.study_inputs import BesidePaper

FINE_TUNED, MATCHED = "FT", "FT-matched"
XSGD_SCORES = {
    "xsgd-with-intent": "turns with an intent",
    "xsgd-state": "labels by state",
    "xsgd-state-with-intent": "labels by state, turns with an intent",
}
"""Other tasks that XSGD's turns may be scored as, in words."""
TALL = 12
"""A table with more columns than this is shown with its columns as lines."""
_NEEDS = "needs {what}"
_PLAIN_REASON = "not part of this run"


class Agreement(StrEnum):
    """Whether ours points where the paper's does."""

    SAME = "yes"
    OPPOSITE = "no"
    UNKNOWN = "–"


@dataclass(frozen=True)
class Pair:
    """A number of the paper and ours; one of them may be missing. ``std`` is over seeds."""

    paper: float | None
    paper_std: float | None
    ours: float | None
    ours_std: float | None


@dataclass(frozen=True)
class Line:
    """A row of a table; ``reason`` says why there is nothing of ours, or is empty. ``added``: the paper has none."""

    group: str
    name: str
    cell: Cell
    pairs: tuple[Pair, ...]
    reason: str
    added: bool = False


@dataclass(frozen=True)
class ContrastLine:
    """A difference on the average over locales: the paper's, and ours (``value``) with its tests where it has any."""

    group: str
    label: str
    paper: float | None
    value: float | None
    ours: Difference | None
    over_seeds: Difference | None
    agreement: Agreement
    reason: str


@dataclass(frozen=True)
class TableView:
    """A table of the paper as the page shows it. ``basis`` says on what our numbers rest."""

    table: PaperTable
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    contrasts: tuple[ContrastLine, ...]
    basis: tuple[str, ...]
    rank_correlation: tuple[tuple[str, float, int], ...]

    @property
    def tall(self) -> bool:
        """Whether columns are shown as lines."""
        return len(self.columns) > TALL

    @property
    def reasons(self) -> tuple[str, ...]:
        """Why something is missing, each reason once."""
        return tuple(dict.fromkeys(line.reason for line in self.lines if line.reason))

    @property
    def measured(self) -> int:
        """Lines of the paper's that have something of ours beside them."""
        return sum(not line.reason for line in self.lines if not line.added)


def table_views(inputs: BesidePaper, tables: Sequence[PaperTable] = TABLES) -> list[TableView]:
    """All tables, in the paper's order."""
    return [_view(table, inputs) for table in tables]


def reason_for(cell: Cell, inputs: BesidePaper, table: PaperTable | None = None) -> str:
    """Why ``cell`` was not measured: what the run says of it, or what the table would need."""
    shots = "all" if cell.shots is None else cell.shots
    for said in inputs.not_run:
        fits = (
            said.table is None or (table is not None and said.table == table.number),
            said.task in (None, cell.task),
            said.shots in (None, shots),
            said.contender in (None, cell.contender),
        )
        if all(fits):
            return said.reason
    if table is not None and table.out_of_reach:
        return _NEEDS.format(what=table.out_of_reach)
    return _PLAIN_REASON


def agreement(paper: float | None, ours: float | None) -> Agreement:
    """Whether two differences have the same sign."""
    if paper is None or ours is None:
        return Agreement.UNKNOWN
    same = math.copysign(1, round(paper, 9)) == math.copysign(1, ours) and ours != 0
    return Agreement.SAME if same else Agreement.OPPOSITE


def _view(table: PaperTable, inputs: BesidePaper) -> TableView:
    lines = [line for row in table.rows for line in _lines(row, table, inputs)]
    contrasts = [view for contrast in table.contrasts for view in _contrasts(contrast, table, inputs)]
    return TableView(
        table=table,
        columns=table.columns,
        lines=tuple(lines),
        contrasts=tuple(contrasts),
        basis=_basis(lines, inputs),
        rank_correlation=_rank_correlations(table, lines),
    )


def _lines(row: PaperRow, table: PaperTable, inputs: BesidePaper) -> list[Line]:
    """The row, and after it what was measured besides: fine-tuning with more updates, XSGD scored in other ways."""
    lines = [_line(row.group, row.name, row.cell, row, table, inputs)]
    for cell, name in _companions(row):
        if inputs.statistics.cell(cell):
            lines.append(_line(row.group, name, cell, None, table, inputs))
    return lines


def _companions(row: PaperRow) -> list[tuple[Cell, str]]:
    matched = _matched(row.cell)
    name = row.name.replace(FINE_TUNED, MATCHED) if FINE_TUNED in row.name else f"{row.name}, {MATCHED}"
    found = [(matched, name)] if matched else []
    if row.cell.task == XSGD:
        found += [
            (row.cell.model_copy(update={"task": task}), f"{row.name}, {how}") for task, how in XSGD_SCORES.items()
        ]
    return found


def _line(group: str, name: str, cell: Cell, row: PaperRow | None, table: PaperTable, inputs: BesidePaper) -> Line:
    ours = [_ours(cell, locale, inputs) for locale in table.locales]
    values = row.values if row else (None,) * len(ours)
    stds = [row.std if row and locale is None else None for locale in table.locales]
    pairs = [
        Pair(paper=value, paper_std=std, ours=found[0], ours_std=found[1])
        for value, std, found in zip(values, stds, ours, strict=True)
    ]
    reason = "" if any(pair.ours is not None for pair in pairs) else reason_for(cell, inputs, table)
    return Line(group=group, name=name, cell=cell, pairs=tuple(pairs), reason=reason, added=row is None)


def _ours(cell: Cell, locale: str | None, inputs: BesidePaper) -> tuple[float | None, float | None]:
    """Mean and deviation; of a chat model the score alone."""
    if cell.contender == CHAT:
        return chat_score(inputs, cell.task, cell.shots, locale), None
    summary = inputs.statistics.cell(cell)
    score = summary.score(locale) if summary else None
    return (score.mean, score.std) if score else (None, None)


def chat_score(inputs: BesidePaper, task: str, shots: int | None, locale: str | None) -> float | None:
    """The first chat model's score in a locale, or on average over its locales (None); None where it was not asked."""
    scores = [s for s in inputs.chat if (s.task, s.shots) == (task, shots) and s.model == inputs.chat[0].model]
    found = [s.score for s in scores if locale is None or s.locale == locale]
    return sum(found) / len(found) if found else None


def _contrasts(contrast: Contrast, table: PaperTable, inputs: BesidePaper) -> list[ContrastLine]:
    first, second = table.row(contrast.first), table.row(contrast.second)
    lines = [_contrast(contrast, first, second, table, inputs)]
    matched = _matched(second.cell)
    if matched and first.cell.contender not in (FINE_TUNED, MATCHED):
        found = inputs.statistics.comparison(first.cell, matched)
        if found:
            label = f"{first.name} − {MATCHED}"
            lines.append(_contrast_line(first.group, label, None, found.pooled.difference, found, ""))
    return lines


def _contrast(
    contrast: Contrast, first: PaperRow, second: PaperRow, table: PaperTable, inputs: BesidePaper
) -> ContrastLine:
    one, other = first.values[-1], second.values[-1]
    paper = None if one is None or other is None else one - other
    across = first.group != second.group
    group = first.name if across else first.group
    label = f"{first.group} − {second.group}" if across else f"{first.name} − {second.name}"
    found = inputs.statistics.comparison(first.cell, second.cell)
    ours = [_ours(row.cell, None, inputs)[0] for row in (first, second)]
    value = None if ours[0] is None or ours[1] is None else ours[0] - ours[1]
    absent = next((row for row, mean in zip((first, second), ours, strict=True) if mean is None), None)
    reason = reason_for(absent.cell, inputs, table) if absent else "" if found else "not paired, so no test"
    return _contrast_line(group, label, paper, found.pooled.difference if found else value, found, reason)


def _contrast_line(
    group: str, label: str, paper: float | None, value: float | None, found: CellComparison | None, reason: str
) -> ContrastLine:
    return ContrastLine(
        group=group,
        label=label,
        paper=paper,
        value=value,
        ours=found.pooled if found else None,
        over_seeds=found.over_seeds if found else None,
        agreement=agreement(paper, value),
        reason=reason,
    )


def _matched(cell: Cell) -> Cell | None:
    return cell.model_copy(update={"contender": MATCHED}) if cell.contender == FINE_TUNED else None


def _basis(lines: Sequence[Line], inputs: BesidePaper) -> tuple[str, ...]:
    """On how many locales, utterances and seeds our numbers of a table rest; one sentence for each sort."""
    found: dict[str, list[str]] = {}
    for summary in (inputs.statistics.cell(line.cell) for line in lines):
        if summary is None:
            continue
        sizes = [part.utterances for part in summary.locales]
        size = f"{min(sizes):,}" if min(sizes) == max(sizes) else f"{min(sizes):,} to {max(sizes):,}"
        basis = f"{len(sizes)} locales, {size} utterances each, {len(summary.trainings)} seeds"
        found.setdefault(basis, []).append(summary.cell.task)
    if len(found) < 2:
        return tuple(found)
    return tuple(f"{' and '.join(dict.fromkeys(tasks))}: {basis}" for basis, tasks in found.items())


def _rank_correlations(table: PaperTable, lines: Sequence[Line]) -> tuple[tuple[str, float, int], ...]:
    """Of tables by language: Spearman's correlation of the paper's and our scores, by row, and on how many locales."""
    if len(table.columns) <= TALL:
        return ()
    found = []
    for line in lines:
        both = [
            (pair.paper, pair.ours)
            for pair, locale in zip(line.pairs, table.locales, strict=True)
            if locale and pair.paper is not None and pair.ours is not None
        ]
        if len(both) > 2 and all(len(set(side)) > 1 for side in zip(*both, strict=True)):
            correlation = stats.spearmanr(*zip(*both, strict=True)).statistic
            found.append((line.name, float(correlation), len(both)))
    return tuple(found)
