"""What a comparison says in words, and its own sections in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from crossprompt.comparison.records import Cell
from crossprompt.reports.claims import JudgedClaim, tally
from crossprompt.reports.comparison_inputs import ComparisonInputs
from crossprompt.reports.comparison_names import METHODS, score_name, task_name
from crossprompt.reports.comparison_retrieval import average_accuracy, contenders, poolings
from crossprompt.reports.formats import (
    interval,
    number,
    p_phrase,
    plural,
    shots_in_words,
    signed,
    signed_interval,
    spread,
)
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


def lead(inputs: ComparisonInputs, claims: Sequence[JudgedClaim]) -> str:
    """How the claims came out, and the test behind the headline."""
    words = tally(own.verdict for own in claims)
    for task, shots in _HEADLINE_SETTINGS:
        aligned, fresh = (Cell(contender=name, task=task, shots=shots) for name in ("APT", "PT"))
        found = inputs.statistics.comparison(aligned, fresh)
        if found:
            span = signed_interval(found.pooled.low, found.pooled.high)
            difference = f"{signed(found.pooled.difference)} points ({span}, {p_phrase(found.pooled.p)})"
            return f"Aligned minus fresh prompts: {difference}. {words}"
    return words


def averages(inputs: ComparisonInputs) -> str:
    """All cells, in Markdown."""
    rows = [
        [
            task_name(found.cell.task),
            shots_in_words(found.cell.shots),
            found.cell.contender,
            spread(found.average.mean, found.average.std),
            interval(found.average.low, found.average.high),
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


def retrieval(inputs: ComparisonInputs) -> str:
    """The mean over languages and both directions of each prompt by pooling, in Markdown; empty if there is none."""
    if not inputs.retrieval:
        return ""
    found = poolings(inputs)
    rows = [[name, *(number(average_accuracy(inputs, name, own)) for own in found)] for name in contenders(inputs)]
    languages = max(len(run.result.languages) for run in inputs.retrieval)
    table = markdown_table(["prompt", *found], rows)
    return f"Accuracy in percent, mean of both directions over {plural(languages, 'language')}.\n\n{table}"


def alignments(inputs: ComparisonInputs) -> str:
    """What each aligned prompt was trained on, in Markdown."""
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
    return markdown_table(header, rows)


def not_run(inputs: ComparisonInputs) -> str:
    """What was not measured, and why, in Markdown."""
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
    return markdown_table(["table", "task", "shots", "way to tune", "why"], rows)
