"""The statistics behind the tables: intervals by the bootstrap, paired tests by sign flips, correction by Holm.

All of it treats *clusters* as independent: utterances where one locale is looked at, ids (a sentence and all its
translations) where locales are pooled. The trained classifiers are taken as they are: an interval or a p-value speaks
of other utterances, not of other seeds; for that there is :func:`seeds_test`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

MEMORY = 1 << 22
"""Resampled counts that are held at once."""


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate's interval, in the unit of the estimate."""

    low: float
    high: float


def bootstrap_intervals(
    sums: Floats, weights: Floats, *, confidence: float, resamples: int, generator: np.random.Generator
) -> list[Interval]:
    """Percentile bootstrap intervals of weighted means over clusters; several quantities share the resamples.

    Clusters with equal values need not be told apart, so how often each kind is drawn is one multinomial number: the
    same distribution as drawing them one by one, but a resample of 3,000 utterances and 5 seeds takes 36 numbers.

    Args:
        sums: What each cluster adds to the numerator, ``[clusters, quantities]``.
        weights: What it adds to the denominator, ``[clusters]``; all 1 for plain means.
        confidence: Such as 0.95.
        resamples: How often the clusters are drawn anew, with replacement.
        generator: Draws them.

    Returns:
        One interval per quantity of ``sum of sums / sum of weights``.
    """
    distinct, counts = np.unique(np.column_stack([sums, weights]), axis=0, return_counts=True)
    clusters = int(counts.sum())
    block = max(1, MEMORY // len(distinct))
    totals = np.concatenate(
        [
            generator.multinomial(clusters, counts / clusters, size=min(block, resamples - start)) @ distinct
            for start in range(0, resamples, block)
        ]
    )
    estimates = totals[:, :-1] / totals[:, -1:]
    tail = (1 - confidence) / 2
    low, high = np.quantile(estimates, [tail, 1 - tail], axis=0)
    return [Interval(float(a), float(b)) for a, b in zip(low, high, strict=True)]


def sign_flip_p(differences: Integers) -> float:
    """The exact two-sided p-value of the sign-flip (permutation) test that ``differences`` are symmetric around 0.

    Under the hypothesis each cluster's difference could as well have the other sign: swapping the two methods in a
    cluster changes nothing. The distribution of the sum over all 2**n flips is computed exactly, one cluster at a time;
    with differences of -1, 0 and 1 this is McNemar's exact test.

    Args:
        differences: Whole numbers, one per cluster, such as right answers of one method minus those of the other.
    """
    signed = differences[differences != 0]
    if not len(signed):
        return 1.0
    signed = signed // np.gcd.reduce(np.abs(signed))
    sizes, observed = np.sort(np.abs(signed)), abs(int(signed.sum()))
    total = int(sizes.sum())
    positive = np.zeros(total + 1)
    positive[0] = 1.0
    reached = 0
    for size in sizes:
        reached += int(size)
        shifted = positive[: reached + 1 - size] * 0.5
        positive[: reached + 1] *= 0.5
        positive[size : reached + 1] += shifted
    # a sum of absolute differences of which the positive part is x comes from the signed sum 2 x - total
    extreme = np.abs(2 * np.arange(total + 1) - total) >= observed
    return float(min(1.0, max(positive[extreme].sum(), np.finfo(np.float64).tiny)))


def holm(p_values: Sequence[float]) -> list[float]:
    """Holm's step-down correction: adjusted p-values that keep the family-wise error rate, in the given order."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    stepped = np.maximum.accumulate(np.minimum(1.0, np.asarray(p_values)[order] * factors))
    adjusted = np.empty(len(p_values))
    adjusted[order] = stepped
    return [float(p) for p in adjusted]


def mcnemar(only_first: int, only_second: int, pairs: int, confidence: float) -> tuple[float, Interval, float]:
    """McNemar's exact test on paired right-or-wrong answers.

    Args:
        only_first: Pairs in which only the first method is right.
        only_second: Pairs in which only the second is.
        pairs: All pairs.
        confidence: Of the (Wald) interval of the difference.

    Returns:
        The difference of the shares (first minus second), its interval, and the two-sided p-value.
    """
    discordant = only_first + only_second
    difference = (only_first - only_second) / pairs
    error = np.sqrt(max(discordant - (only_first - only_second) ** 2 / pairs, 0.0)) / pairs
    reach = float(stats.norm.ppf((1 + confidence) / 2) * error)
    p = float(stats.binomtest(only_first, discordant, 0.5).pvalue) if discordant else 1.0
    return difference, Interval(difference - reach, difference + reach), p


def seeds_test(differences: Sequence[float], confidence: float) -> tuple[float, Interval, float] | None:
    """Student's paired t-test over seeds: mean difference, its interval, two-sided p; None with fewer than two seeds.

    Differences that are all equal have no variance to test against: their p-value is 1 if they are 0, else 0.
    """
    values = np.asarray(differences, dtype=np.float64)
    if len(values) < 2:
        return None
    mean, error = float(values.mean()), float(stats.sem(values))
    if error == 0.0:
        return mean, Interval(mean, mean), float(mean == 0.0)
    low, high = stats.t.interval(confidence, len(values) - 1, loc=mean, scale=error)
    return mean, Interval(float(low), float(high)), float(stats.ttest_1samp(values, 0.0).pvalue)
