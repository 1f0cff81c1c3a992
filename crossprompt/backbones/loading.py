"""Find a backbone's files and load them, or say in one sentence why that can't be done.

transformers is imported where it is used: it takes seconds, and a run that finds all in the cache loads no model.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from huggingface_hub import snapshot_download

from crossprompt.backbones.records import BackboneIdentity
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.storage.fingerprint import fingerprint_file, fingerprint_value
from crossprompt.training.device import choose_device, choose_dtype
from crossprompt.training.memory import keep_freed_memory

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase

PACKAGED = {"mini": "ForMaskedLM", "mini-decoder": "ForCausalLM"}
"""Backbones that come with the package, and what their architectures end in."""

_COMMIT = re.compile(r"[0-9a-f]{40}")
_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*(/[\w.-]+)?")
_WEIGHTS = ("model.safetensors", "model.safetensors.index.json")
_TOKENIZER = ("tokenizer.json", "sentencepiece.bpe.model", "spiece.model", "vocab.txt", "vocab.json")
_WANTED = ("config.json", "*.safetensors", "model.safetensors.index.json", "tokenizer*.json", "special_tokens_map.json")
_WANTED_VOCABULARIES = ("*.model", "vocab.txt", "vocab.json", "merges.txt")
_HEADS = ("lm_head", "cls")


@dataclass(frozen=True, slots=True)
class ModelKind:
    """What a backbone must be.

    Attributes:
        architecture: What the names of its architectures end in.
        words: What that is called.
        tokens: Special tokens that its tokenizer must have.
        weights: Its weights in one file, or an index of several; safetensors first. Files of pickled tensors, which
            older models come in, are read with nothing but tensors allowed.
    """

    architecture: str
    words: str
    tokens: tuple[str, ...]
    weights: tuple[str, ...]


_PICKLED = ("pytorch_model.bin",)
MASKED_LM = ModelKind(
    "ForMaskedLM", "masked language model", ("cls_token", "sep_token", "pad_token", "mask_token"), _WEIGHTS
)
CAUSAL_LM = ModelKind("ForCausalLM", "causal language model", (), _WEIGHTS + _PICKLED)


class BackboneError(ValueError):
    """A backbone can't be found, isn't complete, or isn't a language model of the kind that is needed."""


@dataclass(frozen=True, slots=True)
class BackboneFiles:
    """A folder with a backbone's files, checked to be complete, and what it is known by."""

    folder: Path
    identity: BackboneIdentity


def locate_backbone(settings: BackboneSettings, kind: ModelKind = MASKED_LM) -> BackboneFiles:
    """Find the files of ``settings.name``: in the package, in a folder, or on the hub at a pinned commit.

    Raises:
        BackboneError: No such folder; a hub id without a commit of 40 hex digits; the hub can't be reached and the
            model isn't in the local cache; files are missing; the configuration isn't that of a model of this ``kind``.
    """
    folder, name = _find_folder(settings, kind)
    _check_files(folder, name, kind)
    _check_architecture(folder, name, kind)
    identity = BackboneIdentity(name=name, revision=settings.revision, fingerprint=fingerprint_backbone(folder))
    return BackboneFiles(folder, identity)


def fingerprint_backbone(folder: Path) -> str:
    """Hex SHA-256 over the names and bytes of the files that decide what a backbone computes."""
    files = {path for pattern in (*_WANTED, *_WANTED_VOCABULARIES) for path in folder.glob(pattern)}
    if not any((folder / weights).is_file() for weights in _WEIGHTS):
        files |= {folder / weights for weights in _PICKLED if (folder / weights).is_file()}
    return fingerprint_value({path.name: fingerprint_file(path) for path in sorted(files)})


def load_model(
    files: BackboneFiles, dtype: torch.dtype, attention: str, kind: ModelKind = MASKED_LM
) -> PreTrainedModel:
    """The language model in ``files``, every weight present and frozen, on the CPU.

    Raises:
        BackboneError: Weights are missing or of another shape, or the architecture keeps its head elsewhere.
    """
    from transformers import AutoModelForCausalLM, AutoModelForMaskedLM
    from transformers.utils import logging

    name = files.identity.name
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
    auto: Any = AutoModelForMaskedLM if kind is MASKED_LM else AutoModelForCausalLM
    try:
        model, info = auto.from_pretrained(
            files.folder, dtype=dtype, attn_implementation=attention, output_loading_info=True, local_files_only=True
        )
    except (ValueError, KeyError, OSError, RuntimeError) as error:
        raise BackboneError(f"backbone {name!r}: {files.folder} can't be loaded as a {kind.words}: {error}") from error
    missing = sorted(info["missing_keys"])
    if missing:
        raise BackboneError(f"backbone {name!r}: the weights in {files.folder} lack {_some(missing)}")
    masked_lm_head(model)
    frozen: PreTrainedModel = model.requires_grad_(False)
    return frozen


def load_tokenizer(files: BackboneFiles, kind: ModelKind = MASKED_LM) -> PreTrainedTokenizerBase:
    """The tokenizer in ``files``.

    Raises:
        BackboneError: It can't be read, or lacks a token that a model of this ``kind`` needs.
    """
    from transformers import AutoTokenizer

    name = files.identity.name
    try:
        tokenizer = AutoTokenizer.from_pretrained(files.folder, local_files_only=True)
    except (ValueError, KeyError, OSError) as error:
        raise BackboneError(f"backbone {name!r}: the tokenizer in {files.folder} can't be read: {error}") from error
    for token in kind.tokens:
        if getattr(tokenizer, f"{token}_id", None) is None:
            raise BackboneError(f"backbone {name!r}: its tokenizer has no {token}")
    return tokenizer


