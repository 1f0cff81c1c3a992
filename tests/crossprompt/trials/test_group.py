"""Trials in a group get what they have alone, and end by themselves."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from crossprompt.backbones.encoder import load_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.settings import PromptSettings
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.records import Method
from crossprompt.tasks.settings import TaskSettings
from crossprompt.trials import rows as rows_module
from crossprompt.trials.group import GroupError, train_group
from crossprompt.trials.memory import bytes_per_trial, kept_bytes, trials_that_fit
from crossprompt.trials.rows import encode_rows
from crossprompt.trials.training import PromptTraining, TrialSpec
from tests.crossprompt.sample_task import QUICK, mini, sample_task

TWENTY = TaskSettings(
    shots=2,
    prompt=PromptSettings(length=4),
    batch_size=8,
    max_updates=20,
    evaluate_every=2,
    patience=4,
    max_dev_utterances=10,
    seeds=(0, 1),
)


def aligned():
    return torch.randn(mini().prompt_shape(4).sizes, generator=torch.Generator().manual_seed(9))


def specs():
    """Several rates, seeds and both methods; the wildest rate ends early, so the group loses trials on its way."""
    return [
        TrialSpec(Method.FRESH, 1e-2, 0),
        TrialSpec(Method.FRESH, 1e-3, 0),
        TrialSpec(Method.ALIGNED, 5e-3, 0, aligned()),
        TrialSpec(Method.ALIGNED, 1e-2, 1, aligned()),
        TrialSpec(Method.FRESH, 2e-2, 1),
    ]


def alone(spec, settings=TWENTY):
    (tuned,) = train_group(sample_task(), [spec], settings, at_most=1)
    return tuned


def nearly_equal(left, right):
    """Within 1e-5 but for one element in a thousand: Adam divides an element's gradient by its own size, so where that
    is next to nothing, rounding decides the step."""
    return (left - right).abs().gt(1e-5).float().mean() < 1e-3 and torch.allclose(left, right, atol=1e-3)


@pytest.fixture(scope="module")
def both_ways():
    together = train_group(sample_task(), specs(), TWENTY, at_most=5)
    return list(zip(together, map(alone, specs()), strict=True))


def test_each_trial_gets_what_it_has_alone(both_ways):
    for shared, own in both_ways:
        assert shared.key == own.key
        assert [p.update for p in shared.history.points] == [p.update for p in own.history.points]
        for mine, theirs in zip(shared.history.points, own.history.points, strict=True):
            assert mine.train_loss == pytest.approx(theirs.train_loss, abs=1e-5)
            assert mine.dev_accuracy == theirs.dev_accuracy
        assert (shared.history.best_update, shared.history.updates) == (own.history.best_update, own.history.updates)
        assert nearly_equal(shared.prompt, own.prompt)
        assert all(nearly_equal(shared.head[name], own.head[name]) for name in own.head)


def test_some_trial_stops_early_and_others_go_on(both_ways):
    stopped = {shared.history.stopped_early for shared, _ in both_ways}
    assert stopped == {True, False}


def test_a_later_trial_takes_the_place_of_one_that_ended(both_ways):
    order = []
    results = train_group(sample_task(), specs(), TWENTY, at_most=2, on_done=lambda place, _: order.append(place))
    assert sorted(order) == list(range(5))
    for refilled, (_, own) in zip(results, both_ways, strict=True):
        assert nearly_equal(refilled.prompt, own.prompt)


def test_a_trial_without_numbers_ends_and_the_others_are_untouched(both_ways):
    broken = TrialSpec(Method.ALIGNED, 1e-2, 0, torch.full(mini().prompt_shape(4).sizes, float("nan")))
    first, *others = train_group(sample_task(), [broken, *specs()], TWENTY, at_most=6)
    assert first.history.diverged_at == 1
    for survivor, (_, own) in zip(others, both_ways, strict=True):
        assert survivor.history.diverged_at is None
        assert nearly_equal(survivor.prompt, own.prompt)


def test_rows_come_back_in_their_order_whatever_the_chunks(monkeypatch):
    task = sample_task()
    trainings = [PromptTraining(task, spec, TWENTY) for spec in specs()[:3]]
    rows = [training.next_rows() for training in trainings]
    prompts = torch.stack([training.deep.values.detach() for training in trainings])

    def encode(tokens, owners):
        return mini().encode(tokens.input_ids, tokens.attention_mask, prompts, owners=torch.tensor(owners))

    whole = encode_rows(task, rows, encode)
    monkeypatch.setattr(rows_module, "CPU_CHUNK_TOKENS", 40)
    for cut, uncut, own, prompt in zip(encode_rows(task, rows, encode), whole, rows, prompts, strict=True):
        tokens = mini().tokenizer.pad(own.sequences)
        plain = mini().encode(tokens.input_ids, tokens.attention_mask, prompt)[:, :1]
        assert torch.allclose(cut, plain, atol=1e-5)
        assert torch.allclose(uncut, plain, atol=1e-5)


def test_prompts_of_several_lengths_are_refused():
    longer = TrialSpec(Method.ALIGNED, 1e-2, 0, torch.zeros(mini().prompt_shape(5).sizes))
    with pytest.raises(GroupError, match=r"prompts of \[4, 5\] positions"):
        train_group(sample_task(), [specs()[0], longer], TWENTY, at_most=2)


def test_a_backbone_with_its_own_dropout_trains_one_at_a_time():
    backbone = load_backbone(BackboneSettings(dtype="float32", dropout=True))
    for module in backbone.model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.2
    task = IntentTask(sample_task().data, backbone)
    assert trials_that_fit(task, specs(), QUICK) == 1
    with pytest.raises(GroupError, match="its random stream can't be split"):
        train_group(task, specs(), QUICK, at_most=2)
    first, second = (train_group(task, specs()[:1], QUICK)[0] for _ in range(2))
    assert torch.equal(first.prompt, second.prompt)
    assert not torch.equal(first.prompt, alone(specs()[0], QUICK).prompt)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize(("rows", "tokens", "length"), [(8, 16, 16), (16, 32, 4), (4, 8, 64)])
def test_the_estimate_covers_what_a_forward_keeps(dtype, rows, tokens, length):
    backbone = load_backbone(BackboneSettings(dtype=dtype))
    estimate, kept = kept_bytes(backbone, rows, tokens, length), measured_bytes(backbone, rows, tokens, length)
    assert kept <= estimate <= 1.5 * kept


def measured_bytes(backbone, rows, tokens, length):
    weights = {parameter.untyped_storage().data_ptr() for parameter in backbone.model.parameters()}
    storages = {}

    def remember(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            storages[storage.data_ptr()] = storage.nbytes()
        return tensor

    prompt = torch.randn(rows, *backbone.prompt_shape(length).sizes, requires_grad=True)
    ids = torch.full((rows, tokens), 100)
    with torch.autograd.graph.saved_tensors_hooks(remember, lambda tensor: tensor):
        kept = backbone.encode(ids, torch.ones_like(ids), prompt)
    del kept
    return sum(storages.values())


def test_a_group_is_as_large_as_memory_allows(monkeypatch):
    task, spec = sample_task(), specs()[0]
    each = bytes_per_trial(task, spec, QUICK)
    assert bytes_per_trial(task, spec, QUICK.model_copy(update={"batch_size": 16})) > each
    monkeypatch.setattr("crossprompt.trials.memory.free_memory", lambda device: 7 * each)
    assert trials_that_fit(task, [spec] * 10, QUICK) == 3
    monkeypatch.setattr("crossprompt.trials.memory.free_memory", lambda device: each // 2)
    assert trials_that_fit(task, [spec] * 10, QUICK) == 1
    assert trials_that_fit(task, [], QUICK) == 1


def test_a_look_can_end_everything():
    def refuse(place, update, score):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_group(sample_task(), specs()[:2], QUICK, on_look=refuse)


def test_specs_have_names():
    assert dataclasses.replace(specs()[0], seed=3).name == "fresh, rate 0.01, seed 3"
