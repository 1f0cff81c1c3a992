"""Slot filling as a task: its rows, its score against seqeval's, and what is left out."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pytest
import torch
from datasets import Dataset
from seqeval.metrics import f1_score

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.utterance import UTTERANCE_FEATURES
from crossprompt.tasks.heads import Head, TokenHead
from crossprompt.tasks.settings import SlotSettings
from crossprompt.tasks.shots import TaskDataError, draw_shots, prepare_intent_data
from crossprompt.tasks.slot_data import prepare_slot_data
from crossprompt.tasks.slots import SlotTask
from crossprompt.tasks.spans import is_visible
from crossprompt.tasks.task import IGNORED
from tests.crossprompt.sample_task import mini, sample_utterances
from tests.crossprompt.tasks.slot_cases import CASES

SPLIT = SlotSettings(character_split=("ja-JP", "zh-CN", "th-TH", "my-MM"))
BLANKS, SUBWORDS = (SlotSettings(unspaced_words=words) for words in ("blanks", "subwords"))


def utterance(identifier, annotated, partition="train", locale="en-US", text=None):
    text = CASES["en, no slot"].utterance if text is None else text
    row = {"id": identifier, "locale": locale, "partition": partition, "scenario": "alarm", "intent": "alarm_set"}
    return {**row, "utt": text, "annot_utt": annotated}


def table_of(rows):
    return Dataset.from_list(rows, features=UTTERANCE_FEATURES)


def hand_made():
    """English train that knows all slots of the cases, English dev, and each case as a test utterance."""
    rows = []
    for number, case in enumerate(CASES.values()):
        test = utterance(f"{number}", case.annotated, "test", case.locale, case.utterance)
        rows += [test] + [
            {**test, "id": f"{partition}{number}", "partition": partition}
            for partition in ("train", "dev")
            if case.locale == "en-US"
        ]
    return table_of(rows)


@lru_cache(maxsize=8)
def capped(max_tokens):
    return load_backbone(BackboneSettings(dtype="float32", max_tokens=max_tokens))


def hand_made_task(settings, max_tokens=None):
    backbone = mini() if max_tokens is None else capped(max_tokens)
    return SlotTask(prepare_slot_data(hand_made()), backbone, settings)


def all_tests(task, utterances):
    table = utterances.with_format("arrow")[:]
    return task.tests(table, sorted(set(table["locale"].to_pylist())), None)


class Given(Head):
    """Takes hidden states for logits."""

    def forward(self, hidden, generator=None):
        return hidden


class Told:
    """In place of a backbone: the logits of chosen tags, by the tokens of a text; what is not chosen says ``wrong``."""

    def __init__(self, task, tags, wrong="B-time"):
        self.task, self.tags, self.wrong = task, tags, wrong
        self.seen = []

    def __call__(self, input_ids, attention_mask):
        hidden = torch.zeros(*input_ids.shape, len(self.task.labels))
        hidden[..., self.task.labels.index(self.wrong)] = 1.0
        for row, (ids, mask) in enumerate(zip(input_ids.tolist(), attention_mask.tolist(), strict=True)):
            sequence = tuple(ids[: sum(mask)])
            self.seen.append(sequence)
            for token, tag in self.tags.get(sequence, {}).items():
                hidden[row, token, self.task.labels.index(tag)] = 2.0
        return hidden


def character_tags(text, spans):
    """The tags of the visible characters of ``text``, written without the code under test."""
    tags = dict.fromkeys((i for i, c in enumerate(text) if is_visible(c)), "O")
    for slot, start, end in spans:
        inside = [i for i in tags if start <= i < end]
        for position in inside:
            tags[position] = ("B-" if position == inside[0] else "I-") + slot
    return list(tags.values())


def words_as_characters(text, reading, word_tags):
    """Tags of characters where each read word's first character has its tag and the others go on with it."""
    tags = dict.fromkeys((i for i, c in enumerate(text) if is_visible(c)), "O")
    for (start, end), tag in zip(reading.extents, word_tags, strict=True):
        inside = [i for i in tags if start <= i < end]
        for position in inside:
            tags[position] = tag if position == inside[0] or tag == "O" else "I-" + tag[2:]
    return list(tags.values())


