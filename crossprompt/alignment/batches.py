"""Which pairs, windows and masks each update sees: a function of corpus, settings and the update's number alone.

Nothing is carried from one update to the next, so a resumed run needs no state to see the same batches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossprompt.alignment.corpus import ParallelCorpus
from crossprompt.alignment.masking import Vocabulary, mask_tokens
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.alignment.tokens import TokenStore
from crossprompt.alignment.turns import IntArray, TurnLists, draw_windows
from crossprompt.backbones.tokenizer import BackboneTokenizer
from crossprompt.training.randomness import numpy_generator

CHUNK_ROWS = 64
"""Rows that are encoded together; always so many, because bfloat16 kernels on a CPU are built anew for every shape."""

CHUNK_PAD_MULTIPLE = 2
"""To what the length of a chunk is padded. With always as many rows there are few shapes all the same, so little
padding counts for more than few lengths: on MASSIVE a multiple of 8 took 1.2 times the CPU time of a multiple of 2."""


@dataclass(frozen=True, slots=True)
class MaskedChunk:
    """Some rows of a batch.

    Attributes:
        input_ids: Masked sequences, ``[rows, tokens]``.
        attention_mask: ``[rows, tokens]``.
        positions: Masked places in the flattened ``input_ids``, ``[masked]``.
        targets: Token ids that stood there, ``[masked]``.
    """

    input_ids: Tensor
    attention_mask: Tensor
    positions: Tensor
    targets: Tensor

    def to(self, device: torch.device) -> MaskedChunk:
        """The same chunk on ``device``."""
        moved = (self.input_ids, self.attention_mask, self.positions, self.targets)
        return MaskedChunk(*(tensor.to(device) for tensor in moved))


@dataclass(frozen=True, slots=True)
class AlignmentBatch:
    """One update's input. Rows are ``pairs`` English sides, as many other sides in the same order, then English alone.

    Attributes:
        ids: What the pairs and the English windows are called in messages.
        pairs: How many pairs.
        chunks: The masked rows sorted by length and cut into pieces, each padded for itself: one long row would pad all
            the others (MASSIVE: 14 tokens on average, the longest of a batch 32 to 64).
        places: Where each row stands in the chunks laid end to end, ``[rows]``.
        excluded: ``[pairs, pairs]``; True where the column's y is no negative of the row's x, since it says the same.
            Of one process's part, that of all processes' pairs if these are negatives.
        masked_share: How many of the batch's masked positions are in these chunks; under 1 in one process's part.
    """

    ids: tuple[str, ...]
    pairs: int
    chunks: tuple[MaskedChunk, ...]
    places: Tensor
    excluded: Tensor
    masked_share: float = 1.0

    def to(self, device: torch.device) -> AlignmentBatch:
        """The same batch on ``device``."""
        chunks = tuple(chunk.to(device) for chunk in self.chunks)
        places, excluded = self.places.to(device), self.excluded.to(device)
        return AlignmentBatch(self.ids, self.pairs, chunks, places, excluded, self.masked_share)


class BatchPlan:
    """All batches of a run. Pairs come in epochs, one after the other without a gap, cut into batches of equal size."""

    def __init__(
        self, corpus: ParallelCorpus, store: TokenStore, tokenizer: BackboneTokenizer, settings: AlignmentSettings
    ) -> None:
        """Plan a run over ``corpus``, whose texts ``store`` holds as tokens."""
        self._corpus = corpus
        self._store = store
        self._tokenizer = tokenizer
        self._settings = settings
        self._vocabulary = Vocabulary.of(tokenizer.vocabulary_size, tokenizer.mask_id, tokenizer.special_ids)
        self.total_steps = count_steps(len(corpus.pairs), settings)
        share = settings.monolingual_share if len(corpus.monolingual) else 0.0
        self._english_windows = round(share * settings.batch_size)
        self._cut_short = self.total_steps * settings.batch_size < len(corpus.pairs)
        self._order = lru_cache(maxsize=4)(self._draw_order)

    def batch(self, step: int) -> AlignmentBatch:
        """The batch of update ``step``, counted from 0."""
        settings, corpus = self._settings, self._corpus
        generator = numpy_generator(settings.seed, "windows", step)
        units = self._units("pairs", step, settings.batch_size)
        english, other = self._windows(corpus.pairs, units, generator)
        alone = self._units("monolingual", step, self._english_windows)
        single = self._windows(corpus.monolingual, alone, generator)[0] if len(alone) else []
        rows = [self._tokenizer.wrap(tokens.tolist()) for tokens in (*english, *other, *single)]
        order = np.argsort([len(row) for row in rows], kind="stable")
        return AlignmentBatch(
            ids=(*map(corpus.pair_id, units), *map(corpus.monolingual_id, alone)),
            pairs=len(units),
            chunks=self._mask_chunks([rows[place] for place in order], step),
            places=torch.from_numpy(np.argsort(order, kind="stable")),
            excluded=torch.from_numpy(same_meaning(english, other)),
        )

    def _mask_chunks(self, rows: list[list[int]], step: int) -> tuple[MaskedChunk, ...]:
        generator = numpy_generator(self._settings.seed, "mask", step)
        chunks = []
        for start in range(0, len(rows), CHUNK_ROWS):
            padded = self._tokenizer.pad(rows[start : start + CHUNK_ROWS], CHUNK_PAD_MULTIPLE)
            masked = mask_tokens(padded.input_ids.numpy(), self._vocabulary, self._settings.mask_share, generator)
            arrays = (masked.input_ids, masked.positions, masked.targets)
            ids, positions, targets = (torch.from_numpy(array) for array in arrays)
            chunks.append(MaskedChunk(ids, padded.attention_mask, positions, targets))
        return tuple(chunks)

    def _units(self, stream: str, step: int, size: int) -> IntArray:
        """The units at places ``step * size`` to ``(step + 1) * size`` of the epochs laid end to end."""
        places = np.arange(step * size, (step + 1) * size)
        if not size:
            return places
        epochs, places = np.divmod(places, self._count(stream))
        picked = [self._order(stream, int(epoch))[places[epochs == epoch]] for epoch in np.unique(epochs)]
        return np.concatenate(picked)

    def _count(self, stream: str) -> int:
        return len(self._lists(stream))

    def _lists(self, stream: str) -> TurnLists:
        return self._corpus.pairs if stream == "pairs" else self._corpus.monolingual

    def _draw_order(self, stream: str, epoch: int) -> IntArray:
        generator = numpy_generator(self._settings.seed, stream, epoch)
        return mixed_order(self._lists(stream).locales, generator, evenly=self._cut_short)

    def _windows(
        self, lists: TurnLists, units: IntArray, generator: np.random.Generator
    ) -> list[list[NDArray[np.int32]]]:
        """For each side the token ids of each unit's window; it loses turns at its end until every side fits."""
        settings = self._settings
        room = min(settings.max_window_tokens, self._tokenizer.max_tokens) - 2
        starts, ends = draw_windows(lists, units, settings.min_window, settings.max_window, generator)
        sides: list[list[NDArray[np.int32]]] = [[] for _ in range(lists.texts.shape[1])]
        for start, end in zip(starts, ends, strict=True):
            window = lists.texts[start:end]
            totals = np.cumsum(self._store.lengths(window), axis=0).max(axis=1)
            fitting = max(1, int(np.searchsorted(totals, room, side="right")))
            for side, texts in zip(sides, window[:fitting].T, strict=True):
                side.append(self._store.join(texts)[:room])
        return sides


