"""The two terms of the alignment loss: masked LM and contrastive (paper 001, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from crossprompt.backbones.encoder import Backbone

POSITIONS_MULTIPLE = 128
"""bfloat16 products on a CPU are compiled anew for every new shape: the number of masked positions is rounded up."""

IGNORED = -100


@dataclass(frozen=True, slots=True)
class ContrastiveTerm:
    """Mean loss over the batch (scalar), and the share of x whose nearest y is its own (scalar, no gradient)."""

    loss: Tensor
    accuracy: Tensor


def contrastive_term(x: Tensor, y: Tensor, excluded: Tensor, temperature: float) -> ContrastiveTerm:
    """Cross-entropy of finding the own translation among those of the batch, by cosine over ``temperature``.

    Args:
        x: Representations of the English sides, ``[batch, width]``.
        y: Representations of the other sides, ``[batch, width]``.
        excluded: ``[batch, batch]``; where True, y of the column is no negative for x of the row, because it says the
            same. The diagonal is False.
        temperature: Divides the cosines (paper 001: 0.05).
    """
    cosines = functional.normalize(x.float(), dim=-1) @ functional.normalize(y.float(), dim=-1).T
    scores = (cosines / temperature).masked_fill(excluded, float("-inf"))
    own = torch.arange(len(x), device=x.device)
    accuracy = (scores.detach().argmax(dim=1) == own).float().mean()
    return ContrastiveTerm(functional.cross_entropy(scores, own), accuracy)


def masked_lm_term(backbone: Backbone, hidden: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy over the masked positions (scalar); logits are computed there and nowhere else.

    Args:
        backbone: Whose frozen head is used.
        hidden: States at the masked positions, ``[masked, width]``; see :func:`select_positions`.
        targets: Token ids that stood there, ``[masked]``.
    """
    if _compiles_by_shape(hidden):
        missing = -len(targets) % POSITIONS_MULTIPLE
        hidden = functional.pad(hidden, (0, 0, 0, missing))
        targets = functional.pad(targets, (0, missing), value=IGNORED)
    logits = backbone.masked_lm_logits(hidden)
    return functional.cross_entropy(logits.float(), targets, ignore_index=IGNORED)


def select_positions(hidden: Tensor, positions: Tensor) -> Tensor:
    """``[masked, width]`` out of ``[sequences, tokens, width]``; positions count through sequences and tokens."""
    return hidden.flatten(0, 1).index_select(0, positions)


def _compiles_by_shape(hidden: Tensor) -> bool:
    return hidden.device.type == "cpu" and hidden.dtype == torch.bfloat16
