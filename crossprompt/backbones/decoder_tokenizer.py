"""Text to token ids for a causal language model: what it puts before a text, and nothing behind it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from crossprompt.backbones.loading import BackboneError
from crossprompt.backbones.tokenizer import PaddingTokenizer

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase


class DecoderTokenizer(PaddingTokenizer):
    """A decoder's tokenizer with a length cap.

    Attributes:
        opening: The special tokens before each text: ``</s>`` for XGLM, none for BLOOM.
    """

    def __init__(self, tokenizer: PreTrainedTokenizerBase, max_tokens: int) -> None:
        """Wrap ``tokenizer``; no text gets longer than ``max_tokens``, its special tokens included.

        Raises:
            BackboneError: It puts special tokens behind a text: what follows would not be read as its continuation.
        """
        # padding stands behind all that is looked at, so any id will do where there is none of its own
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else 0
        super().__init__(tokenizer, max_tokens, int(pad))
        self.opening = _opening(tokenizer)

    def wrap(self, pieces: Sequence[int]) -> list[int]:
        """The special tokens and ``pieces``, of which the end is cut off where the cap demands it."""
        return [*self.opening, *pieces[: self.max_tokens - len(self.opening)]]

    def encode(self, texts: Sequence[str]) -> list[list[int]]:
        """Token ids of each text as the decoder wants them, at most ``max_tokens``."""
        return [self.wrap(pieces) for pieces in self.pieces(texts)]


def _opening(tokenizer: PreTrainedTokenizerBase) -> tuple[int, ...]:
    """What the tokenizer puts before a text.

    Raises:
        BackboneError: It puts something behind it.
    """
    probe = "a"
    bare = list(tokenizer(probe, add_special_tokens=False)["input_ids"])
    whole = list(tokenizer(probe)["input_ids"])
    opening = len(whole) - len(bare)
    if whole[opening:] != bare:
        raise BackboneError(
            f"the tokenizer of {tokenizer.name_or_path!r} puts special tokens behind a text, so soft tokens can't "
            "continue it: give a causal model whose tokenizer opens texts only, such as XGLM or BLOOM"
        )
    return tuple(whole[:opening])
