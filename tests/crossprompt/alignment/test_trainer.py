import json
import math
from dataclasses import replace

import pytest
import torch

from crossprompt.training.checkpoint import MARKER, CheckpointError
from crossprompt.training.guard import NonFiniteError
from tests.crossprompt.alignment.run_alignment import SETTINGS, align
from tests.crossprompt.backbones.tiny import save_tiny

STEPS = 8


@pytest.fixture(scope="module")
def backbone_folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"))


def test_training_moves_the_prompt_and_reports_every_step(backbone_folder, tmp_path):
    prompt, curve = align(backbone_folder, tmp_path)
    assert [point.step for point in curve.points] == list(range(1, STEPS + 1))
    assert prompt.header.steps == STEPS
    assert prompt.header.languages == ("de-DE", "sw-KE")
    assert tuple(prompt.values.shape) == prompt.header.shape.sizes
    assert all(math.isclose(p.loss, p.mlm_loss + p.contrastive_loss, rel_tol=1e-5) for p in curve.points)
    assert curve.points[0].learning_rate == SETTINGS.learning_rate
    assert (curve.dtype, curve.pairs, curve.monolingual) == ("float32", 8, 2)


def test_a_finished_run_is_read_and_not_repeated(backbone_folder, tmp_path, monkeypatch):
    first, curve = align(backbone_folder, tmp_path)
    monkeypatch.setattr("crossprompt.alignment.trainer._update", lambda *_: pytest.fail("trained again"))
    again, same = align(backbone_folder, tmp_path)
    assert torch.equal(first.values, again.values)
    assert first.header == again.header
    assert curve.points == same.points


def test_a_folder_of_another_run_is_refused(backbone_folder, tmp_path):
    align(backbone_folder, tmp_path)
    with pytest.raises(CheckpointError, match="another run"):
        align(backbone_folder, tmp_path, SETTINGS.model_copy(update={"seed": 5}))


@pytest.mark.parametrize("other", [{"code_version": "edited"}, {"dtype": "bfloat16"}])
def test_a_finished_run_of_other_code_or_in_another_precision_is_not_taken(backbone_folder, tmp_path, other):
    align(backbone_folder, tmp_path)
    with pytest.raises(CheckpointError, match="another run"):
        align(backbone_folder, tmp_path, **other)


def test_an_altered_checkpoint_is_noticed_and_the_run_begins_anew(backbone_folder, tmp_path, caplog):
    first, _ = align(backbone_folder, tmp_path)
    file = tmp_path / json.loads((tmp_path / MARKER).read_text())["file"]
    data = bytearray(file.read_bytes())
    data[-1] ^= 1
    file.write_bytes(data)
    again, _ = align(backbone_folder, tmp_path)
    assert "altered" in caplog.text
    assert torch.equal(first.values, again.values)


def test_a_nan_stops_with_the_ids_and_keeps_the_last_good_state(backbone_folder, tmp_path, monkeypatch):
    from crossprompt.alignment import trainer

    add_gradients = trainer.add_gradients

    def poisoned(*arguments):
        losses = add_gradients(*arguments)
        return replace(losses, total=losses.total * (float("nan") if arguments[4] == 4 else 1))

    monkeypatch.setattr(trainer, "add_gradients", poisoned)
    with pytest.raises(NonFiniteError, match="step 4") as caught:
        align(backbone_folder, tmp_path)
    assert any(name.startswith("train/1_0000") for name in caught.value.ids)
    assert json.loads((tmp_path / MARKER).read_text())["step"] == 4
    monkeypatch.setattr(trainer, "add_gradients", add_gradients)
    mended, _ = align(backbone_folder, tmp_path)
    undisturbed, _ = align(backbone_folder, tmp_path / "other")
    assert torch.equal(mended.values, undisturbed.values)


def test_a_resumed_run_keeps_the_precision_it_began_with(backbone_folder, tmp_path, monkeypatch):
    from crossprompt.alignment import trainer
    from crossprompt.training import device

    monkeypatch.setattr(device, "cpu_has_bfloat16", lambda: True)
    monkeypatch.setattr(device, "bfloat16_speedup", lambda: 2.0)
    save = trainer.CheckpointStore.save

    def interrupted(self, step, *arguments, **keywords):
        save(self, step, *arguments, **keywords)
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer.CheckpointStore, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        align(backbone_folder, tmp_path, dtype="auto")
    monkeypatch.setattr(trainer.CheckpointStore, "save", save)
    monkeypatch.setattr(device, "bfloat16_speedup", lambda: 1.0)
    prompt, curve = align(backbone_folder, tmp_path, dtype="auto")
    assert (prompt.header.dtype, curve.dtype) == ("bfloat16", "bfloat16")


@pytest.mark.parametrize("share", [0.0, 0.5])
def test_the_backbones_dropout_follows_the_seed(tmp_path, share):
    folder = save_tiny(tmp_path / "backbone", hidden_dropout_prob=0.3)
    settings = SETTINGS.model_copy(update={"epochs": 1, "monolingual_share": share})
    first, _ = align(folder, tmp_path / "a", settings, dropout=True)
    second, _ = align(folder, tmp_path / "b", settings, dropout=True)
    without, _ = align(folder, tmp_path / "c", settings, dropout=False)
    assert torch.equal(first.values, second.values)
    assert not torch.equal(first.values, without.values)


def test_masked_lm_only_never_computes_the_contrast(backbone_folder, tmp_path, monkeypatch):
    from crossprompt.alignment import gradients

    monkeypatch.setattr(gradients, "contrastive_term", lambda *_: pytest.fail("the contrast was computed"))
    settings = SETTINGS.model_copy(update={"contrastive_weight": 0.0})
    _, curve = align(backbone_folder, tmp_path, settings)
    assert all((p.contrastive_loss, p.accuracy) == (None, None) and p.loss == p.mlm_loss for p in curve.points)
    _, again = align(backbone_folder, tmp_path, settings)
    assert again.points == curve.points


def test_contrast_only_never_computes_the_masked_lm_head(backbone_folder, tmp_path, monkeypatch):
    from crossprompt.alignment import gradients

    monkeypatch.setattr(gradients, "masked_lm_term", lambda *_: pytest.fail("masked LM was computed"))
    _, curve = align(backbone_folder, tmp_path, SETTINGS.model_copy(update={"mlm_weight": 0.0}))
    assert all(p.mlm_loss is None and p.loss == p.contrastive_loss for p in curve.points)


@pytest.mark.parametrize("dropout", [False, True])
def test_a_run_in_pieces_that_is_broken_off_goes_on_bit_for_bit(tmp_path, monkeypatch, dropout):
    from crossprompt.alignment import trainer

    folder = save_tiny(tmp_path / "backbone", hidden_dropout_prob=0.3)
    settings = SETTINGS.model_copy(update={"batch_size": 70, "micro_batch_size": 32, "max_steps": 4, "epochs": 50})
    undisturbed, curve = align(folder, tmp_path / "a", settings, dropout=dropout)
    update = trainer._update

    def killed(run, *arguments):
        return pytest.exit("killed") if run.step == 3 else update(run, *arguments)

    monkeypatch.setattr(trainer, "_update", killed)
    with pytest.raises(pytest.exit.Exception):
        align(folder, tmp_path / "b", settings, dropout=dropout)
    monkeypatch.setattr(trainer, "_update", update)
    resumed, same = align(folder, tmp_path / "b", settings, dropout=dropout)
    assert torch.equal(undisturbed.values, resumed.values)
    assert curve.points == same.points
