"""The statistics against textbook numbers, against SciPy, and by simulation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from scipy import stats

from crossprompt.evaluation.statistics import bootstrap_intervals, holm, mcnemar, seeds_test, sign_flip_p


def interval(values, seed=0, resamples=2000, confidence=0.95):
    sums = np.asarray(values, dtype=float)[:, None]
    generator = np.random.default_rng(seed)
    (result,) = bootstrap_intervals(
        sums, np.ones(len(sums)), confidence=confidence, resamples=resamples, generator=generator
    )
    return result


def test_sign_flips_are_counted_exactly():
    differences = np.array([3, -1, 2, 2, 0, -5, 4])
    flips = [abs(np.dot(signs, np.abs(differences))) for signs in itertools.product((-1, 1), repeat=7)]
    expected = np.mean(np.array(flips) >= abs(differences.sum()))
    assert sign_flip_p(differences) == pytest.approx(expected, abs=1e-15)


def test_sign_flips_agree_with_scipys_permutation_test():
    differences = np.random.default_rng(1).integers(-3, 5, size=12)
    reference = stats.permutation_test(
        (differences, np.zeros(12)),
        lambda a, b, axis: (a - b).sum(axis=axis),
        permutation_type="samples",
        vectorized=True,
    )
    assert sign_flip_p(differences) == pytest.approx(reference.pvalue, abs=1e-12)


def test_sign_flips_of_ones_are_mcnemars_exact_test():
    differences = np.array([1] * 15 + [-1] * 5 + [0] * 80)
    assert sign_flip_p(differences) == pytest.approx(stats.binomtest(5, 20).pvalue, abs=1e-15)


def test_sign_flips_do_not_depend_on_the_unit():
    differences = np.array([4, -1, 2, 2])
    assert sign_flip_p(differences) == sign_flip_p(3 * differences) == sign_flip_p(-differences)


def test_no_difference_and_a_huge_one():
    assert sign_flip_p(np.zeros(10, dtype=np.int64)) == 1.0
    assert 0 < sign_flip_p(np.full(3000, 5)) < 1e-300


def test_p_values_are_not_too_small_where_there_is_no_difference():
    generator = np.random.default_rng(2)
    p_values = np.array(
        [sign_flip_p(generator.binomial(3, 0.6, 60) - generator.binomial(3, 0.6, 60)) for _ in range(600)]
    )
    for level in (0.05, 0.2, 0.5):
        share = (p_values <= level).mean()
        assert share == pytest.approx(level, abs=3.5 * np.sqrt(level * (1 - level) / 600))


def test_a_bootstrap_interval_is_scipys():
    values = np.random.default_rng(3).binomial(5, 0.4, size=300) / 5
    reference = stats.bootstrap((values,), np.mean, n_resamples=20000, method="percentile", rng=4).confidence_interval
    own = interval(values, resamples=20000)
    assert (own.low, own.high) == pytest.approx((reference.low, reference.high), abs=0.003)


def test_bootstrap_intervals_cover_the_truth_as_often_as_they_say():
    generator = np.random.default_rng(5)
    hits = 0
    for trial in range(400):
        found = interval(generator.binomial(1, 0.3, size=200), seed=trial, resamples=1000)
        hits += found.low <= 0.3 <= found.high
    assert 0.91 <= hits / 400 <= 0.98


def test_clusters_widen_the_interval_of_correlated_answers():
    truth = np.random.default_rng(6).binomial(1, 0.5, size=100)
    by_cluster = interval(np.repeat(truth, 1))
    as_if_independent = interval(np.repeat(truth, 50))
    assert by_cluster.high - by_cluster.low > 5 * (as_if_independent.high - as_if_independent.low)


def test_weights_make_it_a_ratio_of_sums():
    generator = np.random.default_rng(7)
    sums, weights = np.array([[1.0], [6.0]]), np.array([1.0, 3.0])
    (found,) = bootstrap_intervals(sums, weights, confidence=0.9, resamples=500, generator=generator)
    assert (found.low, found.high) == (1.0, 2.0)


def test_a_constant_has_an_interval_of_no_width():
    assert (interval(np.ones(50)).low, interval(np.ones(50)).high) == (1.0, 1.0)


def test_holm_on_a_worked_example():
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_mcnemar_on_a_worked_example():
    difference, found, p = mcnemar(only_first=21, only_second=9, pairs=100, confidence=0.95)
    assert difference == pytest.approx(0.12)
    assert p == pytest.approx(2 * stats.binom.cdf(9, 30, 0.5), abs=1e-12)
    half = 1.959964 * np.sqrt(30 - 144 / 100) / 100
    assert (found.low, found.high) == pytest.approx((0.12 - half, 0.12 + half), abs=1e-6)
    assert mcnemar(0, 0, 10, 0.95)[2] == 1.0


def test_seeds_are_tested_by_students_test():
    mean, found, p = seeds_test([1.0, 2.0, 3.0], 0.95) or pytest.fail("no result")
    assert mean == 2.0
    assert p == pytest.approx(0.0741799, abs=1e-6)
    assert found.low == pytest.approx(2 - 4.302653 / np.sqrt(3), abs=1e-5)
    assert seeds_test([1.0], 0.95) is None
    assert seeds_test([0.0, 0.0], 0.95)[2] == 1.0
