"""The charts of translated prompts: by shots, and the paper's figures 3 to 5."""

from __future__ import annotations

from collections.abc import Sequence

from crossprompt.comparison.summaries import gains_between
from crossprompt.reports.charts import PERCENT, Chart, Line, Point, line_chart, placed
from crossprompt.reports.formats import shots_in_words
from crossprompt.reports.study_charts import Gains, gain_chart
from crossprompt.reports.translator_claims import PLACES, TRANSLATORS
from crossprompt.reports.translator_inputs import PromptStudyInputs
from crossprompt.translator.paper import BASELINES, MPT, SHOTS, TABLE_I

STYLES = {MPT: "aligned", "SP": "fresh", "PCT": "tuned", "FT": "matched"}
DEFAULTS = {"length": {4.0: MPT}, "alpha": {0.5: MPT, 1.0: "MPT-without-consistency"}, "pairs": {500.0: MPT}}
"""Which contenders of other names stand where in figure 5."""
FIGURE_3_SHOTS = 32
_TITLES = {"length": "soft tokens", "alpha": "alpha", "pairs": "parallel pairs"}


def translator_charts(inputs: PromptStudyInputs) -> list[Chart]:
    """Those for which there is something to be drawn."""
    charts = [_shots_chart("paper", inputs), _shots_chart("ours", inputs), _gain_chart(inputs)]
    shots = _most_varied(inputs)
    if shots is not None:
        charts += [
            _named_chart("translators", "Figure 4: translators", (MPT, *TRANSLATORS), shots, inputs),
            _named_chart("places", "Figure 4: places of the prompt", (MPT, *PLACES), shots, inputs),
            *(_figure_5(what, shots, inputs) for what in DEFAULTS),
        ]
    return [chart for chart in charts if chart is not None]


def _shots_chart(whose: str, inputs: PromptStudyInputs) -> Chart | None:
    """Averages over languages by examples of each label: the paper's table I, or ours."""
    lines = [
        Line(name, _paper_means(name) if whose == "paper" else _means(name, inputs), STYLES[name], dots=True)
        for name in (MPT, *BASELINES)
    ]
    title = "The paper's averages by examples" if whose == "paper" else "Our averages by examples"
    return line_chart(
        f"study-shots-{whose}",
        title,
        f"{title} of each label, in percent, for MPT, SP, PCT and FT",
        ("examples of each label", "accuracy, %"),
        [line for line in lines if line.points],
        y_span=PERCENT,
        x_names=[str(shots) for shots in SHOTS],
    )


def _paper_means(name: str) -> tuple[Point, ...]:
    rows = {row.cell.shots: row.values[-1] for row in TABLE_I.rows if row.name == name}
    return placed(rows.get(shots) for shots in SHOTS)


def _means(name: str, inputs: PromptStudyInputs) -> tuple[Point, ...]:
    found = (inputs.summary(name, shots) for shots in SHOTS)
    return placed(own.average.mean if own else None for own in found)


def _gain_chart(inputs: PromptStudyInputs) -> Chart | None:
    """Figure 3: MPT minus SP in every language, in the order of the paper's gains.

    With the paper's number of shots where both were measured with it, else with the most that both have.
    """
    both = [s for s in inputs.shots if inputs.summary(MPT, s) and inputs.summary("SP", s)]
    if not both:
        return None
    shots = FIGURE_3_SHOTS if FIGURE_3_SHOTS in both else both[-1]
    ours, paper = gains_between(inputs.summary(MPT, shots), inputs.summary("SP", shots)), _paper_gains(shots)
    return gain_chart(
        "study-gain",
        f"Figure 3: what MPT gains over SP, {shots_in_words(shots)}",
        "Difference in points in every language, the paper's and ours",
        sorted(ours, key=lambda tag: (-paper.get(tag, 0.0), tag)),
        [Gains("paper", paper, "tuned"), Gains("ours", ours, "aligned")],
    )


def _paper_gains(shots: int) -> dict[str, float]:
    """In percent of SP's accuracy the paper draws them; here they are in points."""
    rows = {row.name: row.values for row in TABLE_I.rows if row.cell.shots == shots}
    if MPT not in rows:
        return {}
    values = zip(TABLE_I.locales, rows[MPT], rows["SP"], strict=True)
    return {tag: one - other for tag, one, other in values if tag and one is not None and other is not None}


def _most_varied(inputs: PromptStudyInputs) -> int | None:
    """The shots with the most contenders: those of the ablations."""
    return max(inputs.shots, key=lambda s: sum(own.cell.shots == s for own in inputs.statistics.cells), default=None)


def _named_chart(key: str, title: str, names: Sequence[str], shots: int, inputs: PromptStudyInputs) -> Chart | None:
    found = [(name, own.average) for name in names if (own := inputs.summary(name, shots)) is not None]
    if len(found) < 2:
        return None
    points = placed(average.mean for _, average in found)
    return line_chart(
        f"study-{key}",
        f"{title}, {shots_in_words(shots)}",
        "; ".join(f"{name} {average.mean:.1f}" for name, average in found),
        ("", "accuracy, %"),
        [Line("average over languages", points, "aligned", joined=False)],
        x_names=[_short(name, key) for name, _ in found],
    )


def _short(name: str, key: str) -> str:
    if name == MPT:
        return "linear-2" if key == "translators" else "suffix"
    return name.removeprefix("MPT-").replace("transformer", "transf.")


def _figure_5(what: str, shots: int, inputs: PromptStudyInputs) -> Chart | None:
    values = dict(DEFAULTS[what])
    prefix = f"MPT-{what}-"
    for summary in inputs.statistics.cells:
        name = summary.cell.contender
        if name.startswith(prefix):
            values[float(name.removeprefix(prefix))] = name
    found = [(value, own.average.mean) for value in sorted(values) if (own := inputs.summary(values[value], shots))]
    if len(found) < 2:
        return None
    points = placed(mean for _, mean in found)
    return line_chart(
        f"study-{what}",
        f"Figure 5: {_TITLES[what]}, {shots_in_words(shots)}",
        f"Average accuracy over languages in percent by {_TITLES[what]}",
        (_TITLES[what], "accuracy, %"),
        [Line("average over languages", points, "aligned", dots=True)],
        x_names=[f"{value:g}" for value, _ in found],
    )
