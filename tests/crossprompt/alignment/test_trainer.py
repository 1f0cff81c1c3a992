import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from crossprompt.storage.faults import FAULT, WRITE_LOG
from crossprompt.training.checkpoint import MARKER, CheckpointError
from crossprompt.training.guard import NonFiniteError
from tests.crossprompt.alignment.run_alignment import SETTINGS, align
from tests.crossprompt.backbones.tiny import save_tiny

ROOT = Path(__file__).resolve().parents[3]
STEPS = 8
QUICK = [(1, "before"), (2, "before"), (2, "after"), (3, "after"), (6, "after")]
WRITES = 7


@pytest.fixture(scope="module")
def backbone_folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="module")
def undisturbed(backbone_folder, tmp_path_factory):
    folder = tmp_path_factory.mktemp("undisturbed")
    log = folder / "writes.txt"
    assert start(backbone_folder, folder, {WRITE_LOG: str(log)}) == 0
    return folder, log.read_text().splitlines()


def start(backbone_folder, folder, environment):
    command = [sys.executable, "-m", "tests.crossprompt.alignment.run_alignment", backbone_folder, folder / "run"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(
        [*map(str, command), folder / "prompt.safetensors", folder / "curve.jsonl"], env=environment, cwd=ROOT
    ).returncode


def test_the_write_points_are_enumerated(undisturbed):
    names = undisturbed[1]
    assert names == [
        *(
            "step-00000003.safetensors",
            MARKER,
            "step-00000006.safetensors",
            MARKER,
            "step-00000008.safetensors",
            MARKER,
        ),
        "prompt.safetensors",
    ]
    assert len(names) == WRITES


def kill_and_resume(backbone_folder, undisturbed, folder, write, moment):
    assert start(backbone_folder, folder, {FAULT: f"{write}:{moment}"}) == -signal.SIGKILL
    assert start(backbone_folder, folder, {}) == 0
    for name in ("prompt.safetensors", "curve.jsonl"):
        assert (folder / name).read_bytes() == (undisturbed[0] / name).read_bytes()
    assert not list((folder / "run").glob("*.part"))


@pytest.mark.parametrize(("write", "moment"), QUICK)
def test_a_kill_at_a_write_leads_to_the_same_bytes(backbone_folder, undisturbed, tmp_path, write, moment):
    kill_and_resume(backbone_folder, undisturbed, tmp_path, write, moment)


@pytest.mark.soak
@pytest.mark.parametrize("write", range(1, WRITES + 1))
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_at_every_write_leads_to_the_same_bytes(backbone_folder, undisturbed, tmp_path, write, moment):
    kill_and_resume(backbone_folder, undisturbed, tmp_path, write, moment)


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

    losses = trainer._losses

    def poisoned(run, batch):
        masked_lm, contrastive, accuracy = losses(run, batch)
        return masked_lm * (float("nan") if run.step == 4 else 1), contrastive, accuracy

    monkeypatch.setattr(trainer, "_losses", poisoned)
    with pytest.raises(NonFiniteError, match="step 4") as caught:
        align(backbone_folder, tmp_path)
    assert any(name.startswith("train/1_0000") for name in caught.value.ids)
    assert json.loads((tmp_path / MARKER).read_text())["step"] == 4
    monkeypatch.setattr(trainer, "_losses", losses)
    mended, _ = align(backbone_folder, tmp_path)
    undisturbed, _ = align(backbone_folder, tmp_path / "other")
    assert torch.equal(mended.values, undisturbed.values)


def test_a_resumed_run_keeps_the_precision_it_began_with(backbone_folder, tmp_path, monkeypatch):
    from crossprompt.alignment import trainer

    save = trainer.CheckpointStore.save

    def interrupted(self, step, *arguments, **keywords):
        save(self, step, *arguments, **keywords)
        raise KeyboardInterrupt

    monkeypatch.setattr(trainer.CheckpointStore, "save", interrupted)
    with pytest.raises(KeyboardInterrupt):
        align(backbone_folder, tmp_path, dtype="bfloat16")
    monkeypatch.setattr(trainer.CheckpointStore, "save", save)
    prompt, curve = align(backbone_folder, tmp_path, dtype="float32")
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
