"""Tuned soft prompts as files: one safetensors file each, whose metadata holds the training and who may use it."""

from __future__ import annotations

from pathlib import Path

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from crossprompt.backbones.records import BackboneIdentity
from crossprompt.records import Record
from crossprompt.storage.atomic import atomic_path
from crossprompt.tasks.records import TrainingNumbers
from crossprompt.trials.soft import TunedSoftPrompt

FORMAT = 1
_TABLE, _HEADER = "table", "crossprompt"


class SoftPromptFileError(ValueError):
    """A file that can't be read as the soft prompt that is wanted."""


class SoftPromptHeader(Record):
    """What a soft prompt is, and where it comes from."""

    format: int = FORMAT
    backbone: BackboneIdentity
    fingerprint: str
    """Hex SHA-256 of all that decided the prompt."""
    numbers: TrainingNumbers


def save_soft_prompt(prompt: TunedSoftPrompt, backbone: BackboneIdentity, fingerprint: str, path: Path) -> None:
    """Write ``prompt`` to ``path`` in one step. Its head must have no parameters.

    Raises:
        SoftPromptFileError: Its head has parameters, which such a file has no place for.
    """
    if prompt.head:
        raise SoftPromptFileError(f"{path}: a prompt with a trained head can't be kept as a soft prompt alone")
    header = SoftPromptHeader(backbone=backbone, fingerprint=fingerprint, numbers=prompt.numbers)
    with atomic_path(path) as temporary:
        save_file({_TABLE: prompt.table.contiguous()}, temporary, metadata={_HEADER: header.model_dump_json()})


def load_soft_prompt(path: Path, fingerprint: str) -> TunedSoftPrompt:
    """Read what :func:`save_soft_prompt` wrote.

    Raises:
        SoftPromptFileError: No such file, no soft prompt, or one that was made from other data, settings or code.
    """
    try:
        with safe_open(path, framework="pt") as file:
            header = SoftPromptHeader.model_validate_json((file.metadata() or {}).get(_HEADER, ""))
            table = file.get_tensor(_TABLE)
    except (OSError, SafetensorError, ValidationError) as error:
        raise SoftPromptFileError(f"{path} can't be read as a soft prompt: {error}") from error
    if header.format != FORMAT or header.fingerprint != fingerprint:
        raise SoftPromptFileError(f"{path} was made from other data, settings or code")
    return TunedSoftPrompt(table, {}, header.numbers)
