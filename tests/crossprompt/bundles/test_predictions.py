"""Predictions of any task in one table, and back."""

from __future__ import annotations

import pyarrow as pa
from datasets import Dataset

from crossprompt.bundles.predictions import (
    answer_rows,
    classifier_keys,
    fingerprint_predictions,
    intent_rows,
    load_predictions,
    save_predictions,
    scored_answers,
)
from crossprompt.evaluation.predictions import METHODS, prediction_features
from crossprompt.tasks.records import Method
from crossprompt.tasks.task import ScoredAnswers
from tests.crossprompt.bundles.made_up import hits, make_rows

SLOTS = ScoredAnswers(
    locale="sw-KE", ids=("7", "3"), answers=("[a : x]", "none"), numerators=(2, 0), denominators=(3, 1)
)


def test_intent_predictions_are_right_where_the_labels_agree():
    labels = ("off", "on")
    rows = {
        "method": [METHODS.index("aligned")] * 3,
        "seed": [4] * 3,
        "locale": [1, 0, 1],
        "id": ["b", "a", "a"],
        "gold": [0, 1, 1],
        "predicted": [0, 1, 0],
        "score": [0.5, 0.25, 1.0],
    }
    table = intent_rows(Dataset.from_dict(rows, features=prediction_features(["de-DE", "en-US"], labels)))
    assert table.select(["locale", "id", "gold", "predicted", "numerator", "denominator"]).to_pylist() == [
        {"locale": "de-DE", "id": "a", "gold": "on", "predicted": "on", "numerator": 1, "denominator": 1},
        {"locale": "en-US", "id": "a", "gold": "on", "predicted": "off", "numerator": 0, "denominator": 1},
        {"locale": "en-US", "id": "b", "gold": "off", "predicted": "off", "numerator": 1, "denominator": 1},
    ]
    assert classifier_keys(table) == {("aligned", 4)}
    assert [round(answers.score) for answers in scored_answers(table, Method.ALIGNED)] == [100, 50]
    assert scored_answers(table, Method.FRESH) == []


def test_answers_of_any_score_come_back_from_a_file(tmp_path):
    rows = answer_rows([SLOTS], Method.ALIGNED, seed=2)
    save_predictions(rows, tmp_path / "slots.parquet")
    (back,) = scored_answers(load_predictions(tmp_path / "slots.parquet"), Method.ALIGNED)
    assert back.ids == ("3", "7")
    assert (back.answers, back.numerators, back.denominators) == (("none", "[a : x]"), (0, 2), (1, 3))
    assert back.score == SLOTS.score


def test_the_fingerprint_counts_answers_and_not_their_order_or_probability():
    rows = make_rows({"en-US": hits(0.5)})
    surer = rows.set_column(6, rows.schema.field("score"), pa.array([0.9] * rows.num_rows, pa.float32()))
    assert fingerprint_predictions(surer.slice(3).take([0])) == fingerprint_predictions(rows.slice(3).take([0]))
    turned = pa.concat_tables([rows.slice(20), rows.slice(0, 20)])
    assert fingerprint_predictions(turned) == fingerprint_predictions(rows)
    assert fingerprint_predictions(make_rows({"en-US": hits(0.5, 1)})) != fingerprint_predictions(rows)
