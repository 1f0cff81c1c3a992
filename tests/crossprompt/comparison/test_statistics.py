"""The statistics of a comparison against hand-made numbers, brute force and the evaluation's own bootstrap."""

from __future__ import annotations

import itertools
import statistics

import numpy as np
import pytest
from scipy import stats

from crossprompt.comparison.answers import ComparisonError, gather_answers
from crossprompt.comparison.resampling import permuted_differences, resampled_scores
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compare, compute_statistics, family_group, standard_pairs, summarise
from crossprompt.evaluation.statistics import bootstrap_intervals, holm
from tests.crossprompt.comparison.made_up import cell, drawn, measurement

SETTINGS = StatisticsSettings(resamples=400, permutations=999)
LOCALES = ("de-DE", "en-US", "sw-KE")
RIGHT = {
    "APT": {0: ([1, 1, 0, 1], [1, 1, 1, 1], [0, 1, 0, 1]), 1: ([1, 0, 0, 1], [1, 1, 1, 0], [0, 1, 1, 1])},
    "PT": {0: ([1, 0, 0, 0], [1, 1, 0, 1], [0, 0, 0, 1]), 1: ([0, 0, 0, 1], [1, 0, 1, 0], [0, 0, 0, 0])},
}


def made(contender, task="intent", double=False):
    factor = 2 if double else 1
    for seed, by_locale in RIGHT[contender].items():
        for locale, right in zip(LOCALES, by_locale, strict=True):
            spans = [2, 3, 4, 1] if double else None
            yield measurement(cell(contender, task), seed, locale, [factor * r for r in right], spans)


def answers(*measurements):
    return list(gather_answers(measurements).values())


@pytest.fixture
def pair():
    return answers(*made("APT"), *made("PT"))


def test_means_and_deviations_are_those_of_the_seeds_averages(pair):
    found = summarise(pair[0], SETTINGS)
    by_seed = [100 * (3 + 4 + 2) / 12, 100 * (2 + 3 + 3) / 12]
    assert found.average.by_seed == pytest.approx(by_seed)
    assert found.average.mean == pytest.approx(statistics.mean(by_seed))
    assert found.average.std == pytest.approx(statistics.stdev(by_seed))
    english = found.score("en-US")
    assert (english.by_seed, english.mean) == ((100.0, 75.0), 87.5)
    assert found.score("fr-FR") is None
    assert found.score(None) == found.average
    assert found.seeds == (0, 1)


def test_one_seed_has_no_deviation_and_no_test_over_seeds():
    first, second = answers(*(m for name in RIGHT for m in made(name) if m.seed == 0))
    assert summarise(first, SETTINGS).average.std is None
    assert compare(first, second, SETTINGS).over_seeds is None


def test_f1_is_the_ratio_of_sums_per_seed_and_locale():
    (found,) = answers(*made("APT", "slots", double=True))
    assert summarise(found, SETTINGS).score("de-DE").by_seed == pytest.approx((60.0, 40.0))
    assert not found.is_accuracy


def differences(pair):
    """Right answers of the first minus the second, ``[ids, locales, seeds]``."""
    return pair[0].numerators - pair[1].numerators


def brute_force(by_id):
    flips = [abs(np.dot(signs, by_id)) for signs in itertools.product((-1, 1), repeat=len(by_id))]
    return float(np.mean(np.array(flips) >= abs(by_id.sum())))


def test_accuracy_is_tested_exactly_by_locale_by_group_and_pooled(pair):
    found = compare(*pair, SETTINGS)
    by_locale = [brute_force(differences(pair)[:, k].sum(axis=1)) for k in range(3)]
    assert [part.difference.p for part in found.locales] == pytest.approx(by_locale)
    assert [part.difference.p_corrected for part in found.locales] == pytest.approx(holm(by_locale))
    assert found.pooled.p == pytest.approx(brute_force(differences(pair).sum(axis=(1, 2))))
    germanic = brute_force(differences(pair)[:, :2].sum(axis=(1, 2)))
    groups = {part.name: part for part in found.by_family}
    assert groups["Indo-European: Germanic"].difference.p == pytest.approx(germanic)
    assert groups["Indo-European: Germanic"].locales == ("de-DE", "en-US")
    assert found.test.startswith("the exact sign-flip")


