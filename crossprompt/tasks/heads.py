"""What reads the hidden states: a classifier on ``<s>``, or one on every token (METHODS section 1, downstream)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Self

import torch
from torch import Tensor, nn

from crossprompt.prompts.deep import drop_elements


class Head(nn.Module, ABC):
    """Reads hidden states; its parameters are float32 whatever precision the backbone has."""

    @abstractmethod
    def forward(self, hidden: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Logits for hidden states ``[rows, tokens, width]``: ``[rows, labels]``, or ``[rows, tokens, labels]``.

        Args:
            hidden: In any floating precision.
            generator: Draws the dropout; None: no dropout.
        """


class LinearHead(Head):
    """A head that ends in a linear layer.

    Attributes:
        output: The last linear layer, ``width`` to ``labels``.
        dropout: Share of values that are dropped before each linear layer while training.
    """

    def __init__(self, width: int, labels: int, dropout: float = 0.0) -> None:
        """A head for hidden states of ``width`` and so many ``labels``; see :meth:`fresh` for its start."""
        super().__init__()
        self.output = nn.Linear(width, labels, device="meta").to_empty(device="cpu")
        self.dropout = dropout

    @classmethod
    def fresh(cls, width: int, labels: int, dropout: float, generator: torch.Generator) -> Self:
        """A head whose weights are drawn from N(0, 1 / width) by ``generator`` (on the CPU), biases 0."""
        head = cls(width, labels, dropout)
        with torch.no_grad():
            for layer in head.layers():
                layer.weight.copy_(torch.randn(layer.weight.shape, generator=generator) * width**-0.5)
                layer.bias.zero_()
        return head

    @classmethod
    def from_state(cls, state: dict[str, Tensor]) -> Self:
        """The head with the parameters of ``state``, for inference."""
        labels, width = state["output.weight"].shape
        head = cls(width, labels)
        head.load_state_dict(state)
        return head.eval()

    def layers(self) -> tuple[nn.Linear, ...]:
        """The linear layers, in the order in which values go through them."""
        return (self.output,)

    def drop(self, values: Tensor, generator: torch.Generator | None) -> Tensor:
        """``values`` with dropout drawn by ``generator``; as they are if it is None."""
        if generator is None or not self.dropout:
            return values
        return drop_elements(values, self.dropout, generator)


class IntentHead(LinearHead):
    """Dropout, dense, tanh, dropout, linear on the first token."""

    def __init__(self, width: int, labels: int, dropout: float = 0.0) -> None:
        """See :class:`LinearHead`; the dense layer is ``width`` to ``width``."""
        super().__init__(width, labels, dropout)
        self.dense = nn.Linear(width, width, device="meta").to_empty(device="cpu")

    def layers(self) -> tuple[nn.Linear, ...]:
        """The dense layer, then the output."""
        return (self.dense, self.output)

    def forward(self, hidden: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Logits ``[rows, labels]`` for hidden states ``[rows, tokens, width]``, of which the first token counts.

        Args:
            hidden: In any floating precision.
            generator: Draws the dropout; None: no dropout.
        """
        start = hidden[:, 0].float()
        inner = torch.tanh(self.dense(self.drop(start, generator)))
        logits: Tensor = self.output(self.drop(inner, generator))
        return logits


class TokenHead(LinearHead):
    """Dropout, then one linear layer for every token."""

    def forward(self, hidden: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Logits ``[rows, tokens, labels]`` for hidden states ``[rows, tokens, width]``.

        Args:
            hidden: In any floating precision.
            generator: Draws the dropout; None: no dropout.
        """
        logits: Tensor = self.output(self.drop(hidden.float(), generator))
        return logits
