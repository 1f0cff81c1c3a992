"""Text to token ids and padded batches."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import torch
from torch import Tensor

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PAD_MULTIPLE = 8
"""bfloat16 kernels on a CPU are built anew for every new shape, so lengths are rounded up (METHODS section 5)."""


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Padded sequences, both int64 ``[batch, tokens]``: ids, and the mask with 1 for text and 0 for padding."""

    input_ids: Tensor
    attention_mask: Tensor

    def to(self, device: torch.device) -> TokenBatch:
        """The same batch on ``device``."""
        return TokenBatch(self.input_ids.to(device), self.attention_mask.to(device))


@dataclass(frozen=True, slots=True)
class PlacedPieces:
    """A text's tokens without special ones, and which of its characters ``[start, end)`` each was made of.

    Offsets count the code points of the text as it was given, before any normalisation; they may begin with the white
    space before a word.
    """

    ids: tuple[int, ...]
    offsets: tuple[tuple[int, int], ...]


class PaddingTokenizer(ABC):
    """A model's tokenizer with a length cap and padding on the right to a multiple of 8."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_tokens: int, pad_id: int) -> None:
        """Wrap ``tokenizer``; no sequence gets longer than ``max_tokens``."""
        self._tokenizer = tokenizer
        self.max_tokens = max_tokens
        self.pad_id = pad_id
        self.vocabulary_size = len(tokenizer)
        self.unknown_id = None if tokenizer.unk_token_id is None else int(tokenizer.unk_token_id)

    @abstractmethod
    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text as the model wants them, at most ``max_tokens``."""

    def pieces(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text without special tokens and without a cap."""
        if not texts:
            return []
        encoded = self._tokenizer(list(texts), add_special_tokens=False, return_attention_mask=False, verbose=False)
        return [list(ids) for ids in encoded["input_ids"]]

    def spelled(self, ids: Sequence[int]) -> list[str]:
        """The tokens as the vocabulary writes them, such as ``▁play``, for messages."""
        return [str(token) for token in self._tokenizer.convert_ids_to_tokens(list(ids))]

    def pad(self, sequences: Sequence[Sequence[int]], multiple_of: int = PAD_MULTIPLE) -> TokenBatch:
        """Pad on the right to the longest sequence, rounded up to a multiple of ``multiple_of`` (not over the cap)."""
        longest = max(len(sequence) for sequence in sequences)
        width = max(longest, min(-(-longest // multiple_of) * multiple_of, self.max_tokens))
        input_ids = torch.full((len(sequences), width), self.pad_id, dtype=torch.int64)
        attention_mask = torch.zeros((len(sequences), width), dtype=torch.int64)
        for row, sequence in enumerate(sequences):
            input_ids[row, : len(sequence)] = torch.as_tensor(sequence, dtype=torch.int64)
            attention_mask[row, : len(sequence)] = 1
        return TokenBatch(input_ids, attention_mask)

    def batch(self, texts: Sequence[str], multiple_of: int = PAD_MULTIPLE) -> TokenBatch:
        """Encode and pad ``texts``."""
        return self.pad(self.encode(texts), multiple_of)


class BackboneTokenizer(PaddingTokenizer):
    """The tokenizer of an encoder: special tokens before and behind a text."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> None:
        """Wrap ``tokenizer``; no sequence gets longer than ``max_tokens``, its two special tokens included."""
        super().__init__(tokenizer, max_tokens, int(tokenizer.pad_token_id))
        self.start_id = int(tokenizer.cls_token_id)
        self.end_id = int(tokenizer.sep_token_id)
        self.mask_id = int(tokenizer.mask_token_id)
        self.special_ids = tuple(sorted(int(token) for token in tokenizer.all_special_ids))
        self._separators = int(tokenizer.num_special_tokens_to_add(pair=True)) - 2

    def placed_pieces(self, texts: Sequence[str]) -> list[PlacedPieces]:
        """As :meth:`pieces`, with the place of each token in its text."""
        if not texts:
            return []
        encoded = self._tokenizer(
            list(texts),
            add_special_tokens=False,
            return_attention_mask=False,
            return_offsets_mapping=True,
            verbose=False,
        )
        return [
            PlacedPieces(tuple(ids), tuple((int(start), int(end)) for start, end in offsets))
            for ids, offsets in zip(encoded["input_ids"], encoded["offset_mapping"], strict=True)
        ]

    def wrap(self, pieces: Sequence[int], max_tokens: int | None = None) -> list[int]:
        """``<s> pieces </s>``, the end of ``pieces`` cut off where the cap demands it."""
        room = min(max_tokens or self.max_tokens, self.max_tokens) - 2
        return [self.start_id, *pieces[:room], self.end_id]

    def wrap_pair(self, first: Sequence[int], second: Sequence[int], *, keep_end: bool = False) -> list[int]:
        """Two texts' pieces joined as the tokenizer joins pairs, such as ``<s> first </s></s> second </s>`` for XLM-R.

        Where the cap demands it, ``first`` is cut: its end, or with ``keep_end`` its start; ``second`` stays whole.
        Models that number their segments (BERT) get no numbers for them.

        Raises:
            ValueError: ``second`` leaves no room for a token of ``first``.
        """
        room = self.max_tokens - 2 - self._separators - len(second)
        if room < 1:
            raise ValueError(
                f"a second text of {len(second)} tokens leaves no room for a first one in the {self.max_tokens} tokens "
                "of the backbone; shorten it or raise max_tokens"
            )
        kept = first[-room:] if keep_end else first[:room]
        return [self.start_id, *kept, *[self.end_id] * self._separators, *second, self.end_id]

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text as the encoder wants them: ``<s> ... </s>``, at most ``max_tokens``."""
        return [self.wrap(pieces) for pieces in self.pieces(texts)]
