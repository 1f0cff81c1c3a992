"""Two processes that share each batch give what one process gives."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, replace

import pytest
import torch

from crossprompt.alignment.gradients import add_gradients
from crossprompt.alignment.job import AlignmentJob
from crossprompt.alignment.parts import own_part
from crossprompt.alignment.processes import ProcessesError, join_group
from crossprompt.alignment.records import AlignmentCurve
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.prompts.file import load_prompt
from tests.conftest import ROOT
from tests.crossprompt.alignment.group_worker import LOST, REFUSED
from tests.crossprompt.alignment.run_alignment import align
from tests.crossprompt.alignment.shared_batch import PAIRS, STEP, a_batch, a_prompt, settings_of
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny


@dataclass(frozen=True)
class Alone:
    """A process as a group of two sees it, of which nobody else answers."""

    rank: int
    size: int = 2

    def add_up(self, tensor):
        return tensor


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """What the scenarios of ``group_worker`` left."""
    place = tmp_path_factory.mktemp("group")
    save_tiny(place / "backbone", num_hidden_layers=1)
    command = [sys.executable, "-m", "tests.crossprompt.alignment.group_worker", str(place)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false"}
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    (place / "errors.txt").write_text(ended.stderr, encoding="utf-8")
    return place


@pytest.fixture(scope="module")
def outcomes(folder):
    return json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def backbone(folder):
    return load_tiny(folder / "backbone")


@pytest.fixture(scope="module")
def batch(backbone):
    return a_batch(backbone)


def read_curve(file):
    return AlignmentCurve.model_validate_json(file.read_text(encoding="utf-8"))


def rows_of(batch):
    """Each row's tokens, masked places and targets, without padding."""
    rows = []
    for chunk in batch.chunks:
        width = chunk.input_ids.shape[1]
        for row, (ids, mask) in enumerate(zip(chunk.input_ids, chunk.attention_mask, strict=True)):
            own = (chunk.positions // width) == row
            rows.append(
                (
                    tuple(ids[mask.bool()].tolist()),
                    tuple((chunk.positions[own] % width).tolist()),
                    tuple(chunk.targets[own].tolist()),
                )
            )
    return rows


def in_order(batch):
    rows = rows_of(batch)
    return [rows[place] for place in batch.places]


@pytest.mark.parametrize("size", [1, 3, 4])
def test_the_parts_are_the_whole(batch, backbone, size):
    parts = [own_part(batch, rank, size, True, backbone.tokenizer) for rank in range(size)]
    assert sorted(row for part in parts for row in rows_of(part)) == sorted(rows_of(batch))
    assert sum(part.masked_share for part in parts) == pytest.approx(1)
    assert [part.pairs for part in parts] == [PAIRS // size] * size
    whole = in_order(batch)
    for rank, part in enumerate(parts):
        own = in_order(part)
        assert own[: part.pairs] == whole[rank:PAIRS:size]
        assert own[part.pairs : 2 * part.pairs] == whole[PAIRS + rank : 2 * PAIRS : size]
        lengths = [int(chunk.attention_mask.sum(1).min()) for chunk in part.chunks]
        assert lengths == sorted(lengths)


def test_the_negatives_of_one_process_alone_are_its_own_pairs(batch, backbone):
    one_part = own_part(batch, 1, 2, False, backbone.tokenizer)
    assert torch.equal(one_part.excluded, batch.excluded[1::2, 1::2])
    assert own_part(batch, 1, 2, True, backbone.tokenizer).excluded is batch.excluded


def test_without_gathering_the_gradients_add_up_to_that_of_a_loss_with_fewer_negatives(batch, backbone):
    settings = settings_of(gathered_negatives=False)
    strangers = torch.arange(PAIRS)[:, None] % 2 != torch.arange(PAIRS)[None, :] % 2
    reference = a_prompt(backbone)
    fewer = replace(batch, excluded=batch.excluded | strangers)
    expected = add_gradients(reference, backbone, fewer, settings, STEP)
    gradient, total = 0, 0
    for rank in range(2):
        prompt = a_prompt(backbone)
        part = own_part(batch, rank, 2, False, backbone.tokenizer)
        losses = add_gradients(prompt, backbone, part, settings, STEP, Alone(rank))
        gradient, total = gradient + prompt.values.grad, total + losses.total
    torch.testing.assert_close(gradient, reference.values.grad, rtol=1e-4, atol=1e-6)
    torch.testing.assert_close(total, expected.total)


@pytest.mark.parametrize("micro_batch_size", [None, 8])
def test_the_gradient_of_gathered_negatives_is_that_of_one_process(folder, outcomes, batch, backbone, micro_batch_size):
    assert outcomes["pieces"] == [0, 0]
    prompt = a_prompt(backbone)
    losses = add_gradients(prompt, backbone, batch, settings_of(), STEP)
    expected = torch.stack([losses.total, losses.masked_lm, losses.contrastive, losses.accuracy])
    parts = [torch.load(folder / "pieces" / f"{micro_batch_size}-{rank}.pt") for rank in range(2)]
    assert all(torch.equal(one, other) for one, other in zip(*parts, strict=True))
    gradient, numbers = parts[0]
    torch.testing.assert_close(numbers, expected)
    assert float((gradient - prompt.values.grad).norm() / prompt.values.grad.norm()) < 1e-5


def test_two_processes_learn_the_prompt_of_one(folder, outcomes, tmp_path):
    assert outcomes["gathered"] == [0, 0]
    one, curve = align(folder / "backbone", tmp_path)
    both = [load_prompt(folder / "gathered" / f"prompt-{rank}.safetensors") for rank in range(2)]
    assert torch.equal(both[0].values, both[1].values)
    torch.testing.assert_close(both[0].values, one.values, rtol=1e-4, atol=1e-5)
    shared = read_curve(folder / "gathered" / "curve-0.json")
    assert [point.step for point in shared.points] == [point.step for point in curve.points]
    assert [p.loss for p in shared.points] == pytest.approx([p.loss for p in curve.points], rel=1e-5)
    assert [p.accuracy for p in shared.points] == pytest.approx([p.accuracy for p in curve.points])


def test_the_first_process_alone_writes(folder, outcomes):
    first = (folder / "gathered" / "writes-0.txt").read_text(encoding="utf-8").splitlines()
    other = (folder / "gathered" / "writes-1.txt").read_text(encoding="utf-8").splitlines()
    assert first.count("checkpoint.json") == 3
    assert other == ["prompt-1.safetensors"]


def test_a_killed_process_ends_the_others_and_the_run_goes_on_bit_for_bit(folder, outcomes):
    assert outcomes["killed"] == [LOST, -signal.SIGKILL]
    assert not list((folder / "killed").glob("checkpoints/*.part"))
    assert outcomes["resumed"] == [0, 0]
    resumed, undisturbed = (load_prompt(folder / name / "prompt-0.safetensors") for name in ("killed", "gathered"))
    assert torch.equal(resumed.values, undisturbed.values)


def test_processes_with_different_checkpoints_do_not_begin(folder, outcomes):
    assert outcomes["apart"] == [REFUSED, REFUSED]
    assert "the checkpoint of process 1 is not that of process 0" in (folder / "errors.txt").read_text("utf-8")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"processes": 5}, "must divide batch_size, which is 48"),
        ({"processes": 4, "machines": 3}, "must divide processes, which are 4"),
        ({"processes": 48, "gathered_negatives": False}, "it would have no negatives"),
        ({"processes": 0}, "greater than or equal to 1"),
    ],
)
def test_unequal_parts_are_settings_errors(changes, message):
    with pytest.raises(ValueError, match=message):
        settings_of(**changes)


def test_several_processes_are_no_default():
    settings = AlignmentSettings()
    assert (settings.processes, settings.machines, settings.gathered_negatives) == (1, 1, False)


def test_a_process_that_nobody_started_for_it_says_so(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    with pytest.raises(ProcessesError, match="start it by torchrun"), join_group(2, torch.device("cpu")):
        pass
    monkeypatch.setenv("WORLD_SIZE", "3")
    monkeypatch.setenv("RANK", "0")
    with pytest.raises(ProcessesError, match="3 processes were started, but"), join_group(2, torch.device("cpu")):
        pass


def test_a_folder_without_a_job_is_refused(tmp_path):
    with pytest.raises(ProcessesError, match="start the run first"):
        AlignmentJob.read(tmp_path)
