"""Which tokens' hidden states a task reads."""

from __future__ import annotations

from enum import StrEnum

import torch
from torch import Tensor


class Readout(StrEnum):
    """Where in a row the answer is read."""

    FIRST = "the first token"
    """``<s>``, by a head."""
    EVERY = "every token"
    """By a head, one answer each."""
    MASK = "the last mask token"
    """By the masked language model's own head: a cloze template puts its mask behind all text."""
    LAST = "the last token"
    """By a causal language model's own head: what would come next."""


def readout_places(reads: Readout, input_ids: Tensor, attention_mask: Tensor, mask_id: int) -> Tensor:
    """The position that is read in each row, ``[batch]``.

    Args:
        reads: Any that reads one token.
        input_ids: ``[batch, tokens]``.
        attention_mask: ``[batch, tokens]``, 1 for text and 0 for padding, on whichever side that is.
        mask_id: The mask token's id; a row without one is read at its first position.

    Raises:
        ValueError: All tokens are read.
    """
    if reads is Readout.EVERY:
        raise ValueError("every token is read, so there is no one place")
    if reads is Readout.FIRST:
        return torch.zeros(len(input_ids), dtype=torch.int64, device=input_ids.device)
    marked = (input_ids == mask_id) if reads is Readout.MASK else attention_mask.bool()
    positions = torch.arange(input_ids.shape[1], device=input_ids.device)
    return (marked * positions).amax(dim=1)
