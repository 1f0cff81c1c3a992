"""The plots of a comparison: scores by shots, lengths, languages, and ours against the paper's."""

from __future__ import annotations

from collections.abc import Sequence

from crossprompt.comparison.paper import INTENT, NLI, SLOTS, XSGD, PaperTable
from crossprompt.comparison.paper_languages import TABLE_13
from crossprompt.comparison.paper_tables import TABLE_4, TABLE_5, TABLE_7, TABLE_14
from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellSummary, ComparisonStatistics
from crossprompt.reports.charts import PERCENT, Chart, Line, line_chart, place_names, placed
from crossprompt.reports.comparison_inputs import NO_PROMPT, ComparisonInputs
from crossprompt.reports.comparison_names import METHODS, score_name, style_of, task_name
from crossprompt.reports.comparison_retrieval import average_accuracy, contenders, language_accuracies, poolings
from crossprompt.reports.formats import number, shots_in_words

SHOTS = (5, 15, None)
LENGTHS = (1, 8, 16, 100)


def shots_charts(inputs: ComparisonInputs) -> list[tuple[Chart | None, Chart | None]]:
    """For each task the paper's and our averages by shots, on the same scale; None where there is nothing."""
    pairs = []
    for task, table in ((INTENT, TABLE_4), (NLI, TABLE_5), (SLOTS, TABLE_7)):
        paper = [_paper_line(table, task, name) for name in METHODS[:3]]
        ours = [line for name in METHODS if (line := _own_line(inputs.statistics, task, name)).points]
        pairs.append(
            (
                _shots_chart(f"paper-{task}", f"{task_name(task)}: the paper, XLM-R", task, paper),
                _shots_chart(f"ours-{task}", f"{task_name(task)}: ours, {inputs.backbone}", task, ours),
            )
        )
    return pairs


def length_charts(inputs: ComparisonInputs) -> list[Chart]:
    """By the aligned prompt's length: translations found, for each pooling, and intents with few shots."""
    charts = [_retrieval_chart(inputs, pooling) for pooling in poolings(inputs)]
    charts.append(_length_chart(inputs))
    return [chart for chart in charts if chart is not None]


def retrieval_language_chart(inputs: ComparisonInputs) -> Chart | None:
    """Figure 3: each language with each prompt, in the order of the languages without one."""
    by_contender = {name: language_accuracies(inputs, name) for name in contenders(inputs)}
    by_contender = {name: found for name, found in by_contender.items() if found}
    if not by_contender:
        return None
    first = by_contender.get(NO_PROMPT) or next(iter(by_contender.values()))
    order = sorted(first, key=lambda code: (first[code], code))
    lines = [
        Line(
            name,
            placed([found.get(code) for code in order]),
            "majority" if name == NO_PROMPT else "trial",
            None if name == NO_PROMPT else round(100 * place / max(1, len(by_contender) - 1)),
            dots=len(order) < 40,
        )
        for place, (name, found) in enumerate(by_contender.items())
    ]
    return line_chart(
        "retrieval-languages",
        "Every language, in the order of its accuracy without a prompt",
        "Retrieval accuracy in percent by language and prompt",
        ("language", "% found"),
        lines,
        y_span=PERCENT,
        x_names=place_names(order),
    )


def scatter_chart(inputs: ComparisonInputs) -> Chart | None:
    """Table 13 against our aligned prompt in each locale, with as many examples as were measured."""
    candidates = [(NLI, None), (NLI, 15), (NLI, 5), (INTENT, None), (INTENT, 15), (INTENT, 5)]
    cells = (inputs.statistics.cell(Cell(contender="APT", task=task, shots=shots)) for task, shots in candidates)
    summary = next((found for found in cells if found), None)
    if summary is None:
        return None
    paper = dict(zip(TABLE_13.locales, TABLE_13.rows[0].values, strict=True))
    points = [(paper[part.locale], part.score.mean) for part in summary.locales if paper.get(part.locale)]
    what = f"{task_name(summary.cell.task)}, {shots_in_words(summary.cell.shots)}"
    return line_chart(
        "table-13",
        f"A dot per locale: the paper's APT with all data, ours: {what}",
        "A dot per locale: the paper's accuracy across, ours upwards, in percent",
        ("paper, %", "ours, %"),
        [Line("locale", tuple((float(x or 0), y) for x, y in points), "aligned", joined=False)],
        y_span=PERCENT,
        x_end=100.0,
    )


