"""What a frozen decoder makes of a text, kept: keys and values of every layer, which nothing behind it can change.

A causal model's states of a text don't depend on the soft tokens that follow. So a text is read once, without a
gradient, and each trial, seed and prompt length goes on from there: an update costs as much as its soft tokens.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


class TextCache:
    """Stands in for the key-value cache of a transformers decoder; an empty one records, a filled one is read.

    It keeps nothing between forwards but what it was made with: the library's own caches grow by what they see.
    """

    is_compileable = False

    def __init__(self, states: Tensor | None = None) -> None:
        """Record, or stand for the ``states`` of texts, ``[layers, 2, batch, heads, tokens, head_dim]``."""
        self._states = states
        self._recorded: list[tuple[Tensor, Tensor]] = []

    def update(self, keys: Tensor, values: Tensor, layer: int, *_: Any, **__: Any) -> tuple[Tensor, Tensor]:
        """``keys`` and ``values`` of ``layer`` behind those of the text: ``[batch, heads, tokens, head_dim]``."""
        if self._states is None:
            self._recorded.append((keys, values))
            return keys, values
        before = self._states[layer]
        return torch.cat([before[0], keys], dim=2), torch.cat([before[1], values], dim=2)

    def get_seq_length(self, *_: Any) -> int:
        """Tokens of the texts, padding included."""
        return 0 if self._states is None else int(self._states.shape[4])

    def get_query_offset(self, *_: Any) -> int:
        """Where the tokens of a forward begin."""
        return self.get_seq_length()

    def get_mask_sizes(self, query_length: int, *_: Any) -> tuple[int, int]:
        """Keys that the tokens of a forward may look at, and where they begin."""
        return self.get_seq_length() + query_length, 0

    def recorded(self) -> Tensor:
        """What was recorded, ``[layers, 2, batch, heads, tokens, head_dim]``."""
        return torch.stack([torch.stack(pair) for pair in self._recorded])


@dataclass(frozen=True, slots=True)
class TextStates:
    """Texts that were read: ``states`` ``[layers, 2, batch, heads, tokens, head_dim]``, padded on the right, and the
    number of tokens of each, ``lengths`` ``[batch]``."""

    states: Tensor
    lengths: Tensor

    @property
    def visible(self) -> Tensor:
        """Which tokens are text, ``[batch, tokens]``, 1 and 0."""
        positions = torch.arange(self.states.shape[4], device=self.lengths.device)
        return (positions < self.lengths[:, None]).to(torch.int64)


Read = Callable[[Sequence[tuple[int, ...]]], Tensor]
"""From different texts' token ids to their states, ``[layers, 2, texts, heads, tokens, head_dim]``, padded on the
right."""


class TextMemory:
    """The states of the texts that were read last, as many as fit into ``most_bytes``."""

    def __init__(self, read: Read, most_bytes: int) -> None:
        self._read, self._most_bytes = read, most_bytes
        self._kept: OrderedDict[tuple[int, ...], Tensor] = OrderedDict()
        self._bytes = 0

    def states(self, texts: Sequence[tuple[int, ...]]) -> TextStates:
        """The states of ``texts``, in their order; those that are not kept are read, each once."""
        new = sorted(dict.fromkeys(text for text in texts if text not in self._kept), key=len)
        found = self._split(new)
        for text in texts:
            if text in self._kept:
                self._kept.move_to_end(text)
                found[text] = self._kept[text]
        together = _pad([found[text] for text in texts])
        for text in new:
            self._keep(text, found[text])
        return together

    def _split(self, texts: Sequence[tuple[int, ...]]) -> dict[tuple[int, ...], Tensor]:
        if not texts:
            return {}
        # a look at dev may read first what an update then goes on from: no inference tensors
        with torch.inference_mode(False), torch.no_grad():
            states = self._read(texts)
            return {text: states[:, :, row, :, : len(text)].clone() for row, text in enumerate(texts)}

    def _keep(self, text: tuple[int, ...], states: Tensor) -> None:
        self._kept[text] = states
        self._bytes += states.nbytes
        while self._bytes > self._most_bytes:
            _, oldest = self._kept.popitem(last=False)
            self._bytes -= oldest.nbytes


def _pad(states: Sequence[Tensor]) -> TextStates:
    """One batch of single texts' states, ``[layers, 2, heads, tokens, head_dim]`` each."""
    lengths = [own.shape[3] for own in states]
    layers, two, heads, _, size = states[0].shape
    padded = states[0].new_zeros(layers, two, len(states), heads, max(lengths), size)
    for row, own in enumerate(states):
        padded[:, :, row, :, : own.shape[3]] = own
    return TextStates(padded, torch.tensor(lengths, device=padded.device))
