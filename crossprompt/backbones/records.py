"""What a backbone is known by, and the shape of the prompts that fit it."""

from __future__ import annotations

from crossprompt.records import Record


class BackboneIdentity(Record):
    """Names a frozen encoder in file headers: two backbones with the same fingerprint compute the same."""

    name: str
    """As given in the settings: ``mini``, a folder's name, or a hub id."""
    revision: str | None
    fingerprint: str
    """SHA-256 over the weights, the configuration and the tokenizer."""


class PromptShape(Record):
    """The shape of a deep prompt: ``length`` keys and values before those of every layer (METHODS section 1)."""

    layers: int
    heads: int
    length: int
    head_dim: int

    @property
    def sizes(self) -> tuple[int, int, int, int, int]:
        """``(layers, 2, heads, length, head_dim)``; of the 2, first the keys, then the values."""
        return self.layers, 2, self.heads, self.length, self.head_dim

    @property
    def parameters(self) -> int:
        """How many numbers that are: 786,432 for XLM-R-large with 16 positions."""
        return 2 * self.layers * self.heads * self.length * self.head_dim