@pytest.mark.parametrize(
    "settings", [SlotSettings(), SUBWORDS, BLANKS, SPLIT], ids=["auto", "subwords", "blanks", "split"]
)
@pytest.mark.parametrize("max_tokens", [None, 9], ids=["whole", "cut"])
@pytest.mark.parametrize("seed", range(2))
def test_f1_equals_seqeval_on_hand_made_utterances(settings, max_tokens, seed):
    """In each locale and over all, whatever tags are answered: half of the words at random, the others right."""
    task = hand_made_task(settings, max_tokens)
    generator = np.random.default_rng(seed)
    tests = all_tests(task, hand_made())
    cases = {case.utterance: case for case in CASES.values()}
    told, true, predicted = {}, {}, {}
    for test in tests:
        for reading in test.content.readings:
            spans = [(s.slot, s.start, s.exclusive_end) for s in cases[reading.text].spans]
            right = dict(zip(visible(reading.text), character_tags(reading.text, spans), strict=True))
            chosen = told.setdefault(reading.sequence, {})
            for token, (start, _) in zip(reading.tokens, reading.extents, strict=True):
                guess = right[start] if generator.random() < 0.5 else str(generator.choice(task.labels))
                chosen.setdefault(token, guess)
            tags = [chosen[token] for token in reading.tokens]
            true.setdefault(test.locale, []).append(character_tags(reading.text, spans))
            predicted.setdefault(test.locale, []).append(words_as_characters(reading.text, reading, tags))
    answers = task.answer(Told(task, told), Given(), tests)
    for own in answers:
        expected = 100 * f1_score(true[own.locale], predicted[own.locale], zero_division=0)
        assert own.score == pytest.approx(expected)
    both = [sum(sum(getattr(own, name)) for own in answers) for name in ("numerators", "denominators")]
    everything = [[own for tags in by_locale.values() for own in tags] for by_locale in (true, predicted)]
    assert 100 * both[0] / both[1] == pytest.approx(100 * f1_score(*everything))


def visible(text):
    return [i for i, character in enumerate(text) if is_visible(character)]


def right_answers(task, tests):
    """What the tests' own spans say each word's tag is."""
    told = {}
    for test in tests:
        for reading, spans in zip(test.content.readings, test.content.true, strict=True):
            tags = {}
            for token, (start, end) in zip(reading.tokens, reading.extents, strict=True):
                span = next((s for s in spans if s.start < end and start < s.exclusive_end), None)
                tags[token] = "O" if span is None else ("B-" if start <= span.start else "I-") + span.slot
            told[reading.sequence] = tags
    return told


def test_right_tags_give_all_spans_back_in_split_text_and_the_marked_utterance():
    task = hand_made_task(SPLIT)
    tests = all_tests(task, hand_made())
    answers = task.answer(Told(task, right_answers(task, tests)), Given(), tests)
    assert {own.locale: own.score for own in answers} == dict.fromkeys(sorted({c.locale for c in CASES.values()}), 100)
    marked = {own.locale: own.answers for own in answers}
    assert marked["ja-JP"] == ("[date : 明日]の[timeofday : 夜][time : 七時]に起こして",)
    assert marked["en-US"][0] == "wake me at [time : nine am] on [date : friday]"


def test_a_span_beyond_the_cut_counts_as_missed():
    task = hand_made_task(SlotSettings(), max_tokens=8)
    tests = [test for test in all_tests(task, hand_made()) if test.locale == "en-US"]
    (own,) = task.answer(Told(task, right_answers(task, tests)), Given(), tests)
    first = CASES["en"]
    assert first.spans[1].start > tests[0].content.readings[0].extents[-1][1]
    assert (own.numerators[0], own.denominators[0]) == (2, 3)
    assert own.answers[0] == "wake me at [time : nine am] on friday"


def test_each_text_is_computed_once_over_all_locales():
    rows = [*hand_made(), utterance("7", "turn it off please", "test", "de-DE"), utterance("8", "x", "test", text="x")]
    rows += [utterance(str(i), "turn it off please", "test", "fr-FR") for i in range(4)]
    task = hand_made_task(SlotSettings())
    told = Told(task, {})
    answers = task.answer(told, Given(), all_tests(task, table_of(rows)))
    assert len(told.seen) == len(set(told.seen)) == len(CASES) + 1
    assert {own.locale: len(own.answers) for own in answers}["fr-FR"] == 4


def test_rows_have_a_tag_at_the_first_subword_of_each_word_and_nothing_elsewhere():
    task = hand_made_task(SlotSettings())
    rows = task.rows([0, 1], np.random.default_rng(0))
    (reading,) = task.tests(hand_made().with_format("arrow")[:], ["en-US"], 1)[0].content.readings
    sequence, targets = rows.sequences[0], rows.targets[0]
    assert rows.ids == ("train0", "train1")
    assert (sequence, len(targets)) == (reading.sequence, len(sequence))
    assert [task.labels[targets[token]] for token in reading.tokens] == [
        *("O", "O", "O", "B-time", "I-time", "O", "B-date")
    ]
    assert sum(target != IGNORED for target in targets) == 7


def test_the_same_seed_draws_the_utterances_that_it_draws_for_intents():
    utterances = sample_utterances()
    task = SlotTask(prepare_slot_data(utterances), mini(), SlotSettings())
    intents = prepare_intent_data(utterances)
    for shots, seed in ((2, 0), (3, 7), (None, 0)):
        ids = task.rows(task.draw(shots, seed), np.random.default_rng(0)).ids
        assert ids == draw_shots(intents, shots, seed).examples.ids


