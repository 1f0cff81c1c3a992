"""Tokens by a rule of thumb, before a service has counted them.

The model's own tokenizer is not used, which an endpoint need not publish: four ASCII characters make one token, and so
do two UTF-8 bytes of any other character, and every message adds a few. That is no bound (a byte-level tokenizer may
need up to one token per byte); what is billed are the tokens that the endpoint counts.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final

ASCII_PER_TOKEN: Final = 4
BYTES_PER_TOKEN: Final = 2
TOKENS_PER_MESSAGE: Final = 8
"""Marks of role, beginning and end."""


@lru_cache(maxsize=256)
def estimate_tokens(text: str) -> int:
    """Tokens of ``text`` by the rule of thumb above, rounded up."""
    plain = len(text.encode("ascii", "ignore"))
    other = len(text.encode()) - plain
    return -(-plain // ASCII_PER_TOKEN) + -(-other // BYTES_PER_TOKEN)
