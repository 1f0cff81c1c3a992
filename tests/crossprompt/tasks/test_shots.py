"""Labels, shots and what is wrong with the data."""

from __future__ import annotations

from collections import Counter

import pytest
from datasets import Dataset

from crossprompt.corpora.utterance import UTTERANCE_FEATURES
from crossprompt.tasks.shots import TaskDataError, draw_shots, prepare_intent_data


def utterance(identifier: str, intent: str, partition: str = "train", locale: str = "en-US") -> dict[str, str]:
    text = f"say {identifier}"
    return {
        "id": identifier,
        "locale": locale,
        "partition": partition,
        "scenario": intent.split("_")[0],
        "intent": intent,
        "utt": text,
        "annot_utt": text,
    }


def corpus(*extra: dict[str, str]) -> Dataset:
    rows = [utterance(str(i), ("music_play", "alarm_set")[i % 2]) for i in range(20)]
    rows += [utterance("30", "news_query"), utterance("31", "news_query"), utterance("9x", "alarm_set", "dev")]
    rows += [utterance("0", "music_play", locale="sw-KE"), *extra]
    return Dataset.from_list(rows, features=UTTERANCE_FEATURES)


def test_labels_are_sorted_and_only_english_train_counts():
    data = prepare_intent_data(corpus(utterance("50", "weather_query", "test")))
    assert data.labels == ("alarm_set", "music_play", "news_query")
    assert (len(data.train), data.dev.ids, data.dev.labels) == (22, ("9x",), (0,))
    assert data.train.ids[:12] == tuple(str(i) for i in range(12))


def test_the_most_frequent_intent_and_the_first_of_equals():
    assert prepare_intent_data(corpus()).majority == "alarm_set"
    assert prepare_intent_data(corpus(utterance("40", "music_play"))).majority == "music_play"


def test_shots_are_balanced_and_the_short_intent_is_counted(caplog):
    shots = draw_shots(prepare_intent_data(corpus()), 5, seed=3)
    assert Counter(shots.examples.labels) == {0: 5, 1: 5, 2: 2}
    assert shots.short == {"news_query": 2}
    assert "news_query" in caplog.text
    assert len(set(shots.examples.ids)) == 12


def test_shots_are_drawn_by_seed_whatever_the_order_of_rows():
    data, shuffled = prepare_intent_data(corpus()), prepare_intent_data(corpus().shuffle(seed=1))
    assert draw_shots(data, 3, 0) == draw_shots(shuffled, 3, 0)
    assert draw_shots(data, 3, 0) != draw_shots(data, 3, 1)
    assert data.fingerprint == shuffled.fingerprint


def test_all_shots_are_all_examples():
    data = prepare_intent_data(corpus())
    assert draw_shots(data, None, 0).examples == data.train


def test_an_intent_that_train_lacks_is_named_with_its_count():
    strangers = [utterance(str(60 + i), "lists_remove", "dev") for i in range(4)]
    with pytest.raises(
        TaskDataError, match=r"en-US dev has 1 intents.*'lists_remove' in 4 utterances \(ids 60, 61, 62, \.\.\.\)"
    ):
        prepare_intent_data(corpus(*strangers))


def test_an_id_that_is_there_twice_is_refused():
    with pytest.raises(TaskDataError, match="more than once in en-US train, such as 3"):
        prepare_intent_data(corpus(utterance("3", "alarm_set")))


def test_english_train_must_be_there():
    only_swahili = corpus().filter(lambda row: row["locale"] == "sw-KE")
    with pytest.raises(TaskDataError, match="no train utterances in en-US; the table's locales are: sw-KE"):
        prepare_intent_data(only_swahili)


def test_dev_can_be_cut():
    more = [utterance(str(70 + i), "alarm_set", "dev") for i in range(5)]
    assert prepare_intent_data(corpus(*more), max_dev_utterances=2).dev.ids == ("70", "71")