def test_what_cannot_be_aligned_is_counted_logged_and_left_out(caplog):
    rows = [*hand_made(), utterance("train9", "[date : someone else's text]")]
    rows += [utterance("91", "turn [x", "test"), utterance("92", "turn it [other : off] please", "test")]
    task = SlotTask(prepare_slot_data(table_of(rows)), mini(), SlotSettings())
    assert "en-US train: the slots of 1 of 4 utterances can't be aligned" in caplog.text
    assert task.data.train.unaligned == ("train9",)
    drawn = task.rows(task.draw(None, 0), np.random.default_rng(0)).ids
    assert drawn == ("train0", "train1", "train2")
    (test,) = task.tests(table_of(rows).with_format("arrow")[:], ["en-US"], None)
    assert (test.ids, test.content.unaligned) == (("0", "1", "2", "92"), ("91",))
    assert "such as id 91: the slot markup of 'turn [x' is broken" in caplog.text
    assert "en-US test: 1 slots that en-US train lacks count as missed: {'other': 1}" in caplog.text
    told = right_answers(task, [test])
    told[test.content.readings[3].sequence] = dict.fromkeys(test.content.readings[3].tokens, "O")
    (own,) = task.answer(Told(task, told), Given(), [test])
    assert (own.numerators[3], own.denominators[3]) == (0, 1)


def test_english_train_without_slots_is_refused():
    rows = [utterance("1", "turn it off please"), utterance("2", "turn it off please", "dev")]
    with pytest.raises(TaskDataError, match="no utterance of en-US train marks a slot"):
        prepare_slot_data(table_of(rows))


def test_the_fingerprint_follows_data_and_settings():
    def fingerprint(rows, settings):
        return SlotTask(prepare_slot_data(table_of(rows)), mini(), settings).fingerprint

    rows = list(hand_made())
    same = fingerprint(rows, SlotSettings())
    assert fingerprint(list(reversed(rows)), SlotSettings()) == same
    assert len({same, fingerprint(rows, SPLIT), fingerprint(rows, BLANKS)}) == 3
    changed = [{**row, "annot_utt": row["annot_utt"].replace("[time", "[timeofday")} for row in rows]
    assert fingerprint(changed, SlotSettings()) != same


def test_the_head_is_dropout_and_linear_on_every_token():
    head = TokenHead.fresh(8, 3, 0.5, torch.Generator().manual_seed(0))
    hidden = torch.randn(2, 4, 8)
    expected = hidden @ head.output.weight.T + head.output.bias
    assert torch.allclose(head(hidden), expected, atol=1e-6)
    assert not torch.allclose(head(hidden, torch.Generator().manual_seed(1)), expected)
    assert torch.allclose(TokenHead.from_state(head.state_dict())(hidden), expected, atol=1e-6)
    assert head(hidden.bfloat16()).dtype == torch.float32


def learned_head(task, updates=40):
    """A head trained on the sample's shots, the backbone frozen and without a prompt."""
    head = task.fresh_head(0.0, torch.Generator().manual_seed(0))
    optimizer = torch.optim.Adam(head.parameters(), lr=0.02)
    rows = task.rows(task.draw(2, 0), np.random.default_rng(0))
    tokens = task.backbone.tokenizer.pad(rows.sequences)
    with torch.no_grad():
        hidden = task.backbone.encode(tokens.input_ids, tokens.attention_mask)
    targets = torch.full(tokens.input_ids.shape, IGNORED)
    for row, own in enumerate(rows.targets):
        targets[row, : len(own)] = torch.tensor(own)
    losses = []
    for _ in range(updates):
        loss = task.loss(head(hidden), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return head, losses


def test_a_head_learns_the_sample_and_its_dev_score_is_that_of_its_answers():
    utterances = sample_utterances()
    task = SlotTask(prepare_slot_data(utterances), mini(), SlotSettings())
    untrained = task.dev_score(task.backbone.encode, task.fresh_head(0.0, torch.Generator().manual_seed(0)))
    head, losses = learned_head(task)
    score = task.dev_score(task.backbone.encode, head)
    assert losses[-1] < losses[0] / 2
    assert score > untrained
    dev_as_test = utterances.filter(lambda row: row["locale"] == "en-US" and row["partition"] == "dev").map(
        lambda row: {"partition": "test"}
    )
    tests = task.tests(dev_as_test.with_format("arrow")[:], ["en-US"], None)
    assert task.answer(task.backbone.encode, head, tests)[0].score == pytest.approx(score)


def test_batches_of_all_locales_answer_as_one_text_at_a_time():
    task = SlotTask(prepare_slot_data(sample_utterances()), mini(), SlotSettings())
    head, _ = learned_head(task, updates=10)
    table = sample_utterances().with_format("arrow")[:]
    tests = task.tests(table, ["de-DE", "en-US", "sw-KE"], 12)
    together = task.answer(task.backbone.encode, head, tests)

    def one_by_one(input_ids, attention_mask):
        rows = [
            task.backbone.encode(ids[None, : int(mask.sum())], mask[None, : int(mask.sum())])
            for ids, mask in zip(input_ids, attention_mask, strict=True)
        ]
        padded = torch.zeros(*input_ids.shape, task.backbone.width)
        for row, hidden in enumerate(rows):
            padded[row, : hidden.shape[1]] = hidden[0]
        return padded

    assert task.answer(one_by_one, head, tests) == together
