"""Cross-entropy over a large vocabulary without copies of the logits in float32.

The plain way writes ``[masked, vocabulary]`` five times, mostly in float32; here it is held once, in the precision of
the products, and its softmax is taken a slice at a time, which stays in the processor's cache.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

IGNORED = -100

SLICE_ROWS = 64
"""Rows whose softmax is taken at once: 64 times 24,000 numbers in float32 are 6 MB."""


def vocabulary_losses(features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
    """``cross_entropy(features @ weight.T + bias, targets, reduction="none")`` in float32, ``[rows]``.

    Products are computed in the precision of ``features``. The gradient can be taken once.

    Args:
        features: ``[rows, width]``.
        weight: ``[vocabulary, width]``.
        bias: ``[vocabulary]``.
        targets: ``[rows]``; where ``IGNORED``, the loss is 0.
    """
    losses: Tensor = _VocabularyLosses.apply(features, weight, bias, targets)  # type: ignore[no-untyped-call]  # torch's
    return losses


class _VocabularyLosses(torch.autograd.Function):
    """Cross-entropies from logits that are kept once; the gradient is written over them."""

    @staticmethod
    def forward(ctx: Any, features: Tensor, weight: Tensor, bias: Tensor, targets: Tensor) -> Tensor:
        logits = functional.linear(features, weight.to(features.dtype), bias.to(features.dtype))
        normalisers = torch.cat([part.float().logsumexp(dim=1) for part in torch.split(logits, SLICE_ROWS)])
        chosen = logits.gather(1, targets.clamp(min=0)[:, None])[:, 0].float()
        ctx.save_for_backward(features, weight, logits, normalisers, targets)
        return (normalisers - chosen).masked_fill(targets == IGNORED, 0.0)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, Tensor, None]:
        features, weight, logits, normalisers, targets = ctx.saved_tensors
        gradient = gradient.masked_fill(targets == IGNORED, 0.0)
        parts = (torch.split(tensor, SLICE_ROWS) for tensor in (logits, normalisers, targets, gradient))
        for part, normaliser, target, scale in zip(*parts, strict=True):
            slope = part.float().sub_(normaliser[:, None]).exp_().mul_(scale[:, None])
            slope.scatter_add_(1, target.clamp(min=0)[:, None], -scale[:, None])
            part.copy_(slope)  # the logits are needed no more
        low = weight.to(features.dtype)
        return logits @ low, (logits.T @ features).to(weight.dtype), logits.sum(0, dtype=weight.dtype), None
