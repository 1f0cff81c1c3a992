"""Aligned prompts as files: one safetensors file whose metadata holds a JSON header."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.records import Record
from crossprompt.storage.atomic import atomic_path

TENSOR = "prompt"
HEADER = "crossprompt"
FORMAT = 1


class PromptFileError(ValueError):
    """A prompt file can't be read, or its prompt doesn't fit the backbone."""


class PromptHeader(Record):
    """Everything that one must know to use a prompt and to learn it again."""

    format: int = FORMAT
    backbone: BackboneIdentity
    shape: PromptShape
    dtype: str
    """Precision in which the backbone computed while the prompt was learned."""
    languages: tuple[str, ...]
    """BCP-47 tags of the languages aligned with English, sorted."""
    corpus_fingerprint: str
    steps: int
    seed: int
    settings: dict[str, Any]
    """The alignment settings as a plain mapping."""
    created_by: str


@dataclass(frozen=True, slots=True)
class AlignedPrompt:
    """A learned prompt: ``values`` ``[layers, 2, heads, P, head_dim]``, float32 on the CPU, and its header."""

    values: Tensor
    header: PromptHeader

    def check_fits(self, backbone: BackboneIdentity, shape: PromptShape) -> None:
        """Check the prompt against a backbone and the shape that backbone takes for this length.

        Raises:
            PromptFileError: Another backbone or another shape.
        """
        own = self.header
        if own.shape != shape:
            raise PromptFileError(
                f"this prompt has the shape {list(own.shape.sizes)}, but backbone {backbone.name!r} takes "
                f"{list(shape.sizes)}"
            )
        if own.backbone.fingerprint != backbone.fingerprint:
            raise PromptFileError(
                f"this prompt was learned on backbone {own.backbone.name!r} ({own.backbone.fingerprint[:12]}), "
                f"not on {backbone.name!r} ({backbone.fingerprint[:12]}): a prompt means nothing to another model"
            )


def created_by() -> str:
    """This program's name and version, for headers."""
    try:
        return f"crossprompt {version('crossprompt')}"
    except PackageNotFoundError:
        return "crossprompt (not installed)"


def save_prompt(prompt: AlignedPrompt, path: Path) -> None:
    """Write ``prompt`` to ``path`` in one step; equal prompts give equal bytes."""
    with atomic_path(path) as temporary:
        save_file({TENSOR: prompt.values.contiguous()}, temporary, metadata={HEADER: prompt.header.model_dump_json()})


def load_prompt(path: Path) -> AlignedPrompt:
    """Read a prompt written by :func:`save_prompt`; check it against a backbone with ``AlignedPrompt.check_fits``.

    Raises:
        PromptFileError: No such file, no prompt file, a header of another format, or a tensor that isn't as it says.
    """
    try:
        with safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(HEADER)
            values = file.get_tensor(TENSOR) if text is not None else None
    except (OSError, SafetensorError) as error:
        raise PromptFileError(f"{path} can't be read as a prompt file: {error}") from error
    if text is None or values is None:
        raise PromptFileError(f"{path} is a safetensors file, but not one of a prompt: it has no {HEADER!r} header")
    try:
        header = PromptHeader.model_validate_json(text)
    except ValidationError as error:
        fields = ", ".join(".".join(map(str, item["loc"])) for item in error.errors())
        raise PromptFileError(f"{path}: its header can't be understood (fields: {fields})") from error
    if header.format != FORMAT or tuple(values.shape) != header.shape.sizes:
        raise PromptFileError(
            f"{path}: format {header.format} with a tensor of {list(values.shape)} where format {FORMAT} with "
            f"{list(header.shape.sizes)} was expected"
        )
    return AlignedPrompt(values, header)
