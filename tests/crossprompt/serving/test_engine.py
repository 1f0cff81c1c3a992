"""The engine against the tasks' own answers, alone against in company, and offsets in odd texts."""

from __future__ import annotations

import random

import pytest
import torch

from crossprompt.evaluation.predictions import predict_locales
from crossprompt.evaluation.settings import EvaluationSettings
from crossprompt.serving.engine import Engine, ServedTask
from crossprompt.serving.errors import ModelMismatchError
from crossprompt.serving.file_formats import marked_text
from crossprompt.serving.query import Query
from crossprompt.tasks.settings import SlotSettings
from crossprompt.tasks.spans import is_visible
from tests.crossprompt.sample_task import mini, sample_task, sample_utterances
from tests.crossprompt.serving.small_bundle import LOCALES, TESTED, answers_of, classifiers, slot_task
from tests.crossprompt.serving.texts import ODD, odd_text
from tests.crossprompt.tasks.test_slots import capped


@pytest.fixture(scope="module")
def engine():
    tasks = {ServedTask(name): classifiers(name) for name in ("intent", "slots")}
    return Engine(mini(), tasks, SlotSettings(character_split=("zh-CN",)))


def test_intents_are_those_of_the_evaluation(engine):
    settings = EvaluationSettings(locales=LOCALES, max_utterances=TESTED)
    rows = predict_locales(sample_utterances(), classifiers("intent"), mini(), settings).to_list()
    texts = {(row["locale"], row["id"]): row["utt"] for row in sample_utterances() if row["partition"] == "test"}
    labels = sample_task().labels
    locales = sorted(LOCALES)
    aligned = [row for row in rows if row["method"] == 0]
    found = engine.answer([Query(texts[locales[row["locale"]], row["id"]], compare=True) for row in aligned])
    for row, own in zip(aligned, found, strict=True):
        assert own.intents[0].intent == labels[row["predicted"]]
        assert own.intents[0].score == pytest.approx(row["score"], abs=1e-4)
    fresh = [row for row in rows if row["method"] == 1]
    assert [own.fresh.intents[0].intent for own in found] == [labels[row["predicted"]] for row in fresh]


def test_slots_are_those_of_the_task(engine):
    aligned, fresh = classifiers("slots")
    tests = slot_task().tests(sample_utterances().with_format("arrow")[:], LOCALES, TESTED)
    slots = 0
    for place, test in enumerate(tests):
        found = engine.answer([Query(r.text, test.locale, compare=True) for r in test.content.readings])
        assert tuple(map(marked_text, found)) == answers_of("slots", aligned)[place].answers
        assert tuple(marked_text(own.model_copy(update={"slots": own.fresh.slots})) for own in found) == (
            answers_of("slots", fresh)[place].answers
        )
        slots += sum(len(own.slots) for own in found)
    assert slots


def test_a_text_gets_the_same_answer_alone_and_in_company(engine):
    draw = random.Random(5)
    queries = [Query(odd_text(draw), compare=draw.random() < 0.5) for _ in range(8)]
    queries += [Query(text, draw.choice([None, "zh-CN", "ar-SA"])) for text in ODD.values()]
    for query, together in zip(queries, engine.answer(queries), strict=True):
        (alone,) = engine.answer([query])
        assert [own.intent for own in alone.intents][:1] == [own.intent for own in together.intents][:1]
        assert [(s.slot, s.start, s.end) for s in alone.slots] == [(s.slot, s.start, s.end) for s in together.slots]
        assert alone.intents[0].score == pytest.approx(together.intents[0].score, abs=1e-4)
        assert (alone.fresh is None) == (not query.compare)


@pytest.mark.parametrize("name", ODD)
def test_slots_are_spans_of_the_text_as_it_was_sent(engine, name):
    text = ODD[name]
    for locale in (None, "zh-CN"):
        (found,) = engine.answer([Query(text, locale)])
        assert found.text == text
        done = 0
        for slot in found.slots:
            assert done <= slot.start < slot.end <= len(text)
            assert slot.text == text[slot.start : slot.end]
            assert is_visible(text[slot.start])
            assert is_visible(text[slot.end - 1])
            assert 0 <= slot.score <= 1
            done = slot.end


def test_the_locale_decides_how_words_are_told_apart(engine):
    text = "明天早上七点叫我"
    (split,), (plain,) = engine.answer([Query(text, "zh-CN")]), engine.answer([Query(text, "ja-JP")])
    best, other = split.intents[0], plain.intents[0]
    assert (best.intent, best.score) == (other.intent, pytest.approx(other.score, abs=1e-4)), "of the text as it is"
    assert (split.slots, split.locale) != (plain.slots, plain.locale)


def test_intents_come_in_order_as_many_as_asked_for(engine):
    (found,) = engine.answer([Query("wake me up", top=20)])
    scores = [own.score for own in found.intents]
    assert scores == sorted(scores, reverse=True)
    assert len(scores) == 20
    (few,) = engine.answer([Query("wake me up", top=2)])
    assert few.intents == found.intents[:2]


def test_a_text_beyond_the_longest_sequence_is_said_to_be_cut():
    backbone = capped(8)
    engine = Engine(backbone, {ServedTask.SLOTS: classifiers("slots")[:1]}, SlotSettings())
    pieces = [len(own) for own in backbone.tokenizer.pieces(["seven " * n for n in range(1, 12)])]
    found = engine.answer([Query("seven " * n) for n in range(1, 12)])
    assert [own.truncated for own in found] == [count > 6 for count in pieces]
    assert {own.truncated for own in found} == {True, False}
    assert found[0].intents is None
    split = Engine(backbone, {ServedTask.SLOTS: classifiers("slots")[:1]}, SlotSettings(character_split=("zh-CN",)))
    short, long = split.answer([Query("明天", "zh-CN"), Query("明天早上七点叫我起床", "zh-CN")])
    assert (short.truncated, long.truncated) == (False, True)


def test_prompts_of_two_lengths_serve_side_by_side(engine):
    (intent, _), (slots, _) = classifiers("intent"), classifiers("slots")
    layers, two, heads, _, width = intent.prompt.shape
    nothing = torch.zeros(layers, two, heads, 1, width)
    longer = torch.cat([intent.prompt, nothing], dim=3)
    mixed = Engine(
        mini(),
        {
            ServedTask.INTENT: [type(intent)(longer, intent.head, intent.labels, intent.history, intent.backbone)],
            ServedTask.SLOTS: [slots],
        },
        SlotSettings(),
    )
    queries = [Query("wake me at seven"), Query("play something else")]
    assert [own.slots for own in mixed.answer(queries)] == [own.slots for own in engine.answer(queries)]
    assert all(own.intents for own in mixed.answer(queries))


def test_what_does_not_belong_together_is_refused():
    aligned, fresh = classifiers("intent")
    stranger = type(aligned)(
        aligned.prompt,
        aligned.head,
        aligned.labels,
        aligned.history,
        aligned.backbone.model_copy(update={"fingerprint": "0" * 64}),
    )
    with pytest.raises(ModelMismatchError, match="trained on backbone"):
        Engine(mini(), {ServedTask.INTENT: [stranger]}, SlotSettings())
    with pytest.raises(ModelMismatchError, match="one aligned classifier"):
        Engine(mini(), {ServedTask.INTENT: [fresh]}, SlotSettings())
    with pytest.raises(ModelMismatchError, match="nothing to serve"):
        Engine(mini(), {}, SlotSettings())