def xsgd_charts(inputs: ComparisonInputs) -> list[Chart]:
    """Figure 5: each language of XSGD, the paper's six (table 14) and ours."""
    rows = {"FT": "FT", "PT": "PT length 16", "APT": "APT"}
    group = TABLE_14.rows[0].group
    paper = [
        Line(name, placed(TABLE_14.row((group, row)).values[:-1]), style_of(name), dots=True)
        for name, row in rows.items()
    ]
    charts = [_xsgd_chart("paper-xsgd", "XSGD: the paper's table 14, XLM-R", paper, TABLE_14.columns[:-1])]
    cells = {name: inputs.statistics.cell(Cell(contender=name, task=XSGD, shots=5)) for name in METHODS}
    found = {name: summary for name, summary in cells.items() if summary}
    if found:
        locales = [part.locale for part in next(iter(found.values())).locales]
        ours = [
            Line(name, placed([_mean(summary, tag) for tag in locales]), style_of(name), dots=True)
            for name, summary in found.items()
        ]
        charts.append(_xsgd_chart("ours-xsgd", f"XSGD: ours, {inputs.backbone}", ours, locales))
    return [chart for chart in charts if chart]


def _xsgd_chart(key: str, title: str, lines: Sequence[Line], names: Sequence[str]) -> Chart | None:
    spoken = f"{title}: accuracy in percent by language"
    return line_chart(key, title, spoken, ("language", "accuracy, %"), lines, y_span=PERCENT, x_names=names)


def _shots_chart(key: str, title: str, task: str, lines: Sequence[Line]) -> Chart | None:
    names = [shots_in_words(shots) for shots in SHOTS]
    labels = ("examples per label", f"{score_name(task)}, %")
    spoken = "; ".join(_spoken(line, names) for line in lines if line.points)
    return line_chart(key, title, f"{title}. {spoken}", labels, lines, y_span=PERCENT, x_names=names)


def _spoken(line: Line, names: Sequence[str]) -> str:
    return f"{line.label}: " + ", ".join(f"{number(y)} with {names[round(x) - 1]}" for x, y in line.points)


def _paper_line(table: PaperTable, task: str, name: str) -> Line:
    by_shots = {row.cell.shots: row.values[-1] for row in table.rows if row.name == name and row.cell.task == task}
    return Line(name, placed([by_shots.get(shots) for shots in SHOTS]), style_of(name), dots=True)


def _own_line(statistics: ComparisonStatistics, task: str, name: str) -> Line:
    cells = [statistics.cell(Cell(contender=name, task=task, shots=shots)) for shots in SHOTS]
    return Line(name, placed([found.average.mean if found else None for found in cells]), style_of(name), dots=True)


def _mean(summary: CellSummary, locale: str) -> float | None:
    score = summary.score(locale)
    return score.mean if score else None


def _retrieval_chart(inputs: ComparisonInputs, pooling: str) -> Chart | None:
    points = [
        (float(length), accuracy)
        for length in LENGTHS
        if (accuracy := average_accuracy(inputs, f"APT-length-{length}", pooling)) is not None
    ]
    lines = [Line("aligned prompt", tuple(points), "aligned", dots=True)] if points else []
    bare = average_accuracy(inputs, NO_PROMPT, pooling)
    if bare is not None:
        lines.append(Line(NO_PROMPT, ((float(LENGTHS[0]), bare), (float(LENGTHS[-1]), bare)), "majority"))
    if not lines:
        return None
    return line_chart(
        f"retrieval-{pooling}",
        f"Translations found, pooling {pooling}",
        f"Retrieval accuracy in percent by length of the aligned prompt, pooling {pooling}",
        ("prompt length", "% found"),
        lines,
        y_span=PERCENT,
        x_values=LENGTHS,
    )


def _length_chart(inputs: ComparisonInputs) -> Chart | None:
    lines = []
    for place, shots in enumerate(SHOTS):
        cells = {
            length: inputs.statistics.cell(Cell(contender=f"APT-length-{length}", task=INTENT, shots=shots))
            for length in LENGTHS
        }
        points = tuple((float(length), found.average.mean) for length, found in cells.items() if found)
        if points:
            lines.append(Line(shots_in_words(shots), points, "trial", 50 * place, dots=True))
    if not lines:
        return None
    return line_chart(
        "intent-length",
        "Intents found, vanilla classifier",
        "Average accuracy over locales in percent by length of the aligned prompt",
        ("prompt length", "accuracy, %"),
        lines,
        y_span=PERCENT,
        x_values=LENGTHS,
    )
