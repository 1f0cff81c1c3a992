"""From predictions to the tables: accuracy per locale and on average, intervals, gaps, and paired tests."""

from __future__ import annotations

import numpy as np
from datasets import Dataset
from numpy.typing import NDArray

from crossprompt.corpora.utterance import ENGLISH
from crossprompt.evaluation.answers import AnswerSheet, LocaleAnswers, iterate_positions, pair_counts, read_answers
from crossprompt.evaluation.predictions import EvaluationError
from crossprompt.evaluation.records import EvaluationResult, LocaleScore, MethodScore, PairedTest
from crossprompt.evaluation.settings import EvaluationSettings
from crossprompt.evaluation.statistics import (
    Interval,
    bootstrap_intervals,
    holm,
    mcnemar,
    seeds_test,
    sign_flip_p,
)
from crossprompt.tasks.records import Method
from crossprompt.training.randomness import numpy_generator

Floats = NDArray[np.float64]

SIGN_FLIP = (
    "the exact sign-flip (permutation) test over utterances, with the answers of all seeds summed for each utterance; "
    "the p values of all locales are corrected by Holm's method"
)
POOLED = (
    "the exact sign-flip (permutation) test over utterance ids, with the answers of all seeds and locales summed for "
    "each id"
)
MCNEMAR = "McNemar's exact test over all single predictions, as if they were independent"
OVER_SEEDS = "Student's paired t-test over seeds, on the averages over locales"

_METHODS = (Method.ALIGNED, Method.FRESH)


def score_predictions(predictions: Dataset, majority: str, settings: EvaluationSettings) -> EvaluationResult:
    """Score a table of predictions. Rows are joined by ids; their order doesn't matter.

    Intervals are percentile bootstraps over utterances: per locale over its utterances, on average over ids, so that a
    sentence takes all its translations along. The p-values per locale are corrected over locales by Holm's method.

    Args:
        predictions: As :func:`crossprompt.evaluation.predictions.predict_locales` makes them.
        majority: The most frequent intent of English train.
        settings: Confidence, resamples and their seed.

    Raises:
        EvaluationError: The predictions don't pair up (see :func:`crossprompt.evaluation.answers.read_answers`),
            English is missing, or ``majority`` is no label.
    """
    sheet = read_answers(predictions)
    if ENGLISH not in [locale.locale for locale in sheet.locales]:
        raise EvaluationError(f"there are no predictions for {ENGLISH}, with which each locale is compared")
    if majority not in sheet.labels:
        raise EvaluationError(f"the majority intent {majority!r} is not among the labels of the predictions")
    locales = _score_locales(sheet, sheet.labels.index(majority), settings)
    return EvaluationResult(
        locales=locales,
        average=_average(sheet, locales, settings),
        average_majority=float(np.mean([locale.majority for locale in locales])),
        pooled=_pooled(sheet, settings),
        pooled_mcnemar=_pooled_mcnemar(sheet, settings),
        seeds=sheet.seeds,
        confidence=settings.confidence,
        over_seeds=_over_seeds(sheet, settings),
    )


def _score_locales(sheet: AnswerSheet, majority: int, settings: EvaluationSettings) -> tuple[LocaleScore, ...]:
    english = next(locale for locale in sheet.locales if locale.locale == ENGLISH)
    english_means = {method: _percent(english.of(method)) for method in _METHODS}
    p_values = [sign_flip_p(locale.differences) for locale in sheet.locales]
    return tuple(
        _score_locale(locale, english_means, majority, p, corrected, settings)
        for locale, p, corrected in zip(sheet.locales, p_values, holm(p_values), strict=True)
    )


def _score_locale(
    locale: LocaleAnswers,
    english: dict[Method, float],
    majority: int,
    p: float,
    corrected: float,
    settings: EvaluationSettings,
) -> LocaleScore:
    shares = np.stack([locale.of(method).mean(axis=0) for method in _METHODS], axis=1)
    sums = np.column_stack([shares, shares[:, 0] - shares[:, 1]])
    *intervals, difference = _intervals(sums, np.ones(len(sums)), locale.locale, settings)
    methods = tuple(
        _method_score(method, _by_seed(locale, method), interval, english[method])
        for method, interval in zip(_METHODS, intervals, strict=True)
    )
    return LocaleScore(
        locale=locale.locale,
        utterances=len(locale.ids),
        majority=_percent(locale.gold == majority),
        methods=methods,
        comparison=PairedTest(
            difference=methods[0].mean - methods[1].mean,
            low=difference.low,
            high=difference.high,
            p=p,
            p_corrected=corrected,
            test=SIGN_FLIP,
        ),
    )


