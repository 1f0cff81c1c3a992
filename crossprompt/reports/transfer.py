"""The report of soft prompts on a decoder: accuracy by language, and what distance from English does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crossprompt.locales.distance import Kinship, kinship
from crossprompt.locales.languages import describe_locale
from crossprompt.reports.claims import cell_name, contenders_apart, difference_name, judge_claims, tally
from crossprompt.reports.formats import interval, number, p_value, shots_in_words, signed, spread
from crossprompt.reports.markdown import markdown_table
from crossprompt.reports.study import Study
from crossprompt.reports.table import Table, make_table
from crossprompt.reports.transfer_charts import transfer_charts
from crossprompt.reports.transfer_claims import CLAIMS, headline
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.reports.transfer_lines import CellLine, cell_lines, gain_pairs, language_lines, shown_cells
from crossprompt.soft_prompts.records import Distances


def transfer_study(inputs: TransferInputs) -> Study:
    """All that the report says."""
    claims, lines = judge_claims(CLAIMS, inputs, inputs.alpha), cell_lines(inputs)
    return Study(
        inputs=inputs,
        name="transfer",
        headline=headline(inputs),
        lead=tally(own.verdict for own in claims),
        subject=f"Decoder: {inputs.backbone}. {inputs.pretraining}",
        claims=claims,
        template="transfer.html",
        shown={
            "cells": lines,
            "charts": transfer_charts(inputs),
            **_languages_shown(inputs),
            **_distances_shown(inputs),
        },
        own_tables={
            "macro_f1": _macro_f1(inputs),
            "distances": _distances(inputs),
            "verbalizer": make_table(("topic", "word"), inputs.verbalizer.items()),
        },
        averages=_averages(lines),
        sections=(("Distance from English", _distance_lines(inputs)),),
        in_tables=frozenset({"statistics", "facts"}),
    )


def distance_name(own: Distances) -> str:
    """What is looked at by distance, in words."""
    if own.second is None:
        return cell_name(own.first)
    return difference_name(own.first, own.second, with_task=False)


def _languages_shown(inputs: TransferInputs) -> dict[str, Any]:
    """The table of languages."""
    cells = shown_cells(inputs)
    gains = [(contenders_apart(first, second), "start") for first, second in gain_pairs(inputs)]
    return {
        "shots": shots_in_words(cells[0].shots) if cells else "",
        "score_heads": [*gains, *(head for cell in cells for head in ((cell.contender, "start"), "F1"))],
        "languages": language_lines(inputs, cells),
    }


def _distances_shown(inputs: TransferInputs) -> dict[str, Any]:
    """The table of distances."""
    return {
        "relations": [own.words for own in Kinship],
        "distances": [(distance_name(own), own) for own in inputs.facts.distances],
    }


def _macro_f1(inputs: TransferInputs) -> Table:
    rows = [
        [own.cell.shots or "all", own.cell.contender, own.locale, *_kin(own.locale, inputs), own.mean, *own.macro_f1]
        for own in inputs.facts.scores
    ]
    seeds = max((len(own.macro_f1) for own in inputs.facts.scores), default=0)
    columns = ("shots", "contender", "locale", "name", "relation", "mean", *(f"draw_{n + 1}" for n in range(seeds)))
    return make_table(columns, [row + [None] * (len(columns) - len(row)) for row in rows])


def _kin(locale: str, inputs: TransferInputs) -> tuple[str, str]:
    return describe_locale(locale).english_name, kinship(locale, inputs.facts.english).words


def _distances(inputs: TransferInputs) -> Table:
    relations = [own.words for own in Kinship]
    rows = [
        [own.first.shots or "all", own.first.contender, own.second.contender if own.second else None]
        + [own.by_kinship.get(name) for name in relations]
        + [own.trend.languages, own.trend.rho, own.trend.p]
        for own in inputs.facts.distances
    ]
    names = [name.replace(" ", "_") for name in relations]
    return make_table(("shots", "first", "second", *names, "languages", "rho", "p"), rows)


def _averages(lines: Sequence[CellLine]) -> str:
    rows = [
        [
            line.name,
            line.shots,
            spread(line.average.mean, line.average.std),
            interval(line.average.low, line.average.high),
            *map(number, (line.f1, line.whole, line.english)),
            signed(line.gap),
            str(line.seeds),
        ]
        for line in lines
    ]
    header = ["prompt", "examples", "accuracy", "interval", "macro-F1", "whole vocabulary", "English", "gap", "seeds"]
    return markdown_table(header, rows)


def _distance_lines(inputs: TransferInputs) -> str:
    relations = [own.words for own in Kinship]
    rows = [
        [
            distance_name(own),
            *((signed if own.second else number)(own.by_kinship.get(name)) for name in relations),
            signed(own.trend.rho, 2),
            p_value(own.trend.p),
        ]
        for own in inputs.facts.distances
    ]
    return markdown_table(["", *relations, "rank correlation", "p"], rows)
