"""Rows of several trainings, encoded at once: sorted by length, cut into chunks, each padded for itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from crossprompt.backbones.frozen import FrozenModel
from crossprompt.backbones.tokenizer import TokenBatch
from crossprompt.tasks.batches import padding_multiple
from crossprompt.tasks.task import Rows, Task
from crossprompt.trials.training import EncodeRows

CPU_CHUNK_TOKENS, GPU_CHUNK_TOKENS = 1024, 65536
"""Padded tokens that are encoded at once while training: what stays in a CPU's caches, what keeps a GPU busy."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows of similar lengths: their places among all rows, and their trials."""

    places: list[int]
    owners: list[int]


def encode_rows(task: Task, batches: Sequence[Rows], encode: EncodeRows) -> list[Tensor]:
    """Hidden states of each trial's rows, in their order.

    All rows are sorted by length and cut into chunks, each padded for itself.

    Args:
        task: Says whether all tokens are needed or one of each row.
        batches: One per trial.
        encode: Encodes one chunk.

    Returns:
        Per trial ``[rows, tokens, width]``, as wide as the trial's own longest row padded; ``[rows, 1, width]`` where
        the task reads one token of each.
    """
    backbone = task.backbone
    sequences = [sequence for batch in batches for sequence in batch.sequences]
    owners = [trial for trial, batch in enumerate(batches) for _ in batch.sequences]
    chunks = _chunks(sequences, owners, _chunk_tokens(backbone))
    parts = [encode(_pad_chunk(backbone, sequences, chunk), chunk.owners) for chunk in chunks]
    order = torch.tensor([place for chunk in chunks for place in chunk.places], device=backbone.device).argsort()
    if not task.per_token:
        states = torch.cat([part[:, :1] for part in parts]).index_select(0, order)
        return list(torch.split(states, [len(batch.sequences) for batch in batches]))
    return _split_by_trial(backbone, parts, order, batches)


def _split_by_trial(
    backbone: FrozenModel, parts: Sequence[Tensor], order: Tensor, batches: Sequence[Rows]
) -> list[Tensor]:
    """Each trial's rows in its own width, so that its head's dropout has the shape that it has alone."""
    widths = [_width(backbone, batch.sequences) for batch in batches]
    widest = max(*widths, *(part.shape[1] for part in parts))
    padded = [torch.nn.functional.pad(part, (0, 0, 0, widest - part.shape[1])) for part in parts]
    ordered = torch.cat(padded).index_select(0, order)
    states = torch.split(ordered, [len(batch.sequences) for batch in batches])
    return [own[:, :width] for own, width in zip(states, widths, strict=True)]


def _pad_chunk(backbone: FrozenModel, sequences: Sequence[Sequence[int]], chunk: _Chunk) -> TokenBatch:
    own = [sequences[place] for place in chunk.places]
    return backbone.tokenizer.pad(own, padding_multiple(backbone)).to(backbone.device)


def _chunks(sequences: Sequence[Sequence[int]], owners: Sequence[int], tokens: int) -> list[_Chunk]:
    """Rows by length, cut so that no chunk has more than ``tokens`` padded ones (or it has one row)."""
    order = sorted(range(len(sequences)), key=lambda place: (-len(sequences[place]), place))
    chunks = []
    start = 0
    while start < len(order):
        size = max(1, tokens // len(sequences[order[start]]))
        places = order[start : start + size]
        chunks.append(_Chunk(places, [owners[place] for place in places]))
        start += size
    return chunks


def _width(backbone: FrozenModel, sequences: Sequence[Sequence[int]]) -> int:
    return int(backbone.tokenizer.pad([max(sequences, key=len)], padding_multiple(backbone)).input_ids.shape[1])


def _chunk_tokens(backbone: FrozenModel) -> int:
    return CPU_CHUNK_TOKENS if backbone.device.type == "cpu" else GPU_CHUNK_TOKENS
