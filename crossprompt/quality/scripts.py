"""Is a text written in the script of its locale, and Chinese text in the right form of Han?

Scripts are Unicode's Script property; which one a locale uses is CLDR's likely script.
"""

from __future__ import annotations

from functools import lru_cache

import regex

from crossprompt.locales.languages import describe_locale

_SCRIPTS_OF_WRITING_SYSTEM = {
    "Jpan": ("Hira", "Kana", "Hani"),
    "Kore": ("Hang", "Hani"),
    "Hans": ("Hani", "Bopo"),
    "Hant": ("Hani", "Bopo"),
}
"""ISO 15924 codes that stand for several Unicode scripts, or for a form of one."""

_LETTER = regex.compile(r"[\p{L}--\p{Script=Common}--\p{Script=Inherited}]", regex.V1)
_LATIN_WORD = regex.compile(r"[\p{Script=Latn}]+")
_HAN = regex.compile(r"\p{Script=Hani}")

MIN_SCRIPT_SHARE = 0.35
"""Least share of a text's letters in its locale's script. Names, brands and titles in Latin letters are common in
text of every
other script: right rows of the sample stay above one half."""

MAX_WRONG_FORM_SHARE = 0.5
"""Largest share of the wrong form among the characters that belong to only one form of Chinese."""


def scripts_of_locale(locale: str) -> tuple[str, ...]:
    """Unicode scripts (ISO 15924 codes) that a text of ``locale`` may be written in; empty if the script is not known.

    Raises:
        crossprompt.locales.languages.LocaleError: ``locale`` is no language tag.
    """
    script = describe_locale(locale).script
    scripts = _SCRIPTS_OF_WRITING_SYSTEM.get(script, (script,))
    return scripts if all(_is_unicode_script(code) for code in scripts) else ()


@lru_cache(maxsize=256)
def _is_unicode_script(code: str) -> bool:
    try:
        regex.compile(rf"\p{{Script={code}}}")
    except regex.error:
        return False
    return True


@lru_cache(maxsize=256)
def _letters_of(scripts: tuple[str, ...]) -> regex.Pattern[str]:
    classes = "".join(rf"\p{{Script={code}}}" for code in scripts)
    return regex.compile(rf"[[{classes}]&&\p{{L}}]", regex.V1)


def script_share(text: str, scripts: tuple[str, ...]) -> float:
    """Share of the letters of ``text`` in one of ``scripts``, 0 to 1; 1 for a text without letters."""
    letters = len(_LETTER.findall(text))
    return len(_letters_of(scripts).findall(text)) / letters if letters else 1.0


def is_in_script_of(text: str, locale: str) -> bool:
    """Whether enough letters of ``text`` are in the script of ``locale`` and, for Chinese, in the right form of Han.

    A locale whose script is unknown accepts every text. Latin words that stand in the text by themselves and make
    up all of it (``OK``, ``Wi-Fi``) are no evidence: up to two of them are accepted anywhere.
    """
    scripts = scripts_of_locale(locale)
    if not scripts:
        return True
    if script_share(text, scripts) < MIN_SCRIPT_SHARE:
        return _is_a_short_latin_name(text)
    return wrong_form_share(text, describe_locale(locale).script) <= MAX_WRONG_FORM_SHARE


def _is_a_short_latin_name(text: str) -> bool:
    words = _LATIN_WORD.findall(text)
    only_latin = sum(map(len, words)) == len(_LETTER.findall(text))
    return only_latin and len(words) <= 2 and all(word[0].isupper() for word in words)


def wrong_form_share(text: str, script: str) -> float:
    """Share of the other form among the characters of ``text`` that exist in one form of Chinese only, 0 if there
    are none.

    ``script`` is ``Hans`` or ``Hant``; 0 for every other one. The two national character sets tell the forms
    apart: GB 2312
    holds the simplified characters, Big5 the traditional ones; what both hold, or neither, says nothing.
    """
    if script not in ("Hans", "Hant"):
        return 0.0
    forms = [_form_of(character) for character in _HAN.findall(text)]
    simplified, traditional = forms.count("Hans"), forms.count("Hant")
    if not simplified + traditional:
        return 0.0
    wrong = traditional if script == "Hans" else simplified
    return wrong / (simplified + traditional)


@lru_cache(maxsize=65536)
def _form_of(character: str) -> str | None:
    in_simplified, in_traditional = _encodes(character, "gb2312"), _encodes(character, "big5")
    if in_simplified == in_traditional:
        return None
    return "Hans" if in_simplified else "Hant"


def _encodes(character: str, codec: str) -> bool:
    try:
        character.encode(codec)
    except UnicodeEncodeError:
        return False
    return True
