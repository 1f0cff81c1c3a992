"""The fast path against the plain one, and data that must be refused."""

from __future__ import annotations

import dataclasses

import pytest
import torch
from datasets import Dataset

from crossprompt.backbones.records import BackboneIdentity
from crossprompt.evaluation.predictions import EvaluationError, predict_locales
from crossprompt.evaluation.scores import score_predictions
from crossprompt.evaluation.settings import EvaluationSettings
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import IntentHead
from crossprompt.tasks.records import Method
from crossprompt.tasks.shots import TaskDataError
from tests.crossprompt.sample_task import mini, sample_task, sample_utterances
from tests.crossprompt.tasks.histories import history

SETTINGS = EvaluationSettings(max_utterances=15, tokens_per_batch=128, resamples=100)


def classifier(method: Method, seed: int) -> TunedClassifier:
    """Untrained, which predicts well enough to be compared."""
    generator = torch.Generator().manual_seed(seed + 10 * (method is Method.FRESH))
    prompt = torch.randn(mini().prompt_shape(4).sizes, generator=generator)
    labels = sample_task().data.labels
    head = IntentHead.fresh(mini().width, len(labels), 0.0, generator).state_dict()
    return TunedClassifier(prompt, head, labels, history(method, seed), mini().identity)


CLASSIFIERS = [classifier(method, seed) for method in Method for seed in (0, 1)]


@pytest.fixture(scope="module")
def predictions() -> Dataset:
    return predict_locales(sample_utterances(), CLASSIFIERS, mini(), SETTINGS)


def test_every_classifier_answers_every_utterance_once(predictions):
    assert len(predictions) == 4 * 3 * 15
    assert predictions.features["locale"].names == ["de-DE", "en-US", "sw-KE"]
    rows = predictions.to_list()
    assert len({(r["method"], r["seed"], r["locale"], r["id"]) for r in rows}) == len(rows)
    assert len(score_predictions(predictions, "play_music", SETTINGS).locales) == 3


def test_the_fast_path_equals_one_by_one(predictions):
    texts = {(row["locale"], row["id"]): row for row in sample_utterances() if row["partition"] == "test"}
    features = predictions.features
    by_key = {
        (features["method"].int2str(c_.history.method == Method.FRESH), c_.history.seed): c_ for c_ in CLASSIFIERS
    }
    for row in predictions.shuffle(seed=0).select(range(40)):
        own = by_key[(features["method"].int2str(row["method"]), row["seed"])]
        utterance = texts[(features["locale"].int2str(row["locale"]), row["id"])]
        tokens = mini().tokenizer.batch([utterance["utt"]], multiple_of=1)
        with torch.inference_mode():
            hidden = mini().encode(tokens.input_ids, tokens.attention_mask, own.prompt)
            chances = IntentHead.from_state(own.head)(hidden).softmax(-1)[0]
        assert features["predicted"].int2str(row["predicted"]) == own.labels[int(chances.argmax())]
        assert row["score"] == pytest.approx(float(chances.max()), abs=1e-5)
        assert features["gold"].int2str(row["gold"]) == utterance["intent"]


def test_equal_texts_get_equal_answers_under_their_own_ids():
    rows = [row for row in sample_utterances() if row["partition"] == "test" and row["locale"] == "en-US"][:2]
    rows[1]["utt"] = rows[0]["utt"]
    table = Dataset.from_list(rows, features=sample_utterances().features)
    first, second = predict_locales(table, CLASSIFIERS[:1], mini(), SETTINGS)
    assert first["id"] != second["id"]
    assert (first["predicted"], first["score"]) == (second["predicted"], second["score"])


def test_a_locale_without_test_utterances_is_named():
    with pytest.raises(TaskDataError, match="no test utterances in xx-XX; there are some in de-DE, en-US, sw-KE"):
        predict_locales(sample_utterances(), CLASSIFIERS, mini(), EvaluationSettings(locales=("en-US", "xx-XX")))


def test_english_must_be_evaluated():
    with pytest.raises(EvaluationError, match="en-US is not evaluated"):
        predict_locales(sample_utterances(), CLASSIFIERS, mini(), EvaluationSettings(locales=("sw-KE",)))


def test_an_unseen_label_is_named_with_its_locale():
    rows = sample_utterances().to_list()
    victim = next(row for row in rows if row["partition"] == "test" and row["locale"] == "sw-KE")
    victim["intent"] = "lists_remove"
    table = Dataset.from_list(rows, features=sample_utterances().features)
    with pytest.raises(TaskDataError, match=r"sw-KE test has 1 intents.*'lists_remove' in 1 utterances"):
        predict_locales(table, CLASSIFIERS, mini(), EvaluationSettings())


def test_a_double_id_is_refused():
    rows = sample_utterances().to_list()
    table = Dataset.from_list([*rows, rows[-1]], features=sample_utterances().features)
    with pytest.raises(TaskDataError, match="more than once in sw-KE test"):
        predict_locales(table, CLASSIFIERS, mini(), EvaluationSettings())


def test_another_backbone_is_refused():
    other = BackboneIdentity(name="other", revision=None, fingerprint="1" * 64)
    strangers = [dataclasses.replace(c, backbone=other) for c in CLASSIFIERS]
    with pytest.raises(EvaluationError, match="trained on backbone 'other'"):
        predict_locales(sample_utterances(), strangers, mini(), SETTINGS)
