"""What the numbers say, in plain words: the headline, the verdict and the lines for the terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossprompt.evaluation.records import EvaluationResult, LocaleScore, MethodScore
from crossprompt.reports.formats import count, finite, number, p_phrase, plural, rate, signed
from crossprompt.reports.inputs import ReportInputs
from crossprompt.tasks.records import Method

NAMES_IN_A_SENTENCE = 8


class Verdict(StrEnum):
    """How aligned compares with fresh over all locales, or in one of them."""

    BETTER = "better"
    WORSE = "worse"
    UNDECIDED = "undecided"
    NOT_COMPARED = "not compared"


@dataclass(frozen=True)
class Findings:
    """The result in words. ``better``, ``worse`` and ``undecided`` count locales after correction."""

    verdict: Verdict
    headline: str
    explanation: str
    cautions: tuple[str, ...]
    better: int
    worse: int
    undecided: int


def score_of(scores: Sequence[MethodScore], method: Method) -> MethodScore | None:
    """The score of ``method``, or None where it was not evaluated."""
    return next((score for score in scores if score.method is method), None)


def english_of(result: EvaluationResult) -> LocaleScore | None:
    """The English locale, or None where it was not evaluated."""
    return next((score for score in result.locales if score.locale.split("-")[0] == "en"), None)


def locale_verdict(score: LocaleScore, confidence: float) -> Verdict:
    """Whether aligned differs from fresh in one locale, by the corrected p (the plain one where there is no other)."""
    if any(score_of(score.methods, method) is None for method in Method):
        return Verdict.NOT_COMPARED
    test = score.comparison
    corrected = test.p if test.p_corrected is None else test.p_corrected
    return _decide(finite(test.difference), finite(corrected), confidence)


def find(result: EvaluationResult) -> Findings:
    """Read the evaluation and say what it shows, also where it shows nothing."""
    verdicts = [locale_verdict(score, result.confidence) for score in result.locales]
    better, worse = verdicts.count(Verdict.BETTER), verdicts.count(Verdict.WORSE)
    undecided = verdicts.count(Verdict.UNDECIDED)
    verdict = _overall(result)
    return Findings(
        verdict=verdict,
        headline=_headline(result, verdict),
        explanation=_explanation(result, verdict, better, worse, undecided),
        cautions=tuple(_cautions(result)),
        better=better,
        worse=worse,
        undecided=undecided,
    )


def summary_lines(inputs: ReportInputs) -> list[str]:
    """The report in a few plain lines for a terminal."""
    findings = find(inputs.evaluation)
    lines = [findings.headline, findings.explanation, *findings.cautions]
    rates = ", ".join(f"{s.method.value} {rate(s.best_learning_rate)}" for s in inputs.tuning.studies)
    if rates:
        lines.append(f"Best learning rates on English dev: {rates}.")
    refused = len(inputs.dialogue_quarantine) + len(inputs.utterance_quarantine)
    lines.append(
        f"Quarantined: {plural(refused, 'corpus record')}, {plural(len(inputs.translation_quarantine), 'translation')}."
    )
    if inputs.validation.dropped:
        lines.append(f"Left out for bad translations: {', '.join(inputs.validation.dropped)}.")
    return lines


def average_difference(result: EvaluationResult) -> float | None:
    """Aligned minus fresh, averaged over locales, in points; None where one of them is missing."""
    aligned, fresh = (score_of(result.average, method) for method in Method)
    return None if aligned is None or fresh is None else finite(aligned.mean - fresh.mean)


def _overall(result: EvaluationResult) -> Verdict:
    difference = average_difference(result)
    if difference is None:
        return Verdict.NOT_COMPARED
    verdict = _decide(finite(result.pooled.difference), finite(result.pooled.p), result.confidence)
    agrees = (difference > 0) == (result.pooled.difference > 0)
    return verdict if agrees else Verdict.UNDECIDED


def _decide(difference: float | None, p: float | None, confidence: float) -> Verdict:
    if difference is None or p is None or difference == 0 or p >= 1 - confidence:
        return Verdict.UNDECIDED
    return Verdict.BETTER if difference > 0 else Verdict.WORSE


def _headline(result: EvaluationResult, verdict: Verdict) -> str:
    aligned, fresh = (score_of(result.average, method) for method in Method)
    where = "in one locale" if len(result.locales) == 1 else f"on average over {len(result.locales)} locales"
    if aligned is None or fresh is None:
        return _single_headline(aligned or fresh, where)
    gain = abs(aligned.mean - fresh.mean)
    a, f = number(aligned.mean), number(fresh.mean)
    if verdict is Verdict.BETTER:
        return f"Aligned prompts get {a} % of utterances right {where}: {number(gain)} points more than fresh prompts."
    if verdict is Verdict.WORSE:
        return f"Aligned prompts do worse than fresh ones: {a} % right against {f} % {where}."
    return f"Aligned prompts do not clearly beat fresh ones: {a} % right against {f} % {where}."


def _single_headline(score: MethodScore | None, where: str) -> str:
    if score is None:
        return "Nothing was evaluated."
    name = score.method.value.capitalize()
    return f"{name} prompts get {number(score.mean)} % of utterances right {where}; there is nothing to compare with."


def _explanation(result: EvaluationResult, verdict: Verdict, better: int, worse: int, undecided: int) -> str:
    if verdict is Verdict.NOT_COMPARED:
        return "Only one way to start the prompt was evaluated, so this run says nothing about what alignment brings."
    pooled = result.pooled
    fresh = score_of(result.average, Method.FRESH)
    span = f"{number(100 * result.confidence, 0)} % interval {signed(pooled.low)} to {signed(pooled.high)}"
    sizes = (
        f"Fresh prompts get {number(fresh.mean if fresh else None)} %; pooled over all predictions the difference is "
    )
    sizes += f"{signed(pooled.difference)} points ({span}, {p_phrase(pooled.p)})"
    if verdict is Verdict.UNDECIDED:
        sizes += ", which chance alone may explain: this run does not show that alignment helps"
    counts = f"{better} of {len(result.locales)} locales are significantly better, {worse} significantly worse"
    return f"{sizes}. After correction for testing every locale, {counts} and {undecided} undecided."


def _listed(names: Sequence[str]) -> str:
    """The names, or the first few of many and how many there are besides."""
    more = len(names) - NAMES_IN_A_SENTENCE
    shown = ", ".join(names[:NAMES_IN_A_SENTENCE])
    return f"{shown} and {more} more" if more > 0 else shown


def _cautions(result: EvaluationResult) -> list[str]:
    cautions = []
    for score in result.average:
        if score.mean <= result.average_majority:
            cautions.append(
                f"The {score.method.value} average, {number(score.mean)} %, is no better than always answering "
                f"the most frequent intent ({number(result.average_majority)} %)."
            )
    near = [s for s in result.locales if any(m.method is Method.ALIGNED and m.low <= s.majority for m in s.methods)]
    if near:
        cautions.append(
            f"In {plural(len(near), 'locale')} the aligned prompt's interval reaches down to the majority line: "
            f"{_listed([s.locale for s in near])}."
        )
    if len(result.seeds) < 2:
        cautions.append(
            f"Only {count(len(result.seeds))} seed was run: nothing is known about the spread between seeds."
        )
    return cautions
