"""A trained model and its tokenizer as a backbone folder: what transformers' automatic classes load."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from tokenizers import Tokenizer

from crossprompt.backbones.tokenizer import BackboneTokenizer
from crossprompt.storage.atomic import atomic_path, write_text_atomic

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TIED = frozenset({"lm_head.decoder.weight", "lm_head.decoder.bias", "lm_head.weight"})
"""Weights that are others' by another name; transformers ties them when it loads."""


class SizeError(ValueError):
    """A backbone is too large for its purpose."""


def export_tokenizer(tokenizer: Tokenizer, folder: Path, max_tokens: int) -> None:
    """Write ``tokenizer.json`` and ``tokenizer_config.json``."""
    folder.mkdir(parents=True, exist_ok=True)
    write_text_atomic(folder / "tokenizer.json", tokenizer.to_str())
    named = {"bos": "<s>", "cls": "<s>", "eos": "</s>", "sep": "</s>", "unk": "<unk>", "pad": "<pad>", "mask": "<mask>"}
    config = {
        "backend": "tokenizers",
        **{f"{name}_token": token for name, token in named.items()},
        "model_max_length": max_tokens,
        "tokenizer_class": "TokenizersBackend",
    }
    write_text_atomic(folder / "tokenizer_config.json", json.dumps(config, indent=2, sort_keys=True))


def export_model(model: PreTrainedModel, folder: Path) -> None:
    """Write ``model.safetensors`` in float16 and ``config.json``.

    Raises:
        OverflowError: A weight is too large for float16.
    """
    folder.mkdir(parents=True, exist_ok=True)
    weights = {name: tensor.detach().cpu().half().contiguous() for name, tensor in model.state_dict().items()}
    weights = {name: tensor for name, tensor in weights.items() if name not in TIED}
    for name, tensor in weights.items():
        if tensor.is_floating_point() and not torch.isfinite(tensor).all():
            raise OverflowError(f"{name} holds numbers that float16 can't: lower the learning rate and train again")
    with atomic_path(folder / "model.safetensors") as temporary:
        save_file(weights, temporary, metadata={"format": "pt"})
    config = model.config.to_diff_dict() | {"architectures": [type(model).__name__], "dtype": "float16"}
    write_text_atomic(folder / "config.json", json.dumps(config, indent=2, sort_keys=True))


def load_exported_tokenizer(folder: Path) -> BackboneTokenizer:
    """The tokenizer whose files :func:`export_tokenizer` wrote to ``folder``, as backbones have it."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    return BackboneTokenizer(tokenizer, tokenizer.model_max_length)


def check_size(folder: Path, max_bytes: int) -> None:
    """Check that the files of a backbone are small enough.

    Raises:
        SizeError: They are not.
    """
    size = sum(file.stat().st_size for file in folder.iterdir())
    if size > max_bytes:
        raise SizeError(
            f"the backbone in {folder} takes {size:,} bytes, more than package.max_bytes ({max_bytes:,}): take fewer "
            "pieces or a smaller model, or allow more"
        )


def count_pieces(folder: Path) -> int:
    """Size of the vocabulary of an exported backbone."""
    return int(json.loads((folder / "config.json").read_text(encoding="utf-8"))["vocab_size"])


def count_parameters(folder: Path) -> int:
    """Numbers in the weights of an exported backbone."""
    with safe_open(folder / "model.safetensors", "pt") as weights:
        return sum(math.prod(weights.get_slice(name).get_shape()) for name in weights.keys())  # noqa: SIM118 - no mapping
