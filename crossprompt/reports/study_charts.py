"""Charts that more than one study has."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from crossprompt.reports.charts import Chart, Line, line_chart, place_names, placed


@dataclass(frozen=True)
class Gains:
    """A difference in points by language, and the look of its dots."""

    label: str
    by_language: Mapping[str, float]
    css: str


def gain_chart(key: str, title: str, description: str, order: Sequence[str], series: Sequence[Gains]) -> Chart | None:
    """A dot for each language in ``order``, and the line on which nothing is gained; None without any dot."""
    dots = [Line(own.label, placed(own.by_language.get(tag) for tag in order), own.css, joined=False) for own in series]
    shown = [line for line in dots if line.points]
    if not shown:
        return None
    zero = ((1.0, 0.0), (float(max(2, len(order))), 0.0))
    return line_chart(
        key,
        title,
        description,
        ("language", "points"),
        [*shown, Line("no difference", zero, "majority")],
        x_names=place_names(order),
    )
