"""A comparison in words and in Markdown, for the head of the page and for ``results/``."""

from __future__ import annotations

from collections.abc import Sequence

from crossprompt.comparison.records import Cell
from crossprompt.reports.claims import tally
from crossprompt.reports.comparison_claims import ClaimView, shots_in_words
from crossprompt.reports.comparison_inputs import ComparisonInputs
from crossprompt.reports.comparison_paper import ContrastLine, Pair, TableView
from crossprompt.reports.comparison_plots import METHODS, score_name, task_name
from crossprompt.reports.formats import ABSENT, number, p_phrase, p_value, plural, signed
from crossprompt.reports.markdown import markdown_table

_HEADLINE_SETTINGS = (("intent", 5), ("intent", 15), ("nli", 5), ("nli", 15), ("slots", 5), ("slots", 15))


def headline(inputs: ComparisonInputs) -> str:
    """The averages of the first setting that has the aligned and the fresh prompt, in one sentence."""
    for task, shots in _HEADLINE_SETTINGS:
        found = {name: inputs.statistics.cell(Cell(contender=name, task=task, shots=shots)) for name in METHODS}
        there = {name: summary for name, summary in found.items() if summary}
        if "APT" in there and "PT" in there:
            scores = ", ".join(f"{name} {number(summary.average.mean)} %" for name, summary in there.items())
            locales = plural(len(there["APT"].locales), "locale")
            return f"{scores}: {score_name(task)} with {shots_in_words(shots)}, on average over {locales}."
    return "Aligned and fresh prompts were not measured side by side."


def lead(inputs: ComparisonInputs, claims: Sequence[ClaimView]) -> str:
    """How the claims came out, and the test behind the headline."""
    words = tally(view.verdict for view in claims)
    for task, shots in _HEADLINE_SETTINGS:
        aligned, fresh = (Cell(contender=name, task=task, shots=shots) for name in ("APT", "PT"))
        found = inputs.statistics.comparison(aligned, fresh)
        if found:
            span = f"{signed(found.pooled.low)} to {signed(found.pooled.high)}"
            difference = f"{signed(found.pooled.difference)} points ({span}, {p_phrase(found.pooled.p)})"
            return f"Aligned minus fresh prompts: {difference}. {words}"
    return words


def comparison_markdown(inputs: ComparisonInputs, views: Sequence[TableView], claims: Sequence[ClaimView]) -> str:
    """The page for ``results/``: GitHub's Markdown."""
    sections = (
        ("", _head(inputs, claims)),
        ("Averages", _averages(inputs)),
        ("Claims", _claims(claims)),
        *((f"Table {view.table.number}: {view.table.title}", table_section(view)) for view in views),
        ("Alignment variants", _alignments(inputs)),
        ("What was not run", _not_run(inputs)),
        ("Machine and versions", _versions(inputs)),
    )
    return "\n\n".join(f"## {title}\n\n{body}" if title else body for title, body in sections if body) + "\n"


def _head(inputs: ComparisonInputs, claims: Sequence[ClaimView]) -> str:
    begun = f"Begun on {inputs.started.replace('T', ' at ')} UTC" if inputs.started else "Measured"
    took = f"; it took {number(inputs.hours)} hours in all" if inputs.hours is not None else ""
    parts = [
        f"# {inputs.title}",
        f"**{headline(inputs)}**",
        lead(inputs, claims),
        f"Backbone: {inputs.backbone}. {inputs.pretraining}",
        *inputs.findings,
        f"{begun} with the following command{took}.",
        f"    {inputs.command}",
        "The CSV files hold these numbers in full precision, `comparison.json` the claims and how all came to be.",
    ]
    return "\n\n".join(part for part in parts if part.strip())


def _averages(inputs: ComparisonInputs) -> str:
    rows = [
        [
            task_name(found.cell.task),
            shots_in_words(found.cell.shots),
            found.cell.contender,
            spread(found.average.mean, found.average.std),
            f"{number(found.average.low)} to {number(found.average.high)}",
            str(len(found.locales)),
            str(len(found.trainings)),
        ]
        for found in inputs.statistics.cells
    ]
    if not rows:
        return ""
    about = (
        "Mean over locales, ± standard deviation over seeds; the interval is a bootstrap over utterances with all "
        "their translations."
    )
    return f"{about}\n\n" + markdown_table(
        ["task", "examples", "way to tune", "score", "interval", "locales", "seeds"], rows
    )


def _claims(claims: Sequence[ClaimView]) -> str:
    rows = [
        [
            view.claim.text,
            view.claim.source,
            f"**{view.verdict.value}**" + (" (measured in part)" if view.partly else ""),
            "; ".join(f"{part.label}: {part.words}" for part in view.evidence),
        ]
        for view in claims
    ]
    return markdown_table(["claim", "source", "verdict", "evidence"], rows)


def table_section(view: TableView) -> str:
    """A table of the paper with ours beside it, in Markdown."""
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
    if not contrasts:
        return ""
    rows = [
        [
            line.group,
            line.label,
            signed(line.paper),
            signed(line.value),
            f"{signed(line.ours.low)} to {signed(line.ours.high)}" if line.ours else ABSENT,
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


def _alignments(inputs: ComparisonInputs) -> str:
    rows = [
        [
            found.contender,
            found.description,
            str(found.pairs),
            str(found.locales),
            str(found.length),
            str(found.updates),
        ]
        for found in inputs.alignments
    ]
    header = ["prompt", "aligned on", "pairs", "languages", "length", "updates"]
    return markdown_table(header, rows) if rows else ""


def _not_run(inputs: ComparisonInputs) -> str:
    rows = [
        [
            found.table or "any",
            found.task or "any",
            "any" if found.shots is None else str(found.shots),
            found.contender or "any",
            found.reason,
        ]
        for found in inputs.not_run
    ]
    return markdown_table(["table", "task", "shots", "way to tune", "why"], rows) if rows else ""


def _versions(inputs: ComparisonInputs) -> str:
    facts = {**inputs.machine, **inputs.versions}
    return markdown_table(["", ""], [[name.replace("_", " "), value] for name, value in facts.items()]) if facts else ""


def spread(mean: float | None, std: float | None) -> str:
    """``55.2 ± 1.3``; without a deviation the mean alone."""
    return f"{number(mean)} ± {number(std)}" if std is not None else number(mean)
