"""The intent task: its rows, its head, its answers."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from crossprompt.tasks.batches import inference_batches, training_positions
from crossprompt.tasks.heads import IntentHead
from crossprompt.tasks.shots import TaskDataError
from tests.crossprompt.sample_task import mini, sample_task, sample_utterances

GENERATOR = np.random.default_rng(0)


def without_prompt(input_ids, attention_mask):
    return mini().encode(input_ids, attention_mask)


def table():
    return sample_utterances().with_format("arrow")[:]


def test_a_row_is_an_example_with_its_intent():
    task = sample_task()
    rows = task.rows([3, 0], GENERATOR)
    assert rows.ids == tuple(task.data.train.ids[place] for place in (3, 0))
    assert rows.targets == tuple((task.data.train.labels[place],) for place in (3, 0))
    assert list(rows.sequences[1]) == mini().tokenizer.encode([task.data.train.texts[0]])[0]


def test_the_draw_is_by_intent_and_seed():
    task = sample_task()
    drawn = task.draw(2, seed=0)
    assert [task.data.train.labels[place] for place in drawn].count(0) == 2
    assert drawn != task.draw(2, seed=1)
    assert task.draw(None, seed=0) == tuple(range(len(task.data.train)))


def test_answers_are_those_of_the_utterances_one_by_one():
    task = sample_task()
    head = task.fresh_head(0.0, torch.Generator().manual_seed(0))
    tests = task.tests(table(), ("de-DE", "sw-KE"), 9)
    german, swahili = task.answer(without_prompt, head, tests)
    assert (german.locale, swahili.locale, len(german.ids), german.denominators) == ("de-DE", "sw-KE", 9, (1,) * 9)
    texts = tests[1].content.texts
    for text, answer, right, gold in zip(
        texts, swahili.answers, swahili.numerators, tests[1].content.gold, strict=True
    ):
        tokens = mini().tokenizer.batch([text])
        own = head(mini().encode(tokens.input_ids, tokens.attention_mask)).argmax().item()
        assert (answer, right) == (task.labels[own], int(own == gold))
    assert german.score == pytest.approx(100 * sum(german.numerators) / 9)


def test_the_dev_score_is_a_share_in_percent():
    task = sample_task()
    head = task.fresh_head(0.0, torch.Generator().manual_seed(0))
    with torch.no_grad():
        for parameter in head.parameters():
            parameter.zero_()
        head.output.bias[task.data.dev.labels[0]] = 1.0
    expected = 100 * task.data.dev.labels.count(task.data.dev.labels[0]) / len(task.data.dev)
    assert task.dev_score(without_prompt, head) == pytest.approx(expected)


def test_a_locale_without_test_utterances_is_refused():
    with pytest.raises(TaskDataError, match="no test utterances in xx-XX"):
        sample_task().tests(table(), ("xx-XX",), None)


def test_the_head_is_dropout_dense_tanh_dropout_linear():
    head = IntentHead.fresh(8, 3, 0.5, torch.Generator().manual_seed(0))
    hidden = torch.randn(4, 5, 8)
    start = hidden[:, 0]
    expected = torch.tanh(start @ head.dense.weight.T + head.dense.bias) @ head.output.weight.T + head.output.bias
    assert torch.allclose(head(hidden), expected)
    assert not torch.allclose(head(hidden, torch.Generator().manual_seed(1)), expected)
    assert torch.allclose(IntentHead.from_state(head.state_dict())(hidden), expected)


def test_batches_go_through_all_examples_before_they_repeat():
    batches = training_positions(10, 4, seed=0)
    drawn = [position for _ in range(5) for position in next(batches)]
    assert sorted(drawn[:10]) == sorted(drawn[10:]) == list(range(10))
    assert len(next(training_positions(3, 32, seed=0))) == 3


def test_inference_batches_hold_each_sequence_once_within_the_token_budget():
    sequences = [[0] + [7] * (n % 13) + [2] for n in range(100)]
    batches = list(inference_batches(sequences, mini().tokenizer, tokens_per_batch=64, multiple_of=4))
    assert sorted(p for batch in batches for p in batch.positions) == list(range(100))
    assert all(batch.tokens.input_ids.numel() <= 64 for batch in batches)
