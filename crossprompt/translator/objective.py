"""The losses: cross-entropy of the label's word, and a symmetric divergence (paper 003, equations 3, 7 and 8)."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor
from torch.nn import functional


def label_loss(logits: Tensor, words: Tensor, targets: Tensor, over: Literal["vocabulary", "labels"]) -> Tensor:
    """Mean cross-entropy (scalar) of the true labels' words.

    Args:
        logits: Over the vocabulary, ``[rows, vocabulary]``.
        words: Token ids of the label words, ``[labels]``.
        targets: Positions among them, ``[rows]``.
        over: Whether probabilities are those among all words (equation 2) or among the label words.
    """
    if over == "vocabulary":
        return functional.cross_entropy(logits, words[targets])
    return functional.cross_entropy(logits[:, words], targets)


def symmetric_divergence(first: Tensor, second: Tensor) -> Tensor:
    """KL(first | second) + KL(second | first), summed over the vocabulary and averaged over rows (scalar).

    Args:
        first: Logits, ``[rows, vocabulary]``.
        second: As many.
    """
    left, right = first.log_softmax(dim=-1), second.log_softmax(dim=-1)
    return ((left.exp() - right.exp()) * (left - right)).sum(dim=-1).mean()


def joint_loss(cross_entropy: Tensor, divergence: Tensor, alpha: float) -> Tensor:
    """``alpha`` of the cross-entropy and the rest of the divergence; what has no weight is left out of the graph."""
    parts = ((alpha, cross_entropy), (1 - alpha, divergence))
    return torch.stack([weight * part for weight, part in parts if weight]).sum()
