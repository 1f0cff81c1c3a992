"""A prompt aligned in eight steps with three checkpoints, on a tiny backbone."""

from __future__ import annotations

from pathlib import Path

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.alignment.trainer import align_prompt
from crossprompt.backbones.encoder import Backbone
from crossprompt.prompts.file import save_prompt
from crossprompt.prompts.settings import PromptSettings
from tests.crossprompt.alignment.corpora import make_dialogues, make_translations
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny

RESULTS = ("prompt.safetensors", "curve.jsonl")
SETTINGS = AlignmentSettings(
    epochs=4,
    batch_size=4,
    checkpoint_every=3,
    learning_rate=0.02,
    prompt=PromptSettings(length=2),
    monolingual_share=0.5,
)


def prepare(folder: Path) -> Backbone:
    return load_tiny(save_tiny(folder / "backbone"))


def run(backbone: Backbone, folder: Path) -> None:
    corpus = build_parallel_corpus(make_dialogues(), make_translations(), None, SETTINGS)
    prompt, curve = align_prompt(corpus, backbone, SETTINGS, folder / "checkpoints", progress=False)
    save_prompt(prompt, folder / RESULTS[0])
    (folder / RESULTS[1]).write_text("\n".join(point.model_dump_json() for point in curve.points), encoding="utf-8")