def count_steps(pairs: int, settings: AlignmentSettings) -> int:
    """Updates of a run: so many full batches as the epochs hold, at least one, at most ``max_steps``."""
    steps = max(1, settings.epochs * pairs // settings.batch_size)
    return min(steps, settings.max_steps or steps)


def mixed_order(locales: NDArray[np.int32], generator: np.random.Generator, evenly: bool) -> IntArray:
    """A random order of units in which every stretch holds many locales.

    Args:
        locales: The locale of each unit, ``[units]``.
        generator: Draws the order.
        evenly: For a run that ends before the epoch does: all locales equally often, as long as each has units left.
            Otherwise each locale is spread over the whole epoch.
    """
    count = len(locales)
    shuffled = generator.permutation(count)
    by_locale = shuffled[np.argsort(locales[shuffled], kind="stable")]
    sizes = np.bincount(locales)
    ranks = np.arange(count) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    keys = ranks + generator.random(count)
    order: IntArray = by_locale[np.argsort(keys if evenly else keys / np.repeat(sizes, sizes), kind="stable")]
    return order


def same_meaning(english: list[NDArray[np.int32]], other: list[NDArray[np.int32]]) -> NDArray[np.bool_]:
    """``[pairs, pairs]``: pairs whose English or whose other side is word for word the same; False on the diagonal."""
    same = np.zeros((len(english), len(english)), dtype=bool)
    for side in (english, other):
        codes: dict[bytes, int] = {}
        groups = np.array([codes.setdefault(tokens.tobytes(), len(codes)) for tokens in side])
        same |= groups[:, None] == groups[None, :]
    np.fill_diagonal(same, False)
    return same
