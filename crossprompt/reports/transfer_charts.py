"""The charts of soft prompts on decoders: by length, examples and distance from English, and language by language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from crossprompt.comparison.records import Cell
from crossprompt.locales.distance import Kinship, kinship
from crossprompt.reports.charts import Chart, Line, line_chart
from crossprompt.reports.comparison_claims import shots_in_words
from crossprompt.reports.transfer_claims import lengths_of, name_of, network_pairs, tuned_pairs
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.soft_prompts.transfer import length_of, shot_ladders

_PERCENT = (0.0, 100.0)
_MOST_NAMES = 24
"""Languages whose codes fit under an axis."""


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
    lines = [
        Line(f"{kind}, {shots_in_words(shots)}", tuple(points), _style(kind), dots=True)
        for (kind, shots), points in series.items()
    ]
    if len(lengths_of(inputs)) < 2:
        return None
    return line_chart(
        "transfer-length",
        "By prompt length",
        "Average accuracy over languages in percent by number of soft tokens",
        ("soft tokens", "accuracy, %"),
        lines,
        y_span=_PERCENT,
        x_values=lengths_of(inputs),
    )


def _shots_chart(inputs: TransferInputs) -> Chart | None:
    """Figure 3: the average over languages by examples per topic."""
    ladders = shot_ladders(own.cell for own in inputs.cells)
    shots = sorted({cell.shots for ladder in ladders.values() for cell in ladder}, key=lambda k: k or float("inf"))
    lines = []
    for contender, ladder in ladders.items():
        means = {cell.shots: summary.average.mean for cell in ladder if (summary := inputs.summary(cell))}
        points = tuple((float(place), means[own]) for place, own in enumerate(shots, 1) if own in means)
        lines.append(Line(contender, points, _style(kind_of(ladder[0])), dots=True))
    return line_chart(
        "transfer-shots",
        "By examples",
        "Average accuracy over languages in percent by examples per topic",
        ("examples per topic", "accuracy, %"),
        lines,
        y_span=_PERCENT,
        x_names=["all" if own is None else str(own) for own in shots],
    )


def _distance_chart(frozen: Cell, tuned: Cell, inputs: TransferInputs) -> Chart | None:
    """Every language by its kinship with English, and the means."""
    lines = []
    for cell in (frozen, tuned):
        means = inputs.facts.distance(cell)
        scores = _by_language(cell, inputs)
        style = _style(kind_of(cell))
        if means is None:
            continue
        points = tuple(
            (float(place), means.by_kinship[own.words])
            for place, own in enumerate(Kinship, 1)
            if own.words in means.by_kinship
        )
        lines.append(Line(f"{kind_of(cell)}: mean", points, style, dots=True))
        spread = tuple((_beside(tag, cell == tuned, inputs), value) for tag, value in scores.items())
        lines.append(Line(f"{kind_of(cell)}: a language", spread, style, joined=False))
    return line_chart(
        "transfer-distance",
        f"By kinship with English: {name_of(frozen)}",
        "Accuracy in percent by how a language is related to English, with the model frozen and tuned",
        ("relation to English", "accuracy, %"),
        lines,
        y_span=_PERCENT,
        x_names=[own.words for own in Kinship],
    )


def _beside(tag: str, right: bool, inputs: TransferInputs) -> float:
    """The place of a language's dot: a little left or right of the mean's."""
    return int(kinship(tag, inputs.facts.english)) + 1 + (0.12 if right else -0.12)


def _gain_chart(what: str, first: Cell, second: Cell, inputs: TransferInputs) -> Chart | None:
    """Figure 5, and the same for freezing: the difference in every language, in order."""
    one, other = _by_language(first, inputs), _by_language(second, inputs)
    gains = {tag: one[tag] - other[tag] for tag in one.keys() & other.keys()}
    order = sorted(gains, key=lambda tag: (gains[tag], tag))
    points = tuple((float(place), gains[tag]) for place, tag in enumerate(order, 1))
    zero = ((1.0, 0.0), (float(max(2, len(order))), 0.0))
    return line_chart(
        f"transfer-gain-{kind_of(first).replace(', ', '-')}",
        f"What {what} brings in every language: {first.contender} − {second.contender}, {shots_in_words(first.shots)}",
        f"Difference in points in every language, in order; {_ends(order, gains)}",
        ("language", "points"),
        [Line("language", points, "aligned", joined=False), Line("no difference", zero, "majority")],
        x_names=order if len(order) <= _MOST_NAMES else ["" for _ in order],
    )


def _ends(order: Sequence[str], gains: Mapping[str, float]) -> str:
    if not order:
        return "none was measured"
    first, last = order[0], order[-1]
    return f"from {gains[first]:.1f} in {first} to {gains[last]:.1f} in {last}"


def _by_language(cell: Cell, inputs: TransferInputs) -> dict[str, float]:
    summary = inputs.summary(cell)
    return {} if summary is None else {own.locale: own.score.mean for own in summary.locales}


def _style(kind: str) -> str:
    return {"frozen": "aligned", "tuned": "tuned", "frozen, network": "fresh"}.get(kind, "third")
