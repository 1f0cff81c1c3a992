"""What the page of a comparison shows beside what the pages of all studies show."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from crossprompt.comparison.paper_tables import FIGURE_3, FIGURE_5
from crossprompt.comparison.records import Cell
from crossprompt.reports.claims import Evidence
from crossprompt.reports.comparison_bars import bar_panels
from crossprompt.reports.comparison_claims import dialogue_evidence, retrieval_evidence
from crossprompt.reports.comparison_effects import DEEPEST, cost_lines, effect_matrices
from crossprompt.reports.comparison_inputs import ComparisonInputs
from crossprompt.reports.comparison_plots import (
    length_charts,
    retrieval_language_chart,
    scatter_chart,
    shots_charts,
    xsgd_charts,
)
from crossprompt.reports.comparison_retrieval import average_accuracy, contenders, poolings
from crossprompt.reports.paper_views import Agreement, TableView, agreement, reason_for


def comparison_values(inputs: ComparisonInputs, views: Sequence[TableView]) -> dict[str, Any]:
    """What ``comparison.html`` shows, ``views`` (the paper's tables beside ours) among it."""
    return {
        "views": views,
        "shots": shots_charts(inputs),
        "panels": bar_panels(inputs.statistics),
        "matrices": effect_matrices(inputs.statistics),
        "deepest": DEEPEST,
        "costs": cost_lines(inputs.statistics),
        "lengths": length_charts(inputs),
        "retrieval": _retrieval_rows(inputs),
        "poolings": poolings(inputs),
        "retrieval_chart": retrieval_language_chart(inputs),
        "retrieval_reason": reason_for(Cell(contender="APT", task="retrieval", shots=None), inputs),
        "scatter": scatter_chart(inputs),
        "xsgd": xsgd_charts(inputs),
        "xsgd_reason": reason_for(Cell(contender="APT", task="xsgd", shots=5), inputs),
        "figures": (FIGURE_3, FIGURE_5),
        "figure_3": _with_direction(retrieval_evidence(inputs)),
        "figure_5": _with_direction(dialogue_evidence(inputs)),
    }


def _with_direction(evidence: Sequence[Evidence]) -> list[tuple[Evidence, Agreement]]:
    """What a figure shows lies above 0; so does ours, or not."""
    return [(part, agreement(1.0, part.difference)) for part in evidence]


def _retrieval_rows(inputs: ComparisonInputs) -> list[tuple[str, list[float | None]]]:
    """The average accuracy of each prompt with each pooling."""
    return [
        (name, [average_accuracy(inputs, name, pooling) for pooling in poolings(inputs)]) for name in contenders(inputs)
    ]
