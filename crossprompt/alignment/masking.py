"""Dynamic masking for the masked-LM term."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossprompt.alignment.turns import IntArray

REPLACED_BY_MASK, REPLACED_BY_RANDOM = 0.8, 0.1
"""Of the chosen tokens; the rest stay as they are (BERT's recipe, which XLM-R was trained with)."""


@dataclass(frozen=True, slots=True)
class MaskedTokens:
    """Sequences after masking.

    Attributes:
        input_ids: ``[sequences, tokens]``.
        positions: Which tokens were chosen, as indices into the flattened ``input_ids``, ``[masked]``.
        targets: What stood there, ``[masked]``.
    """

    input_ids: IntArray
    positions: IntArray
    targets: IntArray


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What masking must know of a tokenizer: the mask token, the tokens never masked, and those that may replace."""

    mask_id: int
    special_ids: IntArray
    ordinary_ids: IntArray

    @classmethod
    def of(cls, size: int, mask_id: int, special_ids: tuple[int, ...]) -> Vocabulary:
        """From the vocabulary's size and its special tokens."""
        special = np.asarray(sorted(special_ids), dtype=np.int64)
        return cls(mask_id, special, np.setdiff1d(np.arange(size, dtype=np.int64), special))


def mask_tokens(
    input_ids: IntArray, vocabulary: Vocabulary, share: float, generator: np.random.Generator
) -> MaskedTokens:
    """Choose each ordinary token with probability ``share``, every sequence on its own and at least one in each.

    Of the chosen, 80 % become the mask token, 10 % a random ordinary token, and 10 % stay. A sequence of special tokens
    alone has none chosen. ``input_ids`` is left as it is.
    """
    chosen = _choose(input_ids, vocabulary, share, generator)
    positions = np.flatnonzero(chosen)
    flat = input_ids.reshape(-1).copy()
    targets = flat[positions]
    fate = generator.random(len(positions))
    random_ids = generator.choice(vocabulary.ordinary_ids, size=len(positions))
    replaced = np.where(fate < REPLACED_BY_MASK, vocabulary.mask_id, random_ids)
    flat[positions] = np.where(fate < REPLACED_BY_MASK + REPLACED_BY_RANDOM, replaced, targets)
    return MaskedTokens(flat.reshape(input_ids.shape), positions, targets)


def _choose(
    input_ids: IntArray, vocabulary: Vocabulary, share: float, generator: np.random.Generator
) -> NDArray[np.bool_]:
    """Tokens whose draw falls under ``share``, and in each sequence the one with the lowest draw."""
    draws = generator.random(input_ids.shape)
    draws[np.isin(input_ids, vocabulary.special_ids)] = np.inf
    lowest = draws.min(axis=1, keepdims=True)
    chosen: NDArray[np.bool_] = (draws < share) | ((draws == lowest) & np.isfinite(lowest))
    return chosen
