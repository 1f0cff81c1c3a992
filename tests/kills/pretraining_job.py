"""A tiny backbone pre-trained in six updates with three checkpoints."""

from __future__ import annotations

import json
from pathlib import Path

from safetensors.torch import save_file

from crossprompt.backbones.tokenizer import BackboneTokenizer
from crossprompt.pretraining.trainer import describe_run, pretrain
from tests.crossprompt.pretraining import invented

RESULTS = ("weights.safetensors", "losses.json")
SETTINGS = invented.settings(6)


def prepare(folder: Path) -> BackboneTokenizer:
    return invented.tokenizer(folder / "tokenizer")


def run(tokenizer: BackboneTokenizer, folder: Path) -> None:
    facts = describe_run(invented.text().fingerprint(), "", SETTINGS)
    model, curve = pretrain(
        invented.text(), tokenizer, SETTINGS, folder / "checkpoints", run=facts, device="cpu", progress=False
    )
    save_file({name: values.detach().clone() for name, values in model.named_parameters()}, folder / RESULTS[0])
    (folder / RESULTS[1]).write_text(json.dumps([point.loss for point in curve.points]), encoding="utf-8")
