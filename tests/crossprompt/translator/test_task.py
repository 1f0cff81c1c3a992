"""XNLI as a cloze question: which prompt a row carries, what is learned from, what is answered."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
import torch

from crossprompt.cloze.template import TemplateError
from crossprompt.translator.forms import ClozeForm
from crossprompt.translator.lines import Line, line_rows
from crossprompt.translator.measuring import Entry
from crossprompt.translator.objective import label_loss, symmetric_divergence
from crossprompt.translator.task import NO_LABEL
from crossprompt.trials.soft import softly_prompted
from tests.crossprompt.translator.study import bench, pairs, settings

ENGLISH, GERMAN = Line("en", "A b.", "C d."), Line("de", "A b.", "C d.")


def entry(tiny, folder, name, shots=1):
    return Entry(bench(tiny, folder, settings(name)), name, shots)


def soft_ids(tiny, row):
    return [token - tiny.vocabulary_size for token in row if token >= tiny.vocabulary_size]


def generator(seed=0):
    return np.random.default_rng(seed)


@pytest.mark.parametrize(
    ("name", "learned_english", "answered_english", "german"),
    [
        ("MPT", [0, 1], [0, 1], [2, 3]),
        ("MPT-target", [0, 1], [2, 3], [2, 3]),
        ("MPT-shared", [0, 1], [0, 1], [0, 1]),
        ("SP", [0, 1], [0, 1], [0, 1]),
        ("MPT-own", [0, 1], [0, 1], [2, 3]),
        ("MPT-length-3", [0, 1, 2], [0, 1, 2], [3, 4, 5]),
        ("PCT", [], [], []),
    ],
)
def test_each_language_is_read_with_its_prompt(tiny, tmp_path, name, learned_english, answered_english, german):
    form = entry(tiny, tmp_path, name).form
    learned, _ = form.write([ENGLISH, GERMAN], learning=True)
    answered, other = form.write([ENGLISH, GERMAN])
    found = [soft_ids(tiny, row) for row in (learned, answered, other)]
    assert found == [learned_english, answered_english, german]


def test_templates_are_in_the_language_of_the_text(tiny, tmp_path):
    form = entry(tiny, tmp_path, "PCT").form
    assert isinstance(form, ClozeForm)
    english, german = form.write([ENGLISH, GERMAN])
    (claim,), (other,) = tiny.tokenizer.pieces(["Claim"]), tiny.tokenizer.pieces(["Behauptung"])
    assert set(claim) <= set(english)
    assert set(other) <= set(german)
    assert form.write_in([ENGLISH], ["de"]) == [german]
    with pytest.raises(TemplateError, match="no template in words for 'fi'"):
        form.write([Line("fi", "A.", "B.")])


def test_parallel_pairs_come_behind_the_examples_english_first(tiny, tmp_path):
    task = entry(tiny, tmp_path, "MPT").task(1)
    rows = task.rows([0, 1, 2], generator())
    assert [target != NO_LABEL for target in rows.targets] == [True] * 3 + [False] * 6
    assert [soft_ids(tiny, row) for row in rows.sequences[3:]] == [[0, 1]] * 3 + [[2, 3]] * 3
    assert rows.ids[3:6] == rows.ids[6:]
    assert len(set(rows.ids[3:6])) == 3
    assert rows.ids != task.rows([0, 1, 2], generator(7)).ids


def test_pairs_per_update_are_as_many_as_there_are_at_most(tiny, tmp_path):
    made = entry(tiny, tmp_path, "MPT")
    task = made.task(1)
    task._objective = dataclasses.replace(task._objective, pairs_per_update=99)
    assert len(task.rows([0], generator()).sequences) == 1 + 2 * 4


def test_examples_come_again_in_another_languages_template(tiny, tmp_path):
    task = entry(tiny, tmp_path, "PCT").task(1)
    rows = task.rows([0, 1, 2], generator())
    assert rows.ids[:3] == rows.ids[3:]
    assert rows.targets[:3] == rows.targets[3:]
    assert all(one != other for one, other in zip(rows.sequences[:3], rows.sequences[3:], strict=True))


def test_without_a_divergence_no_pairs_are_read(tiny, tmp_path):
    rows = entry(tiny, tmp_path, "MPT-alpha-1").task(1).rows([0, 1, 2], generator())
    assert len(rows.sequences) == 3


def test_the_loss_is_equation_8(tiny, tmp_path):
    made = entry(tiny, tmp_path, "MPT")
    task = made.task(1)
    rows = task.rows([0, 1, 2], generator())
    table = torch.randn(4, tiny.width, generator=torch.Generator().manual_seed(0))
    hidden = torch.cat([encoded(task, table, row) for row in rows.sequences])
    logits = torch.stack([tiny.vocabulary_logits(state)[0] for state in hidden])
    targets = torch.tensor([target[0] for target in rows.targets[:3]])
    words = torch.tensor(made.bench.words.ids)
    by_hand = 0.5 * label_loss(logits[:3], words, targets, "vocabulary")
    by_hand = by_hand + 0.5 * symmetric_divergence(logits[3:6], logits[6:])
    found = task.training_loss(task.fresh_head(0.0, torch.Generator()), hidden, rows, None)
    torch.testing.assert_close(found, by_hand)


def encoded(task, table, row):
    batch = task.backbone.tokenizer.pad([row], 1)
    return softly_prompted(task, table)(batch.input_ids, batch.attention_mask)


def test_the_answer_is_the_most_probable_label_word_whatever_other_words_are(tiny, tmp_path):
    made = entry(tiny, tmp_path, "MPT")
    task, words = made.task(1), made.bench.words.ids
    logits = torch.zeros(2, tiny.vocabulary_size)
    logits[:, 77] = 9
    logits[0, words[2]], logits[1, words[0]] = 1, 1
    assert task.choose(logits).tolist() == [[2], [0]]


def test_tests_are_those_of_every_language_and_right_answers_count(tiny, tmp_path):
    task = entry(tiny, tmp_path, "SP").task(1)
    tests = task.tests(line_rows(pairs()), ["de", "en", "es"], None)
    table = torch.randn(2, tiny.width, generator=torch.Generator().manual_seed(3))
    answers = task.answer(softly_prompted(task, table), task.fresh_head(0.0, torch.Generator()), tests)
    gold = ["entailment", "contradiction", "neutral"] * 2
    for own in answers:
        assert own.numerators == tuple(int(a == g) for a, g in zip(own.answers, gold, strict=True))
        assert own.denominators == (1,) * 6


def test_fine_tuning_reads_both_sentences_as_a_pair(tiny, tmp_path):
    task = entry(tiny, tmp_path, "FT").task(1)
    (row,) = task.sequences([ENGLISH.text])
    pieces = [tiny.tokenizer.pieces([text])[0] for text in (ENGLISH.first, ENGLISH.second)]
    assert row == tiny.tokenizer.wrap_pair(*pieces)
    long = Line("en", "word " * 200, "short")
    assert len(task.sequences([long.text])[0]) == tiny.max_tokens
    with pytest.raises(TypeError, match="with a head of its own"):
        task.head_of(tiny.model)
