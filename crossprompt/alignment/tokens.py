"""The token ids of all distinct texts, made once and held in two flat arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from tqdm import tqdm

from crossprompt.backbones.tokenizer import BackboneTokenizer

CHUNK = 8192


@dataclass(frozen=True, slots=True)
class TokenStore:
    """Token ids without special tokens: those of text ``i`` are ``tokens[offsets[i]:offsets[i + 1]]``."""

    tokens: NDArray[np.int32]
    offsets: NDArray[np.int64]

    def join(self, texts: NDArray[np.int32]) -> NDArray[np.int32]:
        """The token ids of ``texts`` one after the other.

        For tokenizers that cut at blanks first (XLM-R's and ``mini``'s do) these are the ids of the texts joined by one
        blank.
        """
        return np.concatenate([self.tokens[self.offsets[text] : self.offsets[text + 1]] for text in texts])

    def lengths(self, texts: NDArray[np.int32]) -> NDArray[np.int64]:
        """Tokens in each of ``texts``."""
        return self.offsets[texts + 1] - self.offsets[texts]


def tokenize_texts(texts: pa.Array, tokenizer: BackboneTokenizer, progress: bool = False) -> TokenStore:
    """Token ids of every text in ``texts``, in chunks so that little memory is needed beside the result."""
    parts: list[NDArray[np.int32]] = []
    lengths: list[int] = []
    with tqdm(total=len(texts), desc="tokenizing", unit="text", disable=not progress) as bar:
        for start in range(0, len(texts), CHUNK):
            encoded = tokenizer.pieces(texts[start : start + CHUNK].to_pylist())
            lengths += [len(pieces) for pieces in encoded]
            parts.append(np.fromiter((token for pieces in encoded for token in pieces), dtype=np.int32))
            bar.update(len(encoded))
    offsets = np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)]).astype(np.int64)
    return TokenStore(np.concatenate(parts) if parts else np.zeros(0, np.int32), offsets)
