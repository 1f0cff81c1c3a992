"""The paper's tables with ours beside them, "paper | ours | same direction? | p", as CSV and as Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from crossprompt.reports.formats import ABSENT, number, p_value, signed, signed_interval, spread
from crossprompt.reports.markdown import markdown_table
from crossprompt.reports.paper_views import ContrastLine, Pair, TableView
from crossprompt.reports.study_tables import CELL, cell_columns
from crossprompt.reports.table import Table, make_table


def paper_numbers(views: Sequence[TableView]) -> Table:
    """The paper's numbers with ours beside them, one line for each."""
    rows = [
        [
            view.table.number,
            line.group,
            line.name,
            column,
            *cell_columns(line.cell),
            *(pair.paper, pair.paper_std, pair.ours, pair.ours_std),
            line.reason,
        ]
        for view in views
        for line in view.lines
        for column, pair in zip(view.columns, line.pairs, strict=True)
    ]
    columns = ("table", "group", "row", "column", *CELL, "paper", "paper_std", "ours", "ours_std", "not_run")
    return make_table(columns, rows)


def paper_differences(views: Sequence[TableView]) -> Table:
    """The differences that the paper speaks of, with ours and their tests."""
    rows = [
        [
            *(view.table.number, line.group, line.label, line.paper, line.value),
            *(getattr(line.ours, name, None) for name in ("low", "high", "p")),
            line.over_seeds.p if line.over_seeds else None,
            *(line.agreement.name.lower(), line.reason),
        ]
        for view in views
        for line in view.contrasts
    ]
    columns = ("table", "group", "difference", "paper", "ours", "low", "high", "p", "p_over_seeds", "direction")
    return make_table((*columns, "not_run"), rows)


def paper_section(view: TableView) -> tuple[str, str]:
    """Title and text of a section: a table of the paper with ours beside it, in Markdown."""
    return f"Table {view.table.number}: {view.table.title}", _text(view)


def _text(view: TableView) -> str:
    reasons = "; ".join(view.reasons)
    if not view.measured and view.tall:
        return f"Not run: {reasons}."
    basis = f"Ours: {'; '.join(view.basis)}. " if view.basis else ""
    basis += f"Not run: {reasons}." if reasons else ""
    parts = [basis.strip(), _numbers(view), _differences(view.contrasts), _correlations(view)]
    return "\n\n".join(part for part in parts if part)


def _numbers(view: TableView) -> str:
    if view.tall:
        header = ["", *(f"{line.group}, {line.name}" for line in view.lines if not line.reason)]
        shown = [line for line in view.lines if not line.reason]
        rows = [
            [column, *(_pair(line.pairs[place], view.table.locales[place]) for line in shown)]
            for place, column in enumerate(view.columns)
        ]
        return markdown_table(header, rows)
    rows = [
        [line.group, line.name, *(_pair(pair, tag) for pair, tag in zip(line.pairs, view.table.locales, strict=True))]
        for line in view.lines
    ]
    return markdown_table(["paper / ours", "", *view.columns], rows)


def _pair(pair: Pair, locale: str | None) -> str:
    """The paper's and ours; of a single locale without the deviation, as the paper prints it."""
    return f"{spread(pair.paper, pair.paper_std)} / {spread(pair.ours, None if locale else pair.ours_std)}"


def _differences(contrasts: Sequence[ContrastLine]) -> str:
    rows = [
        [
            line.group,
            line.label,
            signed(line.paper),
            signed(line.value),
            signed_interval(line.ours.low, line.ours.high) if line.ours else ABSENT,
            line.agreement.value,
            p_value(line.ours.p if line.ours else None),
            p_value(line.over_seeds.p if line.over_seeds else None),
        ]
        for line in contrasts
    ]
    return markdown_table(["", "average", "paper", "ours", "interval", "same direction", "p", "p over seeds"], rows)


def _correlations(view: TableView) -> str:
    return "\n".join(
        f"Rank correlation of the paper's and our scores, {name}: {number(value, 2)} over {count} locales."
        for name, value, count in view.rank_correlation
    )
