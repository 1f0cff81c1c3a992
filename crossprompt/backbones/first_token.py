"""The last layer for one token of each row alone, where no other is read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
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
    # Contiguous, for of a strided batch `linear` makes a product of matrices, with a copy of its weights for each row.
    with _kept(encoder, lambda state: state[:, :1].contiguous()):
        yield


@contextmanager
def one_token_only(encoder: nn.Module, places: Tensor) -> Iterator[None]:
    """As :func:`first_token_only` for any token: that at ``places``, ``[batch]``, of each row.

    Raises:
        AttributeError: The encoder is built in another way.
    """
    chosen = places[:, None, None]
    with _kept(encoder, lambda state: state.gather(1, chosen.expand(-1, 1, state.shape[-1]))):
        yield


@contextmanager
def _kept(encoder: nn.Module, keep: Callable[[Tensor], Tensor]) -> Iterator[None]:
    """While open, ``keep`` decides what goes on behind the last layer's attention.

    It is applied to attention's result and the residual beside it, both ``[batch, tokens, width]``.
    """
    last = encoder.get_submodule("encoder.layer")[-1]  # type: ignore[index]  # a ModuleList
    handle = last.get_submodule("attention.output").register_forward_pre_hook(
        lambda _, states: tuple(keep(state) for state in states)
    )
    try:
        yield
    finally:
        handle.remove()
