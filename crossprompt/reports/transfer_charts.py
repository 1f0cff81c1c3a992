"""The charts of soft prompts on decoders: by length, examples and distance from English, and language by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import gains_between
from crossprompt.locales.distance import Kinship, kinship
from crossprompt.reports.charts import PERCENT, Chart, Line, line_chart, placed
from crossprompt.reports.claims import cell_name, difference_name
from crossprompt.reports.formats import shots_in_words
from crossprompt.reports.study_charts import Gains, gain_chart
from crossprompt.reports.transfer_claims import lengths_of, network_pairs, tuned_pairs
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.soft_prompts.transfer import length_of, shot_ladders

_SPARE = ("matched", "third", "majority")
"""For more series of a kind whose own style is taken."""


def transfer_charts(inputs: TransferInputs) -> list[Chart]:
    """Those for which there is something to be drawn."""
    charts = [_length_chart(inputs), _shots_chart(inputs)]
    for frozen, tuned in tuned_pairs(inputs)[:1]:
        charts += [_distance_chart(frozen, tuned, inputs), _gain_chart("freezing", frozen, tuned, inputs)]
    for network, plain in network_pairs(inputs)[:1]:
        charts.append(_gain_chart("the network", network, plain, inputs))
    return [chart for chart in charts if chart is not None]


def kind_of(cell: Cell) -> str:
    """The contender without its length: ``frozen``, ``tuned``, ``frozen, network``."""
    tuned = cell.contender.endswith("-tuned")
    return ("tuned" if tuned else "frozen") + (", network" if "reparameterized" in cell.contender else "")


def _length_chart(inputs: TransferInputs) -> Chart | None:
    """Figure 4: the average over languages by prompt length."""
    series: dict[tuple[str, int | None], list[tuple[float, float]]] = {}
    for own in sorted(inputs.cells, key=lambda own: length_of(own.cell)):
        key = kind_of(own.cell), own.cell.shots
        series.setdefault(key, []).append((float(length_of(own.cell)), own.average.mean))
    styles = _distinct_styles([kind for kind, _ in series])
    lines = [
        Line(f"{kind}, {shots_in_words(shots)}", tuple(points), style, dots=True)
        for ((kind, shots), points), style in zip(series.items(), styles, strict=True)
    ]
    if len(lengths_of(inputs)) < 2:
        return None
    return line_chart(
        "transfer-length",
        "By prompt length",
        "Average accuracy over languages in percent by number of soft tokens",
        ("soft tokens", "accuracy, %"),
        lines,
        y_span=PERCENT,
        x_values=lengths_of(inputs),
    )


def _shots_chart(inputs: TransferInputs) -> Chart | None:
    """Figure 3: the average over languages by examples per topic."""
    ladders = shot_ladders(own.cell for own in inputs.cells)
    shots = sorted({cell.shots for ladder in ladders.values() for cell in ladder}, key=lambda k: k or float("inf"))
    lines = []
    for contender, ladder in ladders.items():
        means = {cell.shots: summary.average.mean for cell in ladder if (summary := inputs.summary(cell))}
        points = placed(means.get(own) for own in shots)
        lines.append(Line(contender, points, _style(kind_of(ladder[0])), dots=True))
    return line_chart(
        "transfer-shots",
        "By examples" if len(lines) > 1 else f"By examples: {', '.join(line.label for line in lines)}",
        "Average accuracy over languages in percent by examples per topic",
        ("examples per topic", "accuracy, %"),
        lines,
        y_span=PERCENT,
        x_names=["all" if own is None else str(own) for own in shots],
    )


def _distance_chart(frozen: Cell, tuned: Cell, inputs: TransferInputs) -> Chart | None:
    """Every language by its kinship with English, and the means."""
    lines = []
    for cell in (frozen, tuned):
        means = inputs.facts.distance(cell)
        summary, style = inputs.summary(cell), _style(kind_of(cell))
        if means is None or summary is None:
            continue
        points = placed(means.by_kinship.get(own.words) for own in Kinship)
        lines.append(Line(f"{kind_of(cell)}: mean", points, style, dots=True))
        spread = tuple((_beside(tag, cell == tuned, inputs), value) for tag, value in summary.means.items())
        lines.append(Line(f"{kind_of(cell)}: a language", spread, style, joined=False))
    return line_chart(
        "transfer-distance",
        f"By kinship with English: {cell_name(frozen)}",
        "Accuracy in percent by how a language is related to English, with the model frozen and tuned",
        ("relation to English", "accuracy, %"),
        lines,
        y_span=PERCENT,
        x_names=["English", *(own.words for own in list(Kinship)[1:])],
    )


def _beside(tag: str, right: bool, inputs: TransferInputs) -> float:
    """The place of a language's dot: a little left or right of the mean's."""
    return int(kinship(tag, inputs.facts.english)) + 1 + (0.12 if right else -0.12)


def _gain_chart(what: str, first: Cell, second: Cell, inputs: TransferInputs) -> Chart | None:
    """Figure 5, and the same for freezing: the difference in every language, in order."""
    gains = gains_between(inputs.summary(first), inputs.summary(second))
    order = sorted(gains, key=lambda tag: (gains[tag], tag))
    return gain_chart(
        f"transfer-gain-{kind_of(first).replace(', ', '-')}",
        f"What {what} brings in every language: {difference_name(first, second, with_task=False)}",
        f"Difference in points in every language, in order; {_ends(order, gains)}",
        order,
        [Gains("language", gains, "aligned")],
    )


def _ends(order: Sequence[str], gains: Mapping[str, float]) -> str:
    if not order:
        return "none was measured"
    first, last = order[0], order[-1]
    return f"from {gains[first]:.1f} in {first} to {gains[last]:.1f} in {last}"


def _distinct_styles(kinds: Sequence[str]) -> list[str]:
    """The style of each kind; a kind that comes again gets one that is free, as long as there are any."""
    found: list[str] = []
    free = [style for style in _SPARE if style not in map(_style, kinds)]
    for kind in kinds:
        style = _style(kind)
        found.append(free.pop(0) if style in found and free else style)
    return found


def _style(kind: str) -> str:
    return {"frozen": "aligned", "tuned": "tuned", "frozen, network": "fresh"}.get(kind, "third")
