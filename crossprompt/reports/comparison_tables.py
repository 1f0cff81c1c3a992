"""A comparison's tables as plain rows, in full precision: what the CSV files hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import ComparisonStatistics, Difference, GroupDifference, ScoreSummary
from crossprompt.locales.languages import describe_locale
from crossprompt.reports.comparison_claims import ClaimView
from crossprompt.reports.comparison_inputs import ComparisonInputs
from crossprompt.reports.comparison_paper import TableView
from crossprompt.reports.table import Table, make_table

_CELL = ("task", "shots", "contender")
_PAIR = ("task", "shots", "first", "second_task", "second")
_SCORE = ("mean", "std", "low", "high")
_DIFFERENCE = ("difference", "low", "high", "p", "p_corrected")


def comparison_tables(
    inputs: ComparisonInputs, views: Sequence[TableView], claims: Sequence[ClaimView]
) -> dict[str, Table]:
    """All tables by name; a name is also that of the CSV file. ``all`` stands for all data."""
    return {
        **statistics_tables(inputs.statistics),
        "paper_numbers": paper_numbers(views),
        "paper_differences": paper_differences(views),
        "claims": _claims(claims),
        "retrieval": _retrieval(inputs),
        "chat": _records(("model", "task", "shots", "locale", "examples", "score"), inputs.chat),
        "alignments": _records(
            ("contender", "description", "pairs", "locales", "length", "updates"), inputs.alignments
        ),
        "not_run": _records(("table", "task", "shots", "contender", "reason"), inputs.not_run),
        "versions": make_table(("library", "version"), inputs.versions.items()),
    }


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


def _cell(cell: Cell) -> list[Any]:
    return [cell.task, "all" if cell.shots is None else cell.shots, cell.contender]


def _score(score: ScoreSummary) -> list[Any]:
    return [score.mean, score.std, score.low, score.high]


def _difference(value: Difference | None) -> list[Any]:
    return [getattr(value, name, None) for name in _DIFFERENCE]


def _averages(statistics: ComparisonStatistics) -> Table:
    rows = [
        [*_cell(found.cell), len(found.locales), len(found.trainings), *_score(found.average)]
        for found in statistics.cells
    ]
    return make_table((*_CELL, "locales", "seeds", *_SCORE), rows)


def _locales(statistics: ComparisonStatistics) -> Table:
    rows = []
    for found in statistics.cells:
        for part in found.locales:
            known = describe_locale(part.locale)
            names = [part.locale, known.english_name, known.script_name, known.family]
            rows.append([*_cell(found.cell), *names, part.utterances, *_score(part.score)])
    return make_table((*_CELL, "locale", "name", "script", "family", "utterances", *_SCORE), rows)


def _seeds(statistics: ComparisonStatistics) -> Table:
    rows = [
        [*_cell(found.cell), part.locale, training.seed, score]
        for found in statistics.cells
        for part in found.locales
        for training, score in zip(found.trainings, part.score.by_seed, strict=True)
    ]
    return make_table((*_CELL, "locale", "seed", "score"), rows)


def _trainings(statistics: ComparisonStatistics) -> Table:
    rows = [
        [*_cell(found.cell), training.seed, training.learning_rate, training.updates, training.dev_score, average]
        for found in statistics.cells
        for training, average in zip(found.trainings, found.average.by_seed, strict=True)
    ]
    return make_table((*_CELL, "seed", "learning_rate", "updates", "dev_score", "average"), rows)


def _pair(first: Cell, second: Cell) -> list[Any]:
    return [*_cell(first), second.task, second.contender]


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


def paper_numbers(views: Sequence[TableView]) -> Table:
    """The paper's numbers with ours beside them, one line for each."""
    rows = [
        [view.table.number, line.group, line.name, column, *_cell(line.cell), *_numbers(pair), line.reason]
        for view in views
        for line in view.lines
        for column, pair in zip(view.columns, line.pairs, strict=True)
    ]
    columns = ("table", "group", "row", "column", *_CELL, "paper", "paper_std", "ours", "ours_std", "not_run")
    return make_table(columns, rows)


def _numbers(pair: Any) -> list[Any]:
    return [pair.paper, pair.paper_std, pair.ours, pair.ours_std]


def paper_differences(views: Sequence[TableView]) -> Table:
    """The differences that the paper speaks of, with ours and their tests."""
    rows = [
        [
            *(view.table.number, line.group, line.label, line.paper, line.value),
            *_difference(line.ours)[1:4],
            line.over_seeds.p if line.over_seeds else None,
            *(line.agreement.name.lower(), line.reason),
        ]
        for view in views
        for line in view.contrasts
    ]
    columns = ("table", "group", "difference", "paper", "ours", "low", "high", "p", "p_over_seeds", "direction")
    return make_table((*columns, "not_run"), rows)


def _claims(claims: Sequence[ClaimView]) -> Table:
    rows = [
        [
            *(view.claim.text, view.claim.source, view.verdict.value),
            *(part.label, part.difference, part.low, part.high, part.p, part.p_over_seeds, part.words),
        ]
        for view in claims
        for part in view.evidence
    ]
    columns = ("claim", "source", "verdict", "evidence", "difference", "low", "high", "p", "p_over_seeds", "words")
    return make_table(columns, rows)


def _retrieval(inputs: ComparisonInputs) -> Table:
    rows = [
        [
            *(run.contender, run.result.pooling, part.code, part.locale, part.pairs),
            *(part.to_english.accuracy, part.from_english.accuracy),
        ]
        for run in inputs.retrieval
        for part in run.result.languages
    ]
    columns = ("contender", "pooling", "language", "locale", "pairs", "to_english", "from_english")
    return make_table(columns, rows)


def _records(columns: Sequence[str], records: Iterable[Any]) -> Table:
    return make_table(columns, ([getattr(record, column) for column in columns] for record in records))