def test_differences_are_means_over_locales_and_seeds(pair):
    found = compare(*pair, SETTINGS)
    assert found.pooled.difference == pytest.approx(100 * differences(pair).mean())
    assert [d.difference.difference for d in found.locales] == pytest.approx(100 * differences(pair).mean(axis=(0, 2)))
    latin = found.by_script[0]
    assert (latin.name, latin.first - latin.second) == ("Latin", pytest.approx(found.pooled.difference))
    by_seed = 100 * differences(pair).mean(axis=(0, 1))
    assert found.over_seeds.p == pytest.approx(stats.ttest_1samp(by_seed, 0).pvalue)


def test_f1_is_tested_by_exchanging_answers_against_all_exchanges():
    pair = answers(*made("APT", "slots", double=True), *made("PT", "slots", double=True))
    found = compare(*pair, StatisticsSettings(resamples=100, permutations=20_000))
    exact = []
    for swapped in itertools.product((False, True), repeat=4):
        which = np.array(swapped)[:, None, None]
        sides = [
            100 * np.where(which, other.numerators, own.numerators).sum(axis=0) / own.denominators.sum(axis=0)
            for own, other in (pair, pair[::-1])
        ]
        exact.append((sides[0] - sides[1]).mean())
    expected = np.mean(np.abs(exact) >= abs(found.pooled.difference) - 1e-9)
    assert found.pooled.p == pytest.approx(expected, abs=0.02)
    assert "20000 times" in found.test


def test_permutations_and_sign_flips_agree_where_both_apply():
    skills = dict.fromkeys(LOCALES, 0.5)
    pair = answers(*drawn(cell("APT"), (0, 1), skills, 80), *drawn(cell("PT"), (0, 1), skills, 80))
    permuted = permuted_differences(*pair, 20_000, np.random.default_rng(0)).mean(axis=1)
    found = compare(*pair, SETTINGS).pooled
    share = (np.abs(permuted) >= abs(found.difference) - 1e-9).mean()
    assert share == pytest.approx(found.p, abs=0.02)


def test_permutations_are_what_single_exchanges_give(pair):
    """The product of matrices against one exchange done by hand."""
    drawn_swaps = np.random.default_rng(5).integers(0, 2, size=(3, 4), dtype=np.int8).astype(bool)
    found = permuted_differences(*pair, 3, np.random.default_rng(5))
    for row, swaps in zip(found, drawn_swaps, strict=True):
        signs = np.where(swaps, -1, 1)[:, None, None]
        assert row == pytest.approx(100 * (signs * differences(pair)).mean(axis=(0, 2)))


def test_the_interval_is_the_evaluations_bootstrap_up_to_its_draws():
    (found,) = answers(*drawn(cell(), (0, 1, 2), {"en-US": 0.6}, 400))
    own = summarise(found, StatisticsSettings(resamples=8000)).locales[0].score
    shares = found.numerators[:, 0].mean(axis=1, keepdims=True)
    (other,) = bootstrap_intervals(
        shares, np.ones(len(shares)), confidence=0.95, resamples=8000, generator=np.random.default_rng(1)
    )
    assert (own.low, own.high) == pytest.approx((100 * other.low, 100 * other.high), abs=0.25)


def test_resamples_are_sums_over_drawn_ids(pair):
    generator = np.random.default_rng(9)
    chosen = np.random.default_rng(9).integers(0, 4, size=(2, 4))
    found = resampled_scores(pair[0], 2, generator)
    for row, ids in zip(found, chosen, strict=True):
        assert row == pytest.approx(100 * pair[0].numerators[ids].mean(axis=0))


def test_translations_of_a_sentence_stay_together():
    """52 copies of one locale tell no more than one, in the interval as in the test."""
    many = ("da-DK", "de-DE", "nl-NL", "sv-SE")
    first, second = ([1] * 9 + [0] * 3, [0] * 4 + [1] * 3 + [0] * 5)
    one, copies = (
        compare(
            *answers(*(measurement(cell(n), 0, loc, r) for n, r in (("APT", first), ("PT", second)) for loc in tags)),
            SETTINGS,
        )
        for tags in (many[:1], many)
    )
    assert one.pooled == copies.pooled


