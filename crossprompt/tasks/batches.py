"""Batches of token sequences: a seeded endless stream for training, length-sorted ones for inference."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from crossprompt.backbones.frozen import FrozenModel
from crossprompt.backbones.tokenizer import PAD_MULTIPLE, PaddingTokenizer, TokenBatch
from crossprompt.training.randomness import numpy_generator

CPU_TOKENS_PER_BATCH, GPU_TOKENS_PER_BATCH = 2048, 65536
"""Padded tokens in one inference batch: on a CPU what stays in its caches (``mini`` in bfloat16, 1 thread: 2048 tokens
at 10,600 to 11,400 tokens a second, 8192 at 7,100 to 8,200); on a GPU what keeps it busy."""

CPU_PAD_MULTIPLE = 2


@dataclass(frozen=True, slots=True)
class InferenceBatch:
    """A padded batch and the positions of its sequences in the list that it was made from."""

    positions: tuple[int, ...]
    tokens: TokenBatch


def training_positions(examples: int, batch_size: int, seed: int) -> Iterator[list[int]]:
    """Endless batches of positions below ``examples``: one seeded permutation after the other, cut into equal batches.

    A batch may span two permutations; if there are fewer examples than ``batch_size``, a batch holds each of them once.
    """
    size = min(batch_size, examples)
    waiting: list[int] = []
    epoch = 0
    while True:
        while len(waiting) < size:
            waiting.extend(int(i) for i in numpy_generator(seed, "batches", epoch).permutation(examples))
            epoch += 1
        yield waiting[:size]
        del waiting[:size]


def inference_batches(
    sequences: Sequence[Sequence[int]], tokenizer: PaddingTokenizer, tokens_per_batch: int, multiple_of: int
) -> Iterator[InferenceBatch]:
    """Batches of similar lengths, longest first, each of at most ``tokens_per_batch`` padded tokens (or one sequence).

    The longest first: if memory doesn't suffice, that shows at once.
    """
    order = sorted(range(len(sequences)), key=lambda i: (-len(sequences[i]), i))
    start = 0
    while start < len(order):
        width = -(-len(sequences[order[start]]) // multiple_of) * multiple_of
        chosen = order[start : start + max(1, tokens_per_batch // width)]
        yield InferenceBatch(tuple(chosen), tokenizer.pad([sequences[i] for i in chosen], multiple_of))
        start += len(chosen)


def inference_tokens(backbone: FrozenModel) -> int:
    """Padded tokens per inference batch that suit the backbone's device."""
    return CPU_TOKENS_PER_BATCH if backbone.device.type == "cpu" else GPU_TOKENS_PER_BATCH


def padding_multiple(backbone: FrozenModel) -> int:
    """To what the lengths of a task's batches are padded: in float32 to any, since no kernel is built per shape.

    Sorted by length there are few shapes anyway, so little padding counts for more. In bfloat16 on a CPU a multiple of
    8 took 1.1 to 1.7 times the CPU time of a multiple of 2 on the sample's 3,270 test texts, and 1.2 times as long for
    an update of 35 trials of 8 rows; on a GPU matrix units want multiples of 8.
    """
    if backbone.dtype == torch.float32:
        return 1
    return CPU_PAD_MULTIPLE if backbone.device.type == "cpu" else PAD_MULTIPLE
