"""A prompt aligned in eight steps with three checkpoints, on a tiny backbone."""

from __future__ import annotations

from pathlib import Path

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.trainer import align_prompt
from crossprompt.backbones.encoder import Backbone
from crossprompt.prompts.file import save_prompt
from tests.crossprompt.alignment.corpora import make_dialogues, make_translations
from tests.crossprompt.alignment.run_alignment import SETTINGS
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny

RESULTS = ("prompt.safetensors", "curve.jsonl")


def prepare(folder: Path) -> Backbone:
    return load_tiny(save_tiny(folder / "backbone"))


def run(backbone: Backbone, folder: Path) -> None:
    corpus = build_parallel_corpus(make_dialogues(), make_translations(), None, SETTINGS)
    prompt, curve = align_prompt(corpus, backbone, SETTINGS, folder / "checkpoints", progress=False)
    save_prompt(prompt, folder / RESULTS[0])
    (folder / RESULTS[1]).write_text("\n".join(point.model_dump_json() for point in curve.points), encoding="utf-8")
