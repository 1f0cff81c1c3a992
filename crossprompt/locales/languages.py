"""What a BCP-47 tag such as ``sw-KE`` or ``zh-TW`` says: language, script, direction, names and family.

Names and likely scripts come from Unicode CLDR through ``langcodes`` and ``language-data``; no list of locales is
kept here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import langcodes
from langcodes.tag_parser import LanguageTagError

from crossprompt.locales.families import FAMILY_OF

_RIGHT_TO_LEFT = frozenset({"Adlm", "Arab", "Hebr", "Mand", "Nkoo", "Rohg", "Samr", "Syrc", "Thaa"})
"""ISO 15924 codes of the living scripts that Unicode writes from right to left."""


_HAN = frozenset({"Hans", "Hant"})
_BROADER_SCRIPT = {"Hang": "Kore"}
"""Korean text is tagged either way: Kore is Hangul with the Chinese characters that may stand in between."""


class LocaleError(ValueError):
    """A tag names no language, or no locale among those at hand; the message names the tag."""


@dataclass(frozen=True, slots=True)
class Locale:
    """A BCP-47 tag and what is known about it."""

    tag: str
    """Canonical case: ``zh-TW``, ``sr-Latn``."""
    language: str
    """ISO 639 code as written in the tag: ``zh``."""
    territory: str | None
    """ISO 3166 code, if the tag has one: ``TW``."""
    territory_name: str | None
    """In English: ``Taiwan``."""
    script: str
    """ISO 15924 code, the likely one where the tag has none: ``Hant``."""
    script_name: str
    """In English: ``Cyrillic``, ``Han (Traditional)``."""
    english_name: str
    """Of the language; Chinese, and a script that is not the language's usual one, are told apart: ``Chinese
    (Traditional)``.
    """
    autonym: str
    """The language's own name for itself."""
    right_to_left: bool
    family: str
    """Top-level family, ``Unknown`` where the table has no entry."""
    branch: str


@lru_cache(maxsize=1024)
def describe_locale(tag: str) -> Locale:
    """Everything about ``tag``; case and ``_`` for ``-`` don't matter.

    Raises:
        LocaleError: ``tag`` is malformed or its language, script or territory does not exist.
    """
    parsed = _parse(tag)
    language = parsed.language or ""
    script = parsed.maximize().script or "Zyyy"
    family, branch = FAMILY_OF.get(language, ("Unknown", "Unknown"))
    return Locale(
        tag=parsed.to_tag(),
        language=language,
        territory=parsed.territory,
        territory_name=str(parsed.territory_name()) if parsed.territory else None,
        script=script,
        script_name=f"Han ({_script_name(script)})" if script in _HAN else _script_name(script),
        english_name=_english_name(parsed, script),
        autonym=langcodes.Language.make(language=language, script=parsed.script).autonym(),
        right_to_left=script in _RIGHT_TO_LEFT,
        family=family,
        branch=branch,
    )


def normalise_tag(tag: str) -> str:
    """``tag`` in canonical case with hyphens (``ZH_tw`` gives ``zh-TW``); the language code itself is kept.

    Raises:
        LocaleError: See :func:`describe_locale`.
    """
    return describe_locale(tag).tag


def same_language(first: str, second: str) -> bool:
    """Whether two tags name the same written language: ``ar`` and ``ar-SA`` do, ``zh-CN`` and ``zh-TW`` do not.

    Two codes of one language (``tl`` and ``fil``, ``sw`` and ``swh``) count as one; a territory alone makes no
    difference, a script does.

    Raises:
        LocaleError: See :func:`describe_locale`.
    """
    return written_language(first) == written_language(second)


def written_language(tag: str, *, macro: bool = True) -> str:
    """The shortest tag of the written language that ``tag`` names: ``ar-SA`` gives ``ar``, ``zh-TW`` ``zh-Hant``.

    The script is told only where it is not the language's usual one.

    Args:
        tag: A BCP-47 tag.
        macro: Name a member that stands for its whole macrolanguage by that, as Unicode CLDR does: ``swh`` gives
            ``sw``, ``arb-Arab`` gives ``ar``.

    Raises:
        LocaleError: See :func:`describe_locale`.
    """
    described = describe_locale(tag)
    language = langcodes.standardize_tag(described.language, macro=macro)
    script = _BROADER_SCRIPT.get(described.script, described.script)
    usual = langcodes.Language.get(language).maximize().script
    return language if script == usual else f"{language}-{script}"


def find_locale(wanted: str, available: Iterable[str]) -> str:
    """The member of ``available`` that is ``wanted``, or else the only one in the same written language.

    So ``ar-SA`` finds COD's ``ar``, and ``sw`` finds MASSIVE's ``sw-KE``. The member is returned as it is spelled
    there.

    Raises:
        LocaleError: No member fits, or several do and none is the same tag.
    """
    members = list(available)
    exact = [member for member in members if normalise_tag(member) == normalise_tag(wanted)]
    matches = exact or [member for member in members if same_language(member, wanted)]
    if len(matches) == 1:
        return matches[0]
    problem = f"is ambiguous among {', '.join(sorted(matches))}" if matches else "is not there"
    raise LocaleError(f"locale {wanted!r} {problem}; there are {', '.join(sorted(members)) or 'none at all'}")


def _parse(tag: str) -> langcodes.Language:
    try:
        parsed = langcodes.Language.get(tag.strip().replace("_", "-"), normalize=False)
    except (LanguageTagError, AttributeError):
        raise LocaleError(f"{tag!r} is no BCP-47 tag; write language-TERRITORY, such as sw-KE or zh-TW") from None
    if not parsed.language or parsed.extlangs or not parsed.is_valid():
        raise LocaleError(f"{tag!r} names no known language, script or territory; write a BCP-47 tag such as sw-KE")
    return parsed


def _english_name(parsed: langcodes.Language, script: str) -> str:
    bare = langcodes.Language.make(language=parsed.language)
    name = str(bare.language_name())
    usual = script not in _HAN and bare.maximize().script == script
    return name if usual else f"{name} ({_script_name(script)})"


def _script_name(script: str) -> str:
    return str(langcodes.Language.make(script=script).script_name())
