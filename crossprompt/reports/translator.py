"""The report of translated prompts: the paper's tables and figures beside ours, its claims and what became of them."""

from __future__ import annotations

from collections.abc import Sequence

from crossprompt.comparison.summaries import CellSummary
from crossprompt.reports.claims import contenders_apart, judge_claims, tally
from crossprompt.reports.formats import interval, number, p_value, rate, shots_in_words, signed, signed_interval, spread
from crossprompt.reports.markdown import markdown_table
from crossprompt.reports.paper_tables import paper_differences, paper_numbers, paper_section
from crossprompt.reports.paper_views import TableView, table_views
from crossprompt.reports.study import Study
from crossprompt.reports.table import Table, make_table, records_table
from crossprompt.reports.translator_charts import translator_charts
from crossprompt.reports.translator_claims import CLAIMS, headline
from crossprompt.reports.translator_inputs import PromptStudyInputs
from crossprompt.translator.lines import ENGLISH
from crossprompt.translator.paper import P_VALUES, TABLES
from crossprompt.translator.records import LanguageTest

TABLE_II_SHOTS = 64
AVERAGES = (
    *("contender", "examples", "accuracy, %", "interval", "English", "others", "English dev", "updates", "rate"),
    "seeds",
)


def translator_study(inputs: PromptStudyInputs) -> Study:
    """All that the report says."""
    views, claims = table_views(inputs, TABLES), judge_claims(CLAIMS, inputs, inputs.alpha)
    averages, shown = _averages(inputs), _worth_showing(views)
    return Study(
        inputs=inputs,
        name="study",
        headline=headline(inputs),
        lead=tally(own.verdict for own in claims),
        subject=f"Backbone: {inputs.backbone}. {inputs.pretraining} Parallel pairs: {inputs.auxiliary}.",
        claims=claims,
        template="translator.html",
        shown={
            "charts": translator_charts(inputs),
            "views": shown,
            "cells": averages,
            "tests": [
                (contenders_apart(own.first, own.second), shots_in_words(own.first.shots), own, paper_p(own))
                for own in inputs.tests
            ],
        },
        own_tables={
            "paper_numbers": paper_numbers(views),
            "paper_differences": paper_differences(views),
            "language_tests": _test_table(inputs),
            "contenders": records_table(
                ("contender", "description", "tunes_backbone", "learning_rate"), inputs.contenders
            ),
            "verbalizer": make_table(("label", "word"), inputs.verbalizer.items()),
        },
        averages=markdown_table(AVERAGES, averages),
        sections=(("Tests over languages", _test_lines(inputs)), *map(paper_section, shown)),
        in_tables=frozenset({"statistics", "tests"}),
    )


def paper_p(test: LanguageTest) -> float | None:
    """The paper's p value of the same difference, from table II."""
    return P_VALUES.get(test.second.contender) if test.first.shots == TABLE_II_SHOTS else None


def _worth_showing(views: Sequence[TableView]) -> list[TableView]:
    """Averages always; the languages of what was measured."""
    return [view for view in views if not view.tall or view.measured]


def _averages(inputs: PromptStudyInputs) -> list[tuple[str, ...]]:
    """The columns of ``AVERAGES`` for each cell, by shots."""
    return [_average(own) for own in sorted(inputs.statistics.cells, key=lambda own: own.cell.shots or 0)]


def _average(own: CellSummary) -> tuple[str, ...]:
    english = own.score(ENGLISH)
    dev = [training.dev_score for training in own.trainings]
    return (
        own.cell.contender,
        shots_in_words(own.cell.shots),
        spread(own.average.mean, own.average.std),
        interval(own.average.low, own.average.high),
        number(english.mean if english else None),
        number(own.mean_without(ENGLISH)),
        number(sum(dev) / len(dev)),
        number(max(training.updates for training in own.trainings), 0),
        rate(own.trainings[0].learning_rate),
        str(len(own.trainings)),
    )


def _test_table(inputs: PromptStudyInputs) -> Table:
    rows = [
        [
            *(own.first.shots, own.first.contender, own.second.contender, own.languages),
            *(own.difference, own.low, own.high, own.p, paper_p(own)),
        ]
        for own in inputs.tests
    ]
    return make_table(
        ("shots", "first", "second", "languages", "difference", "low", "high", "p", "paper_p"),
        rows,
    )


def _test_lines(inputs: PromptStudyInputs) -> str:
    rows = [
        [
            contenders_apart(own.first, own.second),
            shots_in_words(own.first.shots),
            signed(own.difference),
            signed_interval(own.low, own.high),
            p_value(own.p),
            p_value(paper_p(own)),
        ]
        for own in inputs.tests
    ]
    return markdown_table(["", "examples", "difference", "interval", "p", "the paper's p"], rows)