def _average(
    sheet: AnswerSheet, locales: tuple[LocaleScore, ...], settings: EvaluationSettings
) -> tuple[MethodScore, ...]:
    """The mean over locales; its interval from ids that take all their translations along."""
    sums, weights = _by_id(sheet)
    intervals = _intervals(sums, weights, "average", settings)
    scores = []
    for number, (method, interval) in enumerate(zip(_METHODS, intervals, strict=True)):
        by_seed = np.mean([locale.methods[number].by_seed for locale in locales], axis=0)
        others = [locale.methods[number].mean for locale in locales if locale.locale != ENGLISH]
        english = next(locale.methods[number].mean for locale in locales if locale.locale == ENGLISH)
        score = _method_score(method, by_seed, interval, english)
        gap = english - float(np.mean(others)) if others else 0.0
        scores.append(score.model_copy(update={"gap_to_english": gap}))
    return tuple(scores)


def _by_id(sheet: AnswerSheet) -> tuple[Floats, Floats]:
    """What each id adds to the average over locales, ``[ids, methods]``, and its weight, ``[ids]``.

    Every locale weighs the same, however many utterances it has.
    """
    size = 1 + max(int(positions.max()) for _, positions in iterate_positions(sheet))
    sums, weights = np.zeros((size, len(_METHODS))), np.zeros(size)
    for locale, positions in iterate_positions(sheet):
        weight = 1.0 / len(positions)
        weights[positions] += weight
        for number, method in enumerate(_METHODS):
            sums[positions, number] += weight * locale.of(method).mean(axis=0)
    return sums, weights


def _pooled(sheet: AnswerSheet, settings: EvaluationSettings) -> PairedTest:
    size = 1 + max(int(positions.max()) for _, positions in iterate_positions(sheet))
    differences, answers = np.zeros(size, dtype=np.int64), np.zeros(size)
    for locale, positions in iterate_positions(sheet):
        differences[positions] += locale.differences
        answers[positions] += len(sheet.seeds)
    (interval,) = _intervals(differences[:, None].astype(np.float64), answers, "pooled", settings)
    return PairedTest(
        difference=100.0 * float(differences.sum() / answers.sum()),
        low=interval.low,
        high=interval.high,
        p=sign_flip_p(differences),
        p_corrected=None,
        test=POOLED,
    )


def _pooled_mcnemar(sheet: AnswerSheet, settings: EvaluationSettings) -> PairedTest:
    return _paired_test(mcnemar(*pair_counts(sheet), settings.confidence), 100.0, MCNEMAR)


def _over_seeds(sheet: AnswerSheet, settings: EvaluationSettings) -> PairedTest | None:
    aligned, fresh = (np.mean([_by_seed(locale, m) for locale in sheet.locales], axis=0) for m in _METHODS)
    result = seeds_test((aligned - fresh).tolist(), settings.confidence)
    return None if result is None else _paired_test(result, 1.0, OVER_SEEDS)


def _paired_test(result: tuple[float, Interval, float], scale: float, test: str) -> PairedTest:
    difference, interval, p = result
    low, high = scale * interval.low, scale * interval.high
    return PairedTest(difference=scale * difference, low=low, high=high, p=p, p_corrected=None, test=test)


def _method_score(method: Method, by_seed: Floats, interval: Interval, english: float) -> MethodScore:
    mean = float(by_seed.mean())
    return MethodScore(
        method=method,
        mean=mean,
        std=float(by_seed.std(ddof=1)) if len(by_seed) > 1 else None,
        low=interval.low,
        high=interval.high,
        gap_to_english=english - mean,
        by_seed=tuple(float(value) for value in by_seed),
    )


def _by_seed(locale: LocaleAnswers, method: Method) -> Floats:
    """Accuracy of each seed in percent."""
    accuracy: Floats = 100.0 * locale.of(method).mean(axis=1)
    return accuracy


def _percent(values: NDArray[np.int64] | NDArray[np.bool_]) -> float:
    return 100.0 * float(values.mean())


def _intervals(sums: Floats, weights: Floats, what: str, settings: EvaluationSettings) -> list[Interval]:
    """Bootstrap intervals in percent; each table row draws from its own stream."""
    generator = numpy_generator(settings.seed, "bootstrap", what)
    intervals = bootstrap_intervals(
        sums, weights, confidence=settings.confidence, resamples=settings.resamples, generator=generator
    )
    return [Interval(100.0 * interval.low, 100.0 * interval.high) for interval in intervals]
