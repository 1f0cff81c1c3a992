"""Cells are measured once: prompts of several lengths in one group, tuned models, killed and gone on with."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from crossprompt.backbones.decoder import Decoder
from crossprompt.comparison import keeping
from crossprompt.comparison.results import ResultFolder
from crossprompt.prompts.reparameterized import reparameterized_table, uniform_table
from crossprompt.soft_prompts.measuring import Bench, Entry, measure
from crossprompt.soft_prompts.settings import CellSettings
from crossprompt.soft_prompts.topics import TOPICS, WHOLE
from crossprompt.trials.group import train_together
from tests.crossprompt.backbones.tiny_decoders import load_tiny_decoder, save_tiny_decoder
from tests.crossprompt.comparison.made_up import stopped_at, timeless
from tests.crossprompt.soft_prompts import invented_topics as invented

FROZEN = CellSettings(shots=3, lengths=(1, 3))
TUNED = CellSettings(shots=3, lengths=(2,), frozen=False)
NETWORK = CellSettings(shots=3, lengths=(3,), reparameterized=True)


@pytest.fixture(scope="module")
def decoder(tmp_path_factory) -> Decoder:
    return load_tiny_decoder(save_tiny_decoder(tmp_path_factory.mktemp("xglm"), "xglm"), max_tokens=32)


def bench(decoder, folder, **changes) -> Bench:
    table = invented.topics().with_format("arrow")[:]
    made = Bench(decoder, invented.data(), table, invented.SETTINGS, ResultFolder(folder / "results"), "1")
    return dataclasses.replace(made, **changes)


@pytest.fixture(scope="module")
def undisturbed(decoder, tmp_path_factory):
    return measure(bench(decoder, tmp_path_factory.mktemp("undisturbed")), FROZEN)


def test_every_length_seed_and_language_is_measured_with_both_ways_to_judge(undisturbed):
    found = {(m.cell.task, m.cell.contender, m.seed, m.answers.locale) for m in undisturbed}
    names = ("SPT-1", "SPT-3")
    expected = {(t, n, s, x) for t in (TOPICS, WHOLE) for n in names for s in (0, 1) for x in ("de", "en", "fi")}
    assert found == expected
    assert len(undisturbed) == len(expected)
    assert {len(m.answers.ids) for m in undisturbed} == {invented.SIZES["test"]}
    assert {m.learning_rate for m in undisturbed} == {5e-2}
    assert {m.updates for m in undisturbed} == {9}  # 3 epochs of 9 examples in batches of 4


def test_a_group_of_lengths_and_seeds_gets_what_each_gets_alone(decoder, tmp_path, monkeypatch):
    """The fast path, texts read once and trials together, against one training after the other on whole forwards."""
    entries = [Entry(bench(decoder, tmp_path), FROZEN, length) for length in FROZEN.lengths]
    trials = [entry.trial(seed) for entry in entries for seed in (0, 1)]
    together = train_together(trials, len(trials), progress=False)
    monkeypatch.setattr(decoder, "_reads_once", False)
    for trial, shared in zip(trials, together, strict=True):
        (alone,) = train_together([trial], 1, progress=False)
        torch.testing.assert_close(shared.table, alone.table, atol=1e-5, rtol=1e-5)
        assert shared.numbers.best_update == alone.numbers.best_update
        for one, other in zip(shared.numbers.points, alone.numbers.points, strict=True):
            assert one.train_loss == pytest.approx(other.train_loss, abs=1e-5)


def test_what_is_there_is_not_computed_again(decoder, tmp_path, monkeypatch, undisturbed):
    assert timeless(measure(bench(decoder, tmp_path), FROZEN)) == timeless(undisturbed)

    def refuse(*_args, **_kwargs):
        raise AssertionError("computed again")

    monkeypatch.setattr(keeping, "train_together", refuse)
    assert timeless(measure(bench(decoder, tmp_path), FROZEN)) == timeless(undisturbed)
    with pytest.raises(AssertionError, match="computed again"):
        measure(bench(decoder, tmp_path, code_version="2"), FROZEN)


@pytest.mark.parametrize("stop_at", [1, 7, 20])
def test_an_interrupted_cell_ends_with_the_same_results(decoder, tmp_path, monkeypatch, undisturbed, stop_at):
    """Stopped between languages: the prompts are kept, so nothing is trained again."""
    with stopped_at(stop_at):
        measure(bench(decoder, tmp_path), FROZEN)
    trained = []
    monkeypatch.setattr(keeping, "train_together", lambda trials, **_: trained.extend(trials) or ())
    assert timeless(measure(bench(decoder, tmp_path), FROZEN)) == timeless(undisturbed)
    assert trained == []


def test_a_training_that_was_stopped_keeps_the_prompts_that_had_ended(decoder, tmp_path, monkeypatch):
    real, kept = keeping.save_soft_prompt, []

    def stopping(*arguments):
        real(*arguments)
        kept.append(arguments)
        raise KeyboardInterrupt

    monkeypatch.setattr(keeping, "save_soft_prompt", stopping)
    with pytest.raises(KeyboardInterrupt):
        measure(bench(decoder, tmp_path), FROZEN)
    monkeypatch.setattr(keeping, "save_soft_prompt", real)
    trained = []
    real_training = keeping.train_together

    def counting(trials, **arguments):
        trained.extend(trials)
        return real_training(trials, **arguments)

    monkeypatch.setattr(keeping, "train_together", counting)
    measure(bench(decoder, tmp_path), FROZEN)
    assert (len(kept), len(trained)) == (1, 3)


def test_a_tuned_model_learns_and_the_next_one_starts_from_the_same_weights(decoder, tmp_path):
    before = [parameter.clone() for parameter in decoder.model.parameters()]
    found = measure(bench(decoder, tmp_path), TUNED)
    assert {m.cell.contender for m in found} == {"SPT-2-tuned"}
    assert {m.learning_rate for m in found} == {1e-2}
    assert all(torch.equal(old, new) for old, new in zip(before, decoder.model.parameters(), strict=True))
    again = measure(bench(decoder, tmp_path / "again"), TUNED)
    assert [m.answers for m in again] == [m.answers for m in found]


def test_the_network_makes_the_prompt_and_only_the_table_is_kept(decoder, tmp_path):
    found = measure(bench(decoder, tmp_path), NETWORK)
    assert {m.cell.contender for m in found} == {"SPT-3-reparameterized"}
    entry = Entry(bench(decoder, tmp_path), NETWORK, 3)
    kept = entry.kept(0).found()
    assert kept is not None
    assert kept.table.shape == (3, 16)
    assert kept.table.mean(dim=1).abs().max() < 0.5


def test_prompts_are_drawn_from_the_seed():
    first, again, other = (uniform_table(3, 16, 0.5, torch.Generator().manual_seed(seed))() for seed in (0, 0, 1))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert first.abs().max() <= 0.5
    network = reparameterized_table(3, 16, 0.5, torch.Generator().manual_seed(0))
    values = torch.relu(network.values @ network.inner.weight.T + network.inner.bias)
    values = values @ network.outer.weight.T + network.outer.bias
    expected = torch.nn.functional.layer_norm(values, (16,))
    torch.testing.assert_close(network(), expected)
    assert torch.equal(network.values, first)
    assert network.tokens == 3


def test_the_budget_is_in_epochs():
    settings = invented.SETTINGS
    training = settings.training(FROZEN, 9)
    assert (training.max_updates, training.evaluate_every, training.patience) == (9, 3, 3)
    last = settings.model_copy(update={"keep": "last"}).training(FROZEN, 9)
    assert (last.max_updates, last.evaluate_every) == (9, 9)
    assert settings.training(FROZEN, 2).max_updates == 3
