"""The aligned prompt of a screening: where its file is, and whether it is the backbone's."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crossprompt.backbones.settings import BackboneSettings
from crossprompt.meaning.errors import MeaningError
from crossprompt.prompts.file import AlignedPrompt, load_prompt

PROMPT_FILE: Final = "prompt.safetensors"
"""As artifacts and registered models name it."""
_ADVICE: Final = "give the file of an aligned prompt, or its folder among align_prompts' artifacts or registered models"


def find_prompt_file(place: str) -> Path:
    """The prompt's file: ``place`` itself, or the one ``prompt.safetensors`` in or below that folder.

    Raises:
        MeaningError: There is none, or there are several.
    """
    path = Path(place).expanduser()
    if path.is_file():
        return path
    if not path.is_dir():
        raise MeaningError(f"meaning.prompt: there is no {place}; {_ADVICE}")
    if (path / PROMPT_FILE).is_file():
        return path / PROMPT_FILE
    found = sorted(path.rglob(PROMPT_FILE))
    if not found:
        raise MeaningError(f"meaning.prompt: {place} holds no {PROMPT_FILE}; {_ADVICE}")
    if len(found) > 1:
        raise MeaningError(f"meaning.prompt: {place} holds {len(found)} prompts, such as {found[0]}; name one of them")
    return found[0]


def read_prompt(place: str, backbone: BackboneSettings, fingerprint: str | None) -> tuple[Path, AlignedPrompt]:
    """Find and read a prompt before anything is translated or paid.

    Args:
        place: See :func:`find_prompt_file`.
        backbone: The one that it is to be used with.
        fingerprint: Of its files; None where they are not on this machine yet. Then commits are compared, where both
            are known, and ``AlignedPrompt.check_fits`` is left to compare the files.

    Raises:
        MeaningError: There is no such prompt, or it was learned on another backbone.
        PromptFileError: The file is no prompt.
    """
    file = find_prompt_file(place)
    prompt = load_prompt(file)
    own = prompt.header.backbone
    pair = (own.revision, backbone.revision) if fingerprint is None else (own.fingerprint, fingerprint)
    if None not in pair and pair[0] != pair[1]:
        theirs, ours = (str(mark)[:12] for mark in pair)
        raise MeaningError(
            f"meaning.prompt: {file} was learned on the backbone {own.name!r} ({theirs}), not on {backbone.name!r} "
            f"({ours}); name that one in meaning.backbone, or another prompt"
        )
    return file, prompt
