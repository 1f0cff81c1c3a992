"""Soft prompts at the input: modules that give a trial's soft tokens (METHODS sections 2 and 3).

What a row of ids says of them is told in :mod:`crossprompt.backbones.soft_tokens`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import torch
from torch import Tensor, nn

from crossprompt.prompts.deep import drop_elements


class SoftPrompt(nn.Module, ABC):
    """Makes the table of soft tokens, ``[tokens, width]``, float32, from whatever it trains.

    One module may make several prompts, one behind the other: rows name those they carry by their ids.
    """

    @property
    @abstractmethod
    def tokens(self) -> int:
        """Rows of the table."""

    @abstractmethod
    def forward(self, generator: torch.Generator | None = None) -> Tensor:
        """The table ``[tokens, width]``.

        Args:
            generator: Draws the dropout, if there is any; None: no dropout.
        """

    def state(self) -> dict[str, Tensor]:
        """A copy of all parameters on the CPU."""
        return {name: value.detach().cpu().clone() for name, value in self.state_dict().items()}


class SoftTable(SoftPrompt):
    """The plain soft prompt: the table itself is trained."""

    def __init__(self, values: Tensor, dropout: float = 0.0) -> None:
        """Start from ``values``, ``[tokens, width]`` (copied); no tokens at all are allowed."""
        super().__init__()
        self.values = nn.Parameter(values.detach().to(torch.float32).clone())
        self.dropout = dropout

    @property
    def tokens(self) -> int:
        """Rows of the table."""
        return len(self.values)

    def forward(self, generator: torch.Generator | None = None) -> Tensor:
        """The table, with dropout if it has any and ``generator`` is given."""
        if generator is None or not self.dropout:
            return self.values
        return drop_elements(self.values, self.dropout, generator)
