"""Pairs of texts and hypotheses: how intents read, and which hypothesis wins."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from crossprompt.corpora.records import ServiceIntent
from crossprompt.tasks import entailment
from crossprompt.tasks.entailment import PairReader, Question, describe_intents, spoken_name, word_intents
from crossprompt.tasks.heads import IntentHead
from crossprompt.tasks.shots import TaskDataError
from tests.crossprompt.sample_task import mini
from tests.crossprompt.tasks.oracle import Oracle, token_ids_as_hidden

HYPOTHESES = ("wake me up", "play a song", "book a table")


def reader(**options) -> PairReader:
    return PairReader(HYPOTHESES, mini(), **options)


def encode(input_ids, attention_mask):
    return mini().encode(input_ids, attention_mask)


@pytest.mark.parametrize(
    ("intent", "words"),
    [
        ("alarm_set", "alarm set"),
        ("iot_hue_lightoff", "iot hue lightoff"),
        ("FindHomeByArea", "find home by area"),
        ("BuyTVSet", "buy tv set"),
        ("pay", "pay"),
    ],
)
def test_names_are_said_in_words(intent, words):
    assert spoken_name(intent) == words


def test_intents_are_put_as_names_or_as_descriptions():
    descriptions = {"alarm_set": " Set an alarm ", "alarm_stop": "Stop an alarm"}
    intents = ("alarm_set", "alarm_stop")
    assert word_intents(intents, "name", {}) == ("alarm set", "alarm stop")
    assert word_intents(intents, "description", descriptions) == ("Set an alarm", "Stop an alarm")


def test_intents_without_a_description_or_told_apart_by_nothing_are_refused():
    with pytest.raises(TaskDataError, match=r"2 intents have no description, such as b, c; set .* 'name'"):
        word_intents(("a", "b", "c"), "description", {"a": "A", "b": " "})
    with pytest.raises(TaskDataError, match="FindBus and find_bus both read 'find bus'"):
        word_intents(("FindBus", "find_bus"), "name", {})


def test_descriptions_are_taken_where_all_services_agree():
    def found(service, intent, text):
        return ServiceIntent(service=service, intent=intent, description=text)

    intents = [found("A", "Pay", "Send money"), found("B", "Pay", "Send money"), found("A", "Go", "x")]
    assert describe_intents([*intents, found("B", "Go", "y")]) == {"Pay": "Send money"}


def test_the_highest_log_odds_win_and_the_first_of_equals():
    head = Oracle(mini().tokenizer, {("one", HYPOTHESES[0]): 0.5, ("one", HYPOTHESES[2]): 2.0})
    questions = [Question("one", (0, 1, 2)), Question("two", (1, 2)), Question("one", (0, 1))]
    verdicts = reader().answer(token_ids_as_hidden, head, questions)
    assert verdicts.winners.tolist() == [2, 1, 0]
    assert verdicts.log_odds.tolist() == [2.0, -5.0, 0.5]


def test_certain_hypotheses_are_still_told_apart():
    head = Oracle(mini().tokenizer, {("one", HYPOTHESES[0]): 30.0, ("one", HYPOTHESES[1]): 31.0})
    assert reader().answer(token_ids_as_hidden, head, [Question("one", (0, 1))]).winners.tolist() == [1]


def test_a_question_asked_twice_is_computed_once():
    head = Oracle(mini().tokenizer, {})
    reader().answer(token_ids_as_hidden, head, [Question(text, (0, 1)) for text in ("x", "y", "x", "x")])
    assert sorted(head.asked) == sorted(head.pair(text, h) for text in ("x", "y") for h in HYPOTHESES[:2])


def test_many_short_batches_give_what_one_pair_at_a_time_gives(monkeypatch):
    monkeypatch.setattr(entailment, "PAIRS_AT_ONCE", 5)
    head = IntentHead.fresh(mini().width, 2, 0.0, torch.Generator().manual_seed(0)).eval()
    texts = ["wake me at six", "hello", "明日の天気は", "a table for two at the small place near the river, please"]
    verdicts = reader().answer(encode, head, [Question(text, (0, 1, 2)) for text in texts])
    for text, winner, log_odds in zip(texts, verdicts.winners, verdicts.log_odds, strict=True):
        pairs = torch.tensor([], dtype=torch.float32)
        for hypothesis in HYPOTHESES:
            ids = torch.tensor([mini().tokenizer._tokenizer(text, hypothesis)["input_ids"]])
            with torch.inference_mode():
                logits = head(encode(ids, torch.ones_like(ids)))[0]
            pairs = torch.cat([pairs, (logits[0] - logits[1])[None]])
        assert winner == int(pairs.argmax())
        np.testing.assert_allclose(log_odds, float(pairs.max()), atol=2e-4)


def test_a_long_text_is_cut_and_its_hypothesis_is_not():
    text = "first " + "word " * 500 + "last"
    tokenizer = mini().tokenizer
    words, hypothesis = tokenizer.pieces([text, HYPOTHESES[0]])
    for keep_end, kept in ((False, words), (True, words[::-1])):
        (pair,) = reader(keep_end=keep_end).pairs([text], [0])
        assert len(pair) == tokenizer.max_tokens
        assert pair[-len(hypothesis) - 1 : -1] == hypothesis
        inside = pair[1 : -len(hypothesis) - 3]
        assert (inside[::-1] if keep_end else inside) == kept[: len(inside)]


def test_a_hypothesis_longer_than_the_backbone_reads_is_refused_at_once():
    with pytest.raises(ValueError, match="leaves no room for a first one"):
        PairReader(["word " * 600], mini())
