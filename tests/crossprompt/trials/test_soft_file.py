"""Soft prompts as files: read back as they were, and what is not theirs is refused."""

from __future__ import annotations

import pytest
import torch

from crossprompt.backbones.records import BackboneIdentity
from crossprompt.tasks.records import TrainingNumbers, TrainingPoint
from crossprompt.trials.soft import TunedSoftPrompt
from crossprompt.trials.soft_file import SoftPromptFileError, load_soft_prompt, save_soft_prompt

IDENTITY = BackboneIdentity(name="tiny", revision=None, fingerprint="ab" * 32)
NUMBERS = TrainingNumbers(
    seed=1,
    learning_rate=5e-3,
    points=(TrainingPoint(update=2, train_loss=1.5, dev_accuracy=40.0),),
    best_update=2,
    best_dev_accuracy=40.0,
    updates=2,
    stopped_early=False,
    seconds=0.5,
)


def test_a_prompt_comes_back_as_it_was_and_for_nobody_else(tmp_path):
    table = torch.randn(3, 4, generator=torch.Generator().manual_seed(0))
    file = tmp_path / "folder" / "prompt.safetensors"
    save_soft_prompt(TunedSoftPrompt(table, {}, NUMBERS), IDENTITY, "a", file)
    found = load_soft_prompt(file, "a")
    assert torch.equal(found.table, table)
    assert (found.head, found.numbers) == ({}, NUMBERS)
    with pytest.raises(SoftPromptFileError, match="other data, settings or code"):
        load_soft_prompt(file, "b")
    file.write_bytes(file.read_bytes()[:40])
    with pytest.raises(SoftPromptFileError, match="can't be read"):
        load_soft_prompt(file, "a")
    with pytest.raises(SoftPromptFileError, match="can't be read"):
        load_soft_prompt(tmp_path / "nothing", "a")


def test_a_prompt_with_a_trained_head_is_refused(tmp_path):
    prompt = TunedSoftPrompt(torch.zeros(1, 4), {"output.weight": torch.zeros(1)}, NUMBERS)
    with pytest.raises(SoftPromptFileError, match="a trained head"):
        save_soft_prompt(prompt, IDENTITY, "a", tmp_path / "prompt.safetensors")
    assert list(tmp_path.iterdir()) == []