def test_locales_of_unequal_size_weigh_the_same_in_the_test_as_in_the_average():
    """A large locale without a difference must not hide that of a small one, nor a sum stand for an average."""
    skills = {"APT": ([1] * 6 + [0] * 194, [1] * 8), "PT": ([0] * 6 + [1] * 7 + [0] * 187, [0] * 8)}
    pair = answers(
        *(
            measurement(cell(name), 0, locale, right, ids=[f"{locale} {k}" for k in range(len(right))])
            for name, by_locale in skills.items()
            for locale, right in zip(("en-US", "sw-KE"), by_locale, strict=True)
        )
    )
    found = compare(*pair, StatisticsSettings(resamples=100, permutations=5000))
    assert found.pooled.difference == pytest.approx((-0.5 + 100) / 2)
    assert found.test.startswith("the paired permutation test")
    assert found.pooled.p == pytest.approx(2 / 2**8, abs=0.006)


def test_equal_contenders_differ_in_nothing(pair):
    found = compare(pair[0], pair[0], SETTINGS)
    assert (found.pooled.difference, found.pooled.low, found.pooled.high, found.pooled.p) == (0.0, 0.0, 0.0, 1.0)


def test_common_seeds_and_locales_are_compared():
    kept = [m for m in made("PT") if m.seed == 1 and m.answers.locale != "de-DE"]
    found = compare(*answers(*made("APT"), *kept), SETTINGS)
    assert (found.seeds, [part.locale for part in found.locales]) == ((1,), ["en-US", "sw-KE"])


def test_other_utterances_of_one_task_are_an_error_and_of_two_tasks_are_left_out():
    whole = list(made("APT"))
    part = [measurement(cell("PT"), m.seed, m.answers.locale, [1, 0], ids=["1", "2"]) for m in whole]
    with pytest.raises(ComparisonError, match="different utterances"):
        compare(*answers(*whole, *part), SETTINGS)
    pairs = [m.model_copy(update={"cell": cell("APT", "nli")}) for m in part]
    assert compare(*answers(*whole, *pairs), SETTINGS).utterances == 2


def test_nothing_in_common_is_an_error():
    other = measurement(cell("PT"), 7, "en-US", [1, 1, 1, 1])
    with pytest.raises(ComparisonError, match="no seed, no locale"):
        compare(*answers(*made("APT"), other), SETTINGS)


def test_standard_pairs_are_those_that_are_there():
    cells = [cell("APT"), cell("PT"), cell("APT", "nli"), cell("PT", shots=15)]
    assert standard_pairs(cells) == [(cell("APT"), cell("PT")), (cell("APT", "nli"), cell("APT"))]


def test_further_alignments_are_compared_with_the_first():
    names = ("APT", "APT-five-languages", "APT-length-1", "PT-length-32")
    assert standard_pairs(map(cell, names)) == [
        (cell("APT"), cell("APT-length-1")),
        (cell("APT"), cell("APT-five-languages")),
    ]


def test_the_statistics_of_all_can_be_asked_from_either_side():
    found = compute_statistics([*made("APT"), *made("PT")], SETTINGS)
    forth = found.comparison(cell("APT"), cell("PT"))
    back = found.comparison(cell("PT"), cell("APT"))
    assert back.pooled.difference == -forth.pooled.difference
    assert (back.pooled.low, back.pooled.high) == (-forth.pooled.high, -forth.pooled.low)
    assert back.by_script[0].first == forth.by_script[0].second
    assert found.comparison(cell("APT"), cell("FT")) is None
    assert found.cell(cell("APT")).average.mean > found.cell(cell("PT")).average.mean
    assert type(found).model_validate_json(found.model_dump_json()) == found


def test_a_true_difference_is_found_and_equal_skill_is_not():
    skills = {"de-DE": 0.6, "en-US": 0.8, "sw-KE": 0.4}
    lower = {locale: skill - 0.15 for locale, skill in skills.items()}
    found = compute_statistics(
        [
            *drawn(cell("APT"), range(3), skills, 200),
            *drawn(cell("PT"), range(3), lower, 200),
            *drawn(cell("FT"), range(3), lower, 200),
        ],
        SETTINGS,
    )
    assert found.comparison(cell("APT"), cell("PT")).pooled.p < 1e-6
    assert found.comparison(cell("PT"), cell("FT")).pooled.p > 0.01


def test_indo_european_is_grouped_by_branch():
    assert (family_group("da-DK"), family_group("fi-FI")) == ("Indo-European: Germanic", "Uralic")
