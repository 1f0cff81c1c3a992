"""From a BCP-47 tag to the code by which a translation service or model calls that language.

Services name languages in their own ways: ``zh-TW``, ``zho_Hant``, ``<2zh_Hant>``. Their codes are first read as
tags, then a wanted tag is matched with these by language, script and territory, with Unicode CLDR's data through
``langcodes``. A tag in another script or language never matches, however near that is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache

import langcodes
from langcodes.tag_parser import LanguageTagError

from crossprompt.locales.languages import LocaleError, normalise_tag

SOURCE_LANGUAGE = "en"

_WHOLE = {"nb": "no", "pbt": "ps", "quy": "qu", "fuv": "ff"}
"""Members that stand for their whole ISO 639-3 macrolanguage where a service has no other; CLDR folds the rest."""
_SAME_SCRIPT = {"Hang": "Kore"}


@dataclass(frozen=True, slots=True)
class _Name:
    """What is compared of a tag: ISO 639-3 language, its macrolanguage, ISO 15924 script, territory."""

    language: str
    macro: str
    script: str
    territory: str | None


class LanguageCodes:
    """The languages of one service or model, English left out."""

    def __init__(self, codes: Mapping[str, str]) -> None:
        """The service's codes.

        Args:
            codes: For each of the service's codes, how it reads as a BCP-47 tag; one that names no known language is
                left out.
        """
        self._tags = {code: tag for code, tag in codes.items() if _is_foreign(tag)}

    def find(self, locale: str) -> str:
        """The service's code for ``locale``.

        The same language and script are wanted; then the same territory counts, then the nearest by CLDR's distance
        (for ``pt-AO`` rather ``pt-PT`` than ``pt-BR``). A macrolanguage finds the member that usually stands for it
        (``ar`` Modern Standard Arabic, ``no`` Bokmål) where the service has none of its own name.

        Raises:
            LocaleError: ``locale`` is no valid tag, or the service lacks it.
        """
        found = self._matches.get(locale) or self._match(locale)
        if found is None:
            raise LocaleError(f"there is no {locale!r} among the {len(self._tags)} languages at hand")
        self._matches[locale] = found
        return found

    @cached_property
    def locales(self) -> tuple[str, ...]:
        """A tag for each code, the shortest that :meth:`find` turns into it; sorted."""
        return tuple(sorted({tag for code in self._tags if (tag := self._shortest(code)) is not None}))

    @cached_property
    def _matches(self) -> dict[str, str]:
        return {}

    @cached_property
    def _names(self) -> dict[str, _Name]:
        return {code: _name(tag) for code, tag in self._tags.items()}

    def _match(self, locale: str) -> str | None:
        wanted = _name(normalise_tag(locale))
        if wanted.language == _name(SOURCE_LANGUAGE).language:
            return None
        near = {code: name for code, name in self._names.items() if name.script == wanted.script}
        own = [code for code, name in near.items() if name.language == wanted.language]
        whole = [code for code, name in near.items() if name.macro == wanted.macro]
        return self._nearest(locale, wanted, own) or self._nearest(locale, wanted, whole)

    def _nearest(self, locale: str, wanted: _Name, codes: list[str]) -> str | None:
        same = [code for code in codes if self._names[code].territory == wanted.territory]
        if same or len(codes) < 2:
            return min(same or codes, default=None)
        ordered = sorted(codes, key=lambda code: (self._names[code].territory is not None, code))
        tags = {self._tags[code]: code for code in ordered}
        return tags[langcodes.closest_match(locale, list(tags), max_distance=1000)[0]]

    def _shortest(self, code: str) -> str | None:
        written = langcodes.Language.get(self._tags[code], normalize=False)
        full = langcodes.Language.get(self._tags[code])
        macro = str(langcodes.standardize_tag(full.language or "", macro=True))
        names = dict.fromkeys((_WHOLE.get(macro, macro), macro, full.language, written.language))
        parts = ((None, None), (full.script, None), (None, full.territory))
        forms = (
            str(langcodes.Language.make(name, script=script, territory=territory).to_tag())
            for name in names
            for script, territory in parts
        )
        return next((form for form in forms if self._offers(form, code)), None)

    def _offers(self, tag: str, code: str) -> bool:
        try:
            return self.find(tag) == code
        except LocaleError:
            return False


def _is_foreign(tag: str) -> bool:
    """Whether ``tag`` names a language that is known, and not English."""
    try:
        parsed = langcodes.Language.get(tag)
    except LanguageTagError:
        return False
    return bool(parsed.language) and parsed.is_valid() and parsed.language != SOURCE_LANGUAGE


@lru_cache(maxsize=4096)
def _name(tag: str) -> _Name:
    written = langcodes.Language.get(tag, normalize=False)
    parsed = langcodes.Language.get(tag)
    language = parsed.language or ""
    macro = str(langcodes.standardize_tag(language, macro=True))
    script = parsed.maximize().script or ""
    return _Name(
        language=_alpha3(written.language or ""),
        macro=_WHOLE.get(macro, macro),
        script=_SAME_SCRIPT.get(script, script),
        territory=parsed.territory,
    )


def _alpha3(language: str) -> str:
    try:
        return str(langcodes.Language.make(language).to_alpha3())
    except LookupError:
        return language
