"""Scores against numbers counted by hand, and predictions that must be refused."""

from __future__ import annotations

import numpy as np
import pytest
from datasets import Dataset, concatenate_datasets

from crossprompt.evaluation.predictions import EvaluationError, prediction_features
from crossprompt.evaluation.records import EvaluationResult
from crossprompt.evaluation.scores import score_predictions
from crossprompt.evaluation.settings import EvaluationSettings
from crossprompt.tasks.records import Method

LABELS = ("alarm_set", "play_music", "weather_query")
SETTINGS = EvaluationSettings(resamples=500)
GOLD = {"1": 0, "2": 1, "3": 1, "4": 2}
RIGHT = {
    ("aligned", 0, "en-US"): "1234",
    ("aligned", 1, "en-US"): "123",
    ("fresh", 0, "en-US"): "12",
    ("fresh", 1, "en-US"): "13",
    ("aligned", 0, "sw-KE"): "12",
    ("aligned", 1, "sw-KE"): "14",
    ("fresh", 0, "sw-KE"): "1",
    ("fresh", 1, "sw-KE"): "",
}


def table(right=RIGHT) -> Dataset:
    rows = [
        {
            "method": method,
            "seed": seed,
            "locale": locale,
            "id": key,
            "gold": LABELS[gold],
            "predicted": LABELS[gold if key in own else (gold + 1) % 3],
            "score": 0.5,
        }
        for (method, seed, locale), own in right.items()
        for key, gold in GOLD.items()
    ]
    return Dataset.from_list(rows, features=prediction_features(["en-US", "sw-KE"], LABELS))


def score(predictions: Dataset):
    return score_predictions(predictions, "play_music", SETTINGS)


def test_accuracies_gaps_and_majority():
    result = score(table())
    english, swahili = result.locales
    aligned, fresh = swahili.methods
    assert (english.locale, swahili.locale, swahili.utterances) == ("en-US", "sw-KE", 4)
    assert english.methods[0].by_seed == (100.0, 75.0)
    assert (aligned.method, aligned.mean, aligned.std) == (Method.ALIGNED, 50.0, 0.0)
    assert (fresh.mean, fresh.std) == (12.5, pytest.approx(12.5 * np.sqrt(2)))
    assert aligned.gap_to_english == 37.5
    assert (swahili.majority, result.average_majority) == (50.0, 50.0)
    assert swahili.comparison.difference == 37.5
    assert aligned.low <= aligned.mean <= aligned.high
    assert result.seeds == (0, 1)


def test_averages_over_locales():
    aligned, fresh = score(table()).average
    assert aligned.by_seed == (75.0, 62.5)
    assert (aligned.mean, fresh.mean) == (68.75, 31.25)
    assert (aligned.gap_to_english, fresh.gap_to_english) == (37.5, 37.5)


def test_paired_tests_by_hand():
    result = score(table())
    # differences per id over locales and seeds, aligned minus fresh: 1: 0 + 1, 2: 1 + 1, 3: 1 + 0, 4: 1 + 1
    assert result.pooled.difference == pytest.approx(100 * 6 / 16)
    assert result.pooled.p == pytest.approx(2 / 16)
    # 6 pairs where only the aligned prompt is right, none where only the fresh one is
    assert result.pooled_mcnemar.p == pytest.approx(2 / 64)
    assert result.over_seeds is not None
    assert result.over_seeds.difference == pytest.approx(37.5)
    p_values = [locale.comparison.p for locale in result.locales]
    assert [locale.comparison.p_corrected for locale in result.locales] == [min(1.0, 2 * min(p_values))] * 2


def test_rows_are_joined_by_id_and_not_by_their_order():
    assert score(table().shuffle(seed=5)) == score(table())


def test_the_same_settings_give_the_same_result_and_json_gives_it_back():
    result = score(table())
    assert type(result).model_validate_json(result.model_dump_json()) == result


def test_unequal_numbers_of_utterances_weigh_locales_equally():
    small = table().filter(lambda row: not (row["locale"] == 1 and row["id"] in "34"))
    aligned, _ = score(small).average
    assert aligned.mean == pytest.approx((87.5 + 75.0) / 2)


def test_one_seed_has_no_deviation_and_no_test_over_seeds():
    result = score(table({key: own for key, own in RIGHT.items() if key[1] == 0}))
    assert result.over_seeds is None
    assert result.locales[0].methods[0].std is None
    assert EvaluationResult.model_validate_json(result.model_dump_json()) == result


def test_a_missing_prediction_of_one_method_is_refused():
    some = table().filter(
        lambda row: not (row["method"] == 1 and row["locale"] == 1 and row["seed"] == 1 and row["id"] == "3")
    )
    with pytest.raises(
        EvaluationError, match=r"sw-KE: the prediction of method fresh, seed 1, for utterance '3' is missing"
    ):
        score(some)


def test_a_double_prediction_is_refused():
    with pytest.raises(EvaluationError, match="is there more than once"):
        score(concatenate_datasets([table(), table().select([0])]))


def test_contradicting_gold_intents_are_refused():
    rows = table().to_list()
    rows[0]["gold"] = 2
    with pytest.raises(EvaluationError, match="'1' has different gold intents"):
        score(Dataset.from_list(rows, features=table().features))


def test_one_method_alone_is_refused():
    with pytest.raises(EvaluationError, match="no predictions of fresh"):
        score(table().filter(lambda row: row["method"] == 0))


def test_different_seeds_are_refused():
    with pytest.raises(EvaluationError, match="different seeds"):
        score(table().filter(lambda row: not (row["method"] == 0 and row["seed"] == 1)))


def test_without_english_there_is_nothing_to_compare_with():
    with pytest.raises(EvaluationError, match="en-US"):
        score(table().filter(lambda row: row["locale"] == 1))


def test_an_unknown_majority_intent_is_refused():
    with pytest.raises(EvaluationError, match="no_such_intent"):
        score_predictions(table(), "no_such_intent", SETTINGS)
