"""Learn a tiny prompt in the folder given; killed and started again by the tests."""

import sys
from pathlib import Path

import torch

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.alignment.trainer import align_prompt
from crossprompt.prompts.file import save_prompt
from crossprompt.prompts.settings import PromptSettings
from tests.crossprompt.alignment.corpora import make_dialogues, make_translations
from tests.crossprompt.backbones.tiny import load_tiny

SETTINGS = AlignmentSettings(
    epochs=4,
    batch_size=4,
    checkpoint_every=3,
    learning_rate=0.02,
    prompt=PromptSettings(length=2),
    monolingual_share=0.5,
)


def align(backbone_folder: Path, folder: Path, settings: AlignmentSettings = SETTINGS, **backbone_settings):
    backbone = load_tiny(backbone_folder, **backbone_settings)
    corpus = build_parallel_corpus(make_dialogues(), make_translations(), None, settings)
    return align_prompt(corpus, backbone, settings, folder, progress=False)


if __name__ == "__main__":
    torch.set_num_threads(1)
    prompt, curve = align(Path(sys.argv[1]), Path(sys.argv[2]))
    save_prompt(prompt, Path(sys.argv[3]))
    Path(sys.argv[4]).write_text("\n".join(point.model_dump_json() for point in curve.points))
