"""Are slot values recognisable in a translation?

Names are inflected, transliterated and sometimes translated, so only what must be copied sign by sign is
demanded; names are compared by their beginnings where the script is the same, and by what they share within a
dialogue elsewhere.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import regex

from crossprompt.quality.numbers import fold_digits, is_number_word

_CODE = regex.compile(r"(?=[\w@.:/+-]*\d)(?=[\w@.:/+-]*\p{L}{2,})[\w@.:/+-]{4,}|\S+@\S+\.\S+|https?://\S+|\d{5,}")
_CLOCK_OR_UNIT = regex.compile(r"\d+(?:[.:]\d+)?(?:am|pm|st|nd|rd|th|min|km|mi|kg|ft|gb|mb)", regex.IGNORECASE)
_SEPARATORS = regex.compile(r"[\s.,:/()+'’_-]+")
_WORD = regex.compile(r"[\p{L}\p{M}]+")
SHARED_BEGINNING = 0.6
"""Share of a name's first letters that must stand at the start of a word of the target: ``Leeds`` in ``Leedsista``."""

_SHORT_SCRIPTS = regex.compile(r"[\p{Script=Hani}\p{Script=Hang}\p{Script=Hira}\p{Script=Kana}]")


def lost_codes(values: Iterable[str], target: str) -> tuple[str, ...]:
    """Codes among slot ``values`` (letters and digits, net addresses, long numbers) that ``target`` lacks."""
    codes = [m.group() for value in values for m in _CODE.finditer(value) if not _CLOCK_OR_UNIT.fullmatch(m.group())]
    return tuple(code for code in codes if _bare(code) not in _bare(target))


def _bare(text: str) -> str:
    return _SEPARATORS.sub("", fold_digits(text)).casefold()


@lru_cache(maxsize=1 << 16)
def is_name(value: str) -> bool:
    """Whether an English slot value is a proper name: its words of three letters and more start with a capital.

    Number words and names of months and days are none.
    """
    words = [word for word in _WORD.findall(value) if len(word) > 2]
    return bool(words) and all(word[0].isupper() and not is_number_word(word) for word in words)


def lost_names(values: Iterable[str], target: str) -> tuple[str, ...]:
    """Names among slot ``values`` of which no word begins like a word of ``target``; for targets in Latin script."""
    words = [fold_letters(word) for word in _WORD.findall(target)]
    return tuple(value for value in values if is_name(value) and not _begins_alike(value, words))


def _begins_alike(name: str, words: Sequence[str]) -> bool:
    parts = [fold_letters(part) for part in _WORD.findall(name) if len(part) > 2]
    return any(word.startswith(part[: max(3, round(SHARED_BEGINNING * len(part)))]) for part in parts for word in words)


@lru_cache(maxsize=1 << 16)
def fold_letters(word: str) -> str:
    """``word`` in lower case without diacritics."""
    return "".join(c for c in unicodedata.normalize("NFKD", word.casefold()) if not unicodedata.combining(c))


def inconsistent_names(
    values: Iterable[str], sources: Mapping[int, str], targets: Mapping[int, str]
) -> dict[int, tuple[str, ...]]:
    """Names that one dialogue renders in two ways, by turn: those turns share no run of letters with the first one.

    Args:
        values: The slot values of the dialogue.
        sources: English texts by turn.
        targets: Translations by turn, blank ones left out.
    """
    found: dict[int, tuple[str, ...]] = {}
    for name in sorted({value for value in values if is_name(value)}):
        turns = [turn for turn, text in sorted(sources.items()) if name in text and turn in targets]
        for turn in turns[1:]:
            if not _share_a_run(targets[turns[0]], targets[turn]):
                found[turn] = (*found.get(turn, ()), name)
    return found


def _share_a_run(first: str, second: str) -> bool:
    """Whether both texts hold the same run of letters, three long, or two in the scripts of East Asia."""
    return bool(_runs(first) & _runs(second))


@lru_cache(maxsize=1 << 12)
def _runs(text: str) -> frozenset[str]:
    size = 2 if _SHORT_SCRIPTS.search(text) else 3
    words = [fold_letters(word) for word in _WORD.findall(text)]
    return frozenset(word[i : i + size] for word in words for i in range(len(word) - size + 1))
