"""Soft tokens out of a small network (paper 002, section on reparameterization; METHODS section 3)."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from crossprompt.prompts.soft import SoftPrompt, SoftTable


class ReparameterizedTable(SoftPrompt):
    """A table that goes through linear, ReLU, linear and LayerNorm, without a residual, on its way to the input.

    Table and network are trained; what is kept of them is the table that comes out. LayerNorm starts each token
    with numbers of mean 0 and deviation 1, whatever the table holds.
    """

    def __init__(self, values: Tensor, generator: torch.Generator) -> None:
        """Start from ``values``, ``[tokens, width]`` (copied), and a network drawn by ``generator`` on the CPU."""
        super().__init__()
        width = values.shape[1]
        self.values = nn.Parameter(values.detach().to(torch.float32).clone())
        self.inner, self.outer = (_drawn_linear(width, generator) for _ in range(2))
        self.norm = nn.LayerNorm(width)

    @property
    def tokens(self) -> int:
        """Rows of the table."""
        return len(self.values)

    def forward(self, generator: torch.Generator | None = None) -> Tensor:
        """The table that comes out, ``[tokens, width]``; there is no dropout."""
        table: Tensor = self.norm(self.outer(torch.relu(self.inner(self.values))))
        return table


def uniform_table(tokens: int, width: int, reach: float, generator: torch.Generator) -> SoftTable:
    """A plain table drawn from U(-``reach``, ``reach``) by ``generator``, on the CPU."""
    return SoftTable(draw_uniform(tokens, width, reach, generator))


def reparameterized_table(tokens: int, width: int, reach: float, generator: torch.Generator) -> ReparameterizedTable:
    """A table from U(-``reach``, ``reach``) with a fresh network behind it, on the CPU."""
    return ReparameterizedTable(draw_uniform(tokens, width, reach, generator), generator)


def draw_uniform(tokens: int, width: int, reach: float, generator: torch.Generator) -> Tensor:
    """Numbers from U(-``reach``, ``reach``), ``[tokens, width]``."""
    return (torch.rand(tokens, width, generator=generator) * 2 - 1) * reach


def _drawn_linear(width: int, generator: torch.Generator) -> nn.Linear:
    """A linear layer from U(-1 / sqrt(width), 1 / sqrt(width)), weights and biases."""
    layer = nn.Linear(width, width, device="meta").to_empty(device="cpu")
    with torch.no_grad():
        for parameter in (layer.weight, layer.bias):
            parameter.copy_((torch.rand(parameter.shape, generator=generator) * 2 - 1) * width**-0.5)
    return layer
