"""The key figures at the top of the page."""

from __future__ import annotations

from dataclasses import dataclass

from crossprompt.evaluation.records import EvaluationResult, MethodScore
from crossprompt.reports.findings import average_difference, find, score_of
from crossprompt.reports.formats import count, finite, number, p_phrase, plural, rate, signed
from crossprompt.reports.inputs import ReportInputs
from crossprompt.tasks.records import Method


@dataclass(frozen=True)
class Figure:
    """One number to remember: what it is, the number, its unit, and what it rests on. ``css`` names its colour."""

    label: str
    value: str
    unit: str
    note: str
    css: str = ""


def key_figures(inputs: ReportInputs) -> list[Figure]:
    """The figures in the order of their weight; those that this run can't give are left out."""
    result = inputs.evaluation
    figures = [_score_figure(result, method) for method in Method]
    figures += [_difference_figure(result), _locales_figure(result), _majority_figure(result)]
    figures += [_pairs_figure(inputs), _rates_figure(inputs), _refused_figure(inputs)]
    return [figure for figure in figures if figure is not None]


def _score_figure(result: EvaluationResult, method: Method) -> Figure | None:
    score = score_of(result.average, method)
    if score is None:
        return None
    note = f"{_spread(score)}; {number(score.gap_to_english)} points behind English"
    return Figure(f"{method.value.capitalize()} prompt", number(score.mean), "%", note, method.value)


def _spread(score: MethodScore) -> str:
    seeds = plural(len(score.by_seed), "seed")
    return f"± {number(score.std)} over {seeds}" if finite(score.std) is not None else f"{seeds}, spread unknown"


def _difference_figure(result: EvaluationResult) -> Figure | None:
    difference = average_difference(result)
    if difference is None:
        return None
    pooled = result.pooled
    note = f"pooled {signed(pooled.difference)}, {signed(pooled.low)} to {signed(pooled.high)}, {p_phrase(pooled.p)}"
    return Figure("Difference", signed(difference), "points", note)


def _locales_figure(result: EvaluationResult) -> Figure | None:
    if average_difference(result) is None:
        return None
    findings = find(result)
    note = f"{findings.worse} worse, {findings.undecided} undecided, after correction"
    return Figure("Locales clearly better", str(findings.better), f"of {len(result.locales)}", note)


def _majority_figure(result: EvaluationResult) -> Figure:
    predicted = sum(score.utterances for score in result.locales)
    return Figure("Majority class", number(result.average_majority), "%", f"over {count(predicted)} test utterances")


def _pairs_figure(inputs: ReportInputs) -> Figure | None:
    curve = inputs.alignment
    if curve is None:
        return None
    steps = plural(len(curve.points), "update")
    return Figure("Parallel pairs", count(curve.pairs), "", f"in {plural(len(curve.locales), 'locale')}, {steps}")


def _rates_figure(inputs: ReportInputs) -> Figure | None:
    studies = inputs.tuning.studies
    if not studies:
        return None
    tried = plural(sum(len(study.trials) for study in studies), "trial")
    rates = " / ".join(rate(study.best_learning_rate) for study in studies)
    names = " / ".join(study.method.value for study in studies)
    return Figure("Best learning rate", rates, "", f"{names}, of {tried}")


def _refused_figure(inputs: ReportInputs) -> Figure:
    records = len(inputs.dialogue_quarantine) + len(inputs.utterance_quarantine)
    note = f"translations; {plural(records, 'corpus record')}"
    return Figure("Quarantined", count(len(inputs.translation_quarantine)), "", note)
