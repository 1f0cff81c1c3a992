"""The last layer for the first token alone, where nothing but a sentence's ``<s>`` is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from torch import Tensor, nn


@contextmanager
def first_token_only(encoder: nn.Module, on: bool = True) -> Iterator[None]:
    """While open, a forward of ``encoder`` gives hidden states ``[batch, 1, width]``: those of the first token.

    In the last layer other tokens matter as keys and values alone, so what comes behind its attention (three quarters
    of a layer's arithmetic, an eighth of that of 6 layers) is left out for them; the first token's numbers stay.

    Args:
        encoder: A transformers encoder of the BERT family, with or without gradients.
        on: False: change nothing.

    Raises:
        AttributeError: The encoder is built in another way.
    """
    if not on:
        yield
        return
    last = encoder.get_submodule("encoder.layer")[-1]  # type: ignore[index]  # a ModuleList
    handle = last.get_submodule("attention.output").register_forward_pre_hook(_keep_first)
    try:
        yield
    finally:
        handle.remove()


def _keep_first(_: nn.Module, states: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Attention's result and the residual beside it, both ``[batch, tokens, width]``."""
    return tuple(state[:, :1] for state in states)