@dataclass(frozen=True, slots=True)
class LoadedBackbone:
    """A model on the device that it computes on, its tokenizer, and what it is."""

    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerBase
    identity: BackboneIdentity


def load_ready(
    settings: BackboneSettings,
    kind: ModelKind,
    device: torch.device | str | None,
    usual_attention: Callable[[torch.dtype, torch.device], str],
) -> LoadedBackbone:
    """What ``settings`` name, ready to compute.

    Args:
        settings: Which model, and in which precision.
        kind: What it must be.
        device: None: CUDA if there is one.
        usual_attention: The kernel where the settings leave it open, by precision and device.

    Raises:
        BackboneError: See :func:`locate_backbone` and :func:`load_model`.
    """
    files, target = locate_backbone(settings, kind), choose_device(device)
    if target.type == "cpu":
        keep_freed_memory()
    dtype = choose_dtype(settings.dtype, target)
    attention = usual_attention(dtype, target) if settings.attention == "auto" else settings.attention
    model = load_model(files, dtype, attention, kind)
    torch.nn.Module.to(model, target)
    return LoadedBackbone(model, load_tokenizer(files, kind), files.identity)


def masked_lm_head(model: PreTrainedModel) -> torch.nn.Module:
    """The head that turns hidden states ``[..., width]`` into logits ``[..., vocabulary]``.

    Raises:
        BackboneError: The architecture keeps its head under a name that isn't known.
    """
    for name in _HEADS:
        head = getattr(model, name, None)
        if isinstance(head, torch.nn.Module):
            return head
    raise BackboneError(
        f"{type(model).__name__} has no head named {' or '.join(_HEADS)}: use an XLM-R, BERT, XGLM or BLOOM model"
    )


def _find_folder(settings: BackboneSettings, kind: ModelKind) -> tuple[Path, str]:
    if settings.name in PACKAGED:
        return Path(str(resources.files("crossprompt.assets"))) / "backbone" / settings.name, settings.name
    folder = Path(settings.name).expanduser()
    if folder.is_dir():
        return folder, folder.resolve().name
    if not _HUB_ID.fullmatch(settings.name):
        raise BackboneError(f"backbone {settings.name!r}: there is no such folder; give {_choices(kind)}")
    return _fetch(settings.name, settings.revision, kind), settings.name


def _fetch(name: str, revision: str | None, kind: ModelKind) -> Path:
    if revision is None or not _COMMIT.fullmatch(revision):
        raise BackboneError(
            f"backbone {name!r} is no folder here, and as a hub model it needs backbone.revision, the commit of 40 hex "
            f"digits (got {revision!r}); give {_choices(kind)}"
        )
    patterns = [*_WANTED, *_WANTED_VOCABULARIES]
    cached = _cached(name, revision, patterns, kind)
    if cached is not None:
        return cached
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=patterns))
        if not any((folder / weights).is_file() for weights in _WEIGHTS):
            snapshot_download(name, revision=revision, allow_patterns=list(kind.weights))
        return folder
    except (OSError, ValueError) as error:
        raise BackboneError(
            f"backbone {name!r} at {revision} is not in the local cache and can't be fetched from the hub: {error}"
        ) from error


def _cached(name: str, revision: str, patterns: list[str], kind: ModelKind) -> Path | None:
    """The cached snapshot if it is complete, without a look at the network."""
    try:
        folder = Path(snapshot_download(name, revision=revision, allow_patterns=patterns, local_files_only=True))
        _check_files(folder, name, kind)
    except (OSError, BackboneError):
        return None
    return folder


def _check_files(folder: Path, name: str, kind: ModelKind) -> None:
    for what, choices in (("configuration", ("config.json",)), ("weights", kind.weights), ("tokenizer", _TOKENIZER)):
        if not any((folder / choice).is_file() for choice in choices):
            raise BackboneError(f"backbone {name!r}: no {what} in {folder} (expected {' or '.join(choices)})")
    index = folder / "model.safetensors.index.json"
    if index.is_file():
        shards = sorted(set(json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()))
        missing = [shard for shard in shards if not (folder / shard).is_file()]
        if missing:
            raise BackboneError(f"backbone {name!r}: {folder} lacks {_some(missing)}")


def _check_architecture(folder: Path, name: str, kind: ModelKind) -> None:
    try:
        architectures = list(
            json.loads((folder / "config.json").read_text(encoding="utf-8")).get("architectures") or ()
        )
    except (ValueError, AttributeError, OSError) as error:
        raise BackboneError(f"backbone {name!r}: its config.json can't be read: {error}") from error
    if not any(architecture.endswith(kind.architecture) for architecture in architectures):
        raise BackboneError(
            f"backbone {name!r} is no {kind.words}: its configuration names {_some(architectures) or 'none'}, "
            f"but a ...{kind.architecture} architecture is needed"
        )


def _choices(kind: ModelKind) -> str:
    own = [name for name, architecture in PACKAGED.items() if architecture == kind.architecture]
    return f"{', '.join(own)} (in the package), a folder, or a hub id with its revision"


def _some(names: Iterable[str], limit: int = 3) -> str:
    names = list(names)
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")
