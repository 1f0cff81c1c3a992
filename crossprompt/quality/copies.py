"""Is a translation just the English source, wholly or for the most part?"""

from __future__ import annotations

from functools import lru_cache

import regex

_WORD = regex.compile(r"[\p{L}\p{M}'’]+")

MIN_WORDS = 3
"""A shared text of fewer ordinary words may be right in both languages: ``Super!``, ``Hotel Linde, please``."""

MAX_SHARED = 0.7
"""Largest share of the source's ordinary words that may stand in the target unchanged. Related languages share some
(Afrikaans ``my``, ``is``, ``in``, ``warm``)."""


@lru_cache(maxsize=1 << 16)
def ordinary_words(source: str) -> tuple[str, ...]:
    """Distinct words of an English text but its names: words with a capital inside a sentence, and one-letter words."""
    words: list[str] = []
    for match in _WORD.finditer(source):
        word = match.group()
        starts_sentence = (
            not source[: match.start()].rstrip(" \"'“‘¿¡(") or source[: match.start()].rstrip()[-1:] in ".!?:"
        )
        if len(word) > 1 and (word.islower() or starts_sentence):
            words.append(word.lower())
    return tuple(dict.fromkeys(words))


def left_in_english(source: str, target: str) -> bool:
    """Whether ``target`` repeats ``source``, or most of its ordinary words (at least ``MIN_WORDS`` of them)."""
    words = ordinary_words(source)
    if len(words) < MIN_WORDS:
        return False
    kept = {match.group().lower() for match in _WORD.finditer(target)}
    return sum(word in kept for word in words) / len(words) > MAX_SHARED
