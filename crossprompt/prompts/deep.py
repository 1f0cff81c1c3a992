"""The deep prompt: trainable keys and values before those of every layer (METHODS section 1)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from crossprompt.backbones.records import PromptShape
from crossprompt.prompts.settings import PromptSettings


class DeepPrompt(nn.Module):
    """Trainable ``values`` of shape ``[layers, 2, heads, P, head_dim]``, float32, with dropout while training."""

    def __init__(self, values: Tensor, dropout: float = 0.0) -> None:
        """Start from ``values`` (copied)."""
        super().__init__()
        self.values = nn.Parameter(values.detach().to(torch.float32).clone())
        self.dropout = dropout

    @classmethod
    def fresh(cls, shape: PromptShape, settings: PromptSettings, generator: torch.Generator) -> DeepPrompt:
        """A prompt drawn from N(0, ``settings.init_std``²) by ``generator``, on the generator's device."""
        values = torch.randn(shape.sizes, generator=generator, device=generator.device) * settings.init_std
        return cls(values, settings.dropout)

    def forward(self, generator: torch.Generator | None = None) -> Tensor:
        """The values that the encoder gets: with dropout in training mode, as they are in evaluation mode.

        Args:
            generator: Draws the dropout; needed while training if the dropout is not 0.
        """
        if not self.training or not self.dropout:
            return self.values
        if generator is None:
            raise ValueError("a prompt with dropout needs a generator while it is trained")
        return drop_elements(self.values, self.dropout, generator)


def drop_elements(values: Tensor, share: float, generator: torch.Generator) -> Tensor:
    """``values`` with a random ``share`` of elements set to 0 and the rest scaled by 1 / (1 - share)."""
    kept = torch.rand(values.shape, generator=generator, device=values.device) >= share
    return values * kept / (1 - share)
