"""Macro-F1, pairs and distances against numbers made by hand or by other libraries."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from crossprompt.comparison.records import Cell
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.settings import SettingsError
from crossprompt.soft_prompts.macro_f1 import macro_f1
from crossprompt.soft_prompts.settings import CellSettings, MeasuringSettings, contender_name
from crossprompt.soft_prompts.topics import ELSEWHERE, TOPICS
from crossprompt.soft_prompts.transfer import gold_topics, topic_scores, transfer_facts, transfer_pairs, trend
from tests.crossprompt.comparison.made_up import drawn, measurement
from tests.crossprompt.soft_prompts import invented_topics as invented

SETTINGS = StatisticsSettings(resamples=200, permutations=999)
LOCALES = ("en", "de", "nl", "fr", "hi", "fi", "sw", "zh", "tr", "eu")


def cell(contender, shots=8):
    return Cell(contender=contender, task=TOPICS, shots=shots)


def test_macro_f1_is_scikit_learn_s():
    generator = np.random.default_rng(0)
    labels = ["a", "b", "c", "never"]
    gold, answers = (list(generator.choice(labels[:3], 200)) for _ in range(2))
    expected = 100 * f1_score(gold, answers, labels=labels, average="macro", zero_division=0)
    assert macro_f1(gold, answers, labels) == pytest.approx(expected)
    assert macro_f1(["a", "b"], ["a", "b"], ["a", "b"]) == 100.0
    with pytest.raises(ValueError, match="no labels"):
        macro_f1([], [], [])


def test_scores_are_of_topics_whatever_word_came_first():
    gold = gold_topics(invented.topics().with_format("arrow")[:])
    assert len(gold) == 3 * invented.SIZES["test"]
    ids = [name for locale, name in gold if locale == "de"]
    answers = [gold["de", name] + (ELSEWHERE if place % 2 else "") for place, name in enumerate(ids)]
    made = measurement(cell("SPT-1"), 0, "de", [1] * len(ids), ids=ids)
    made = made.model_copy(update={"answers": made.answers.model_copy(update={"answers": tuple(answers)})})
    (score,) = topic_scores([made], gold)
    assert (score.locale, score.macro_f1, score.mean) == ("de", (100.0,), 100.0)


def test_what_is_compared_with_what():
    cells = [cell(name) for name in ("SPT-1", "SPT-8", "SPT-32", "SPT-8-tuned", "SPT-8-reparameterized")]
    cells += [cell("SPT-8", 2), cell("SPT-8", None)]
    found = [(a.contender, a.shots, b.contender, b.shots) for a, b in transfer_pairs(cells)]
    assert found == [
        ("SPT-8", 8, "SPT-8-tuned", 8),
        ("SPT-8-reparameterized", 8, "SPT-8", 8),
        ("SPT-1", 8, "SPT-8", 8),
        ("SPT-8", 8, "SPT-32", 8),
        ("SPT-1", 8, "SPT-32", 8),
        ("SPT-8", 8, "SPT-8", 2),
        ("SPT-8", None, "SPT-8", 8),
        ("SPT-8", None, "SPT-8", 2),
    ]


def test_a_trend_is_spearman_s_with_a_permutation_p():
    values, distances = [5.0, 4.0, 4.5, 2.0, 1.0, 0.5], [1, 1, 2, 2, 3, 3]
    found = trend(values, distances, SETTINGS)
    assert found.rho == pytest.approx(stats.spearmanr(values, distances).statistic)
    assert found.languages == 6
    assert 0.001 < found.p < 0.06
    flat = trend([1.0, 1.0, 1.0], [1, 2, 3], SETTINGS)
    assert (flat.rho, flat.p) == (0.0, 1.0)
    generator = np.random.default_rng(1)
    chance = [trend(list(generator.normal(size=12)), [1, 2, 3] * 4, SETTINGS).p for _ in range(40)]
    assert 0.3 < float(np.mean(chance)) < 0.7


def test_freezing_that_helps_distant_languages_shows():
    near, far = {"en", "de", "nl", "fr", "hi"}, {"fi", "sw", "zh", "tr", "eu"}
    frozen = dict.fromkeys(LOCALES, 0.6)
    tuned = {**dict.fromkeys(near, 0.6), **dict.fromkeys(far, 0.3)}
    made = [*drawn(cell("SPT-8"), (0, 1), frozen, 200), *drawn(cell("SPT-8-tuned"), (0, 1), tuned, 200)]
    measured = compute_statistics(made, SETTINGS, transfer_pairs({one.cell for one in made}))
    facts = transfer_facts(measured, (), "en", SETTINGS)
    gain = facts.distance(cell("SPT-8"), cell("SPT-8-tuned"))
    assert gain is not None
    assert gain.languages_by_kinship == {
        "same language": 1,
        "same branch": 2,
        "same family": 2,
        "other family": 5,
    }
    assert gain.by_kinship["other family"] > 20 > abs(gain.by_kinship["same branch"])
    assert gain.trend.languages == 9
    assert gain.trend.rho > 0.5
    assert gain.trend.p < 0.05
    alone = facts.distance(cell("SPT-8-tuned"))
    assert alone is not None
    assert alone.trend.rho < -0.5
    assert facts.average_f1(cell("SPT-8")) is None


def test_names_say_what_a_prompt_is():
    assert contender_name(4) == "SPT-4"
    assert contender_name(4, frozen=False, reparameterized=True) == "SPT-4-reparameterized-tuned"
    assert CellSettings(shots=None, frozen=False).name == "all_tuned"
    assert CellSettings(reparameterized=True).name == "8_frozen_reparameterized"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"languages": ["de"]}, r"languages must hold 'en'"),
        ({"epochs": 0}, r"measuring\.epochs: .*greater than or equal to 1"),
        ({"keep": "first"}, r"measuring\.keep: .*'best' or 'last'"),
    ],
)
def test_a_wrong_setting_is_named(values, message):
    with pytest.raises(SettingsError, match=message):
        MeasuringSettings.parse(values, "measuring")
