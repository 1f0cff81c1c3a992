"""Damage that a text carries whatever its language: broken characters, wrong normalisation, markup that leaked."""

from __future__ import annotations

import unicodedata

import regex

_MOJIBAKE = regex.compile(r"[ÂÃÄÅØÙÐÑÎÏàáâãä][\x80-\xBF€‚ƒ„…†‡ˆ‰Š‹Œ‘’“”•–—˜™š›œŸ]")
"""Lead byte and continuation byte of UTF-8, read as Latin-1 or Windows-1252."""

_FORBIDDEN = regex.compile(r"[\p{Cc}\p{Cs}\p{Co}\p{Cn}--[\t]]", regex.V1)
"""Controls (a turn is one line), lone surrogates, private use and unassigned code points."""

_OPENERS = {"\u202a": "\u202c", "\u202b": "\u202c", "\u202d": "\u202c", "\u202e": "\u202c"}
_ISOLATES = {"\u2066": "\u2069", "\u2067": "\u2069", "\u2068": "\u2069"}
_CLOSERS = frozenset({"\u202c", "\u2069"})

_MARKUP = {
    "tag": regex.compile(r"</?[A-Za-z][\w:-]*(?:\s[^<>]*)?/?>"),
    "entity": regex.compile(r"&(?:[A-Za-z]{2,8}|#\d{1,7}|#x[0-9A-Fa-f]{1,6});"),
    "placeholder": regex.compile(r"\{\{?[^{}]{0,60}\}\}?|%\(\w+\)[sd]|\$\{\w+\}|__\w+__"),
    "slot": regex.compile(r"\[\s*[\w.-]+\s*[:：][^\]]*\]"),
    "code": regex.compile(r"```|^\s*[#>*]{1,3}\s|\*\*[^*]+\*\*"),
}


def text_problems(text: str) -> tuple[str, ...]:
    """Names of what is broken in ``text``: ``replacement``, ``mojibake``, ``control``, ``bidi``, ``bom``; empty if
    nothing is.

    Joiners, directional marks and zero-width spaces carry meaning in Persian, Indic, Khmer or Thai text and pass.
    """
    found = {
        "replacement": "\ufffd" in text,
        "mojibake": is_mojibake(text),
        "control": _FORBIDDEN.search(text) is not None,
        "bidi": not _bidi_is_balanced(text),
        "bom": "\ufeff" in text,
    }
    return tuple(name for name, present in found.items() if present)


def is_mojibake(text: str) -> bool:
    """Whether ``text`` holds UTF-8 that was decoded as Latin-1 or Windows-1252: ``cafÃ©`` for ``café``."""
    for match in _MOJIBAKE.finditer(text):
        for codec in ("cp1252", "latin-1"):
            try:
                match.group().encode(codec).decode("utf-8")
            except UnicodeError:
                continue
            return True
    return any(sign in text for sign in ("â€™", "â€œ", "â€“", "à¤", "à¸", "Ø§", "Ð°"))


def _bidi_is_balanced(text: str) -> bool:
    open_ends: list[str] = []
    for character in text:
        end = _OPENERS.get(character) or _ISOLATES.get(character)
        if end:
            open_ends.append(end)
        elif character in _CLOSERS and (not open_ends or open_ends.pop() != character):
            return False
    return not open_ends


def is_nfc(text: str) -> bool:
    """Whether ``text`` is in Unicode normalisation form C."""
    return unicodedata.is_normalized("NFC", text)


def leaked_markup(source: str, target: str) -> tuple[str, ...]:
    """Kinds of markup in ``target`` but not in ``source``: tag, entity, placeholder, slot, code."""
    return tuple(kind for kind, pattern in _MARKUP.items() if pattern.search(target) and not pattern.search(source))
