"""A process's part of a batch that several share: every so-many-th pair, whole, with the masks of the whole batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from crossprompt.alignment.batches import CHUNK_PAD_MULTIPLE, CHUNK_ROWS, AlignmentBatch, MaskedChunk
from crossprompt.alignment.turns import IntArray
from crossprompt.backbones.tokenizer import BackboneTokenizer


@dataclass(frozen=True, slots=True)
class _Row:
    """A masked sequence without padding; ``places`` and ``targets`` are of its masked tokens."""

    tokens: list[int]
    places: IntArray
    targets: IntArray


def own_part(
    batch: AlignmentBatch, rank: int, size: int, gathered_negatives: bool, tokenizer: BackboneTokenizer
) -> AlignmentBatch:
    """What process ``rank`` of ``size`` computes of ``batch``.

    Its pairs are number ``rank``, ``rank + size`` and so on, both sides of each; so are its rows of English alone. They
    are masked as in the whole batch and cut into chunks anew.

    Args:
        batch: The whole batch, on the CPU.
        rank: From 0.
        size: A divisor of the number of pairs.
        gathered_negatives: ``excluded`` stays that of all pairs, ``[batch.pairs, batch.pairs]``; else it is that of the
            own pairs.
        tokenizer: Pads.
    """
    own = np.arange(rank, batch.pairs, size)
    alone = np.arange(2 * batch.pairs + rank, len(batch.places), size)
    stood = batch.places.numpy()[np.concatenate([own, batch.pairs + own, alone])]
    order = np.argsort(stood, kind="stable")
    rows = list(_rows(batch.chunks))
    chosen = [rows[place] for place in stood[order]]
    chunks = tuple(_chunk(chosen[start : start + CHUNK_ROWS], tokenizer) for start in range(0, len(chosen), CHUNK_ROWS))
    kept = torch.from_numpy(own)
    return AlignmentBatch(
        ids=batch.ids,
        pairs=len(own),
        chunks=chunks,
        places=torch.from_numpy(np.argsort(order, kind="stable")),
        excluded=batch.excluded if gathered_negatives else batch.excluded[kept][:, kept],
        masked_share=sum(len(row.targets) for row in chosen) / sum(len(row.targets) for row in rows),
    )


def _rows(chunks: Sequence[MaskedChunk]) -> Iterator[_Row]:
    """The rows of the chunks laid end to end."""
    for chunk in chunks:
        lengths = chunk.attention_mask.sum(dim=1).tolist()
        owners, places = np.divmod(chunk.positions.numpy(), chunk.input_ids.shape[1])
        bounds = np.searchsorted(owners, np.arange(len(lengths) + 1))
        for row, length in enumerate(lengths):
            own = slice(bounds[row], bounds[row + 1])
            yield _Row(chunk.input_ids[row, :length].tolist(), places[own], chunk.targets.numpy()[own])


def _chunk(rows: Sequence[_Row], tokenizer: BackboneTokenizer) -> MaskedChunk:
    padded = tokenizer.pad([row.tokens for row in rows], CHUNK_PAD_MULTIPLE)
    width = padded.input_ids.shape[1]
    positions = np.concatenate([place * width + row.places for place, row in enumerate(rows)])
    targets: Tensor = torch.from_numpy(np.concatenate([row.targets for row in rows]))
    return MaskedChunk(padded.input_ids, padded.attention_mask, torch.from_numpy(positions), targets)
