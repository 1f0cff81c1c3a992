"""Learn a tiny prompt: eight steps with three checkpoints."""

from pathlib import Path

from crossprompt.alignment.corpus import build_parallel_corpus
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.alignment.trainer import align_prompt
from crossprompt.prompts.file import AlignedPrompt
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


def align(
    backbone_folder: Path,
    folder: Path,
    settings: AlignmentSettings = SETTINGS,
    code_version: str = "",
    start: AlignedPrompt | None = None,
    locales: tuple[str, ...] = ("de-DE", "sw-KE"),
    **backbone_settings,
):
    backbone = load_tiny(backbone_folder, **backbone_settings)
    corpus = build_parallel_corpus(make_dialogues(), make_translations(locales=locales), None, settings)
    return align_prompt(corpus, backbone, settings, folder, progress=False, code_version=code_version, start=start)
