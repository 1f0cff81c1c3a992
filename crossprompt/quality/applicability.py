"""Which checks make sense for the rows of a locale."""

from __future__ import annotations

from collections.abc import Collection

from crossprompt.locales.languages import describe_locale
from crossprompt.quality.checks import CATALOGUE, LANGUAGE_CHECKS, CheckName
from crossprompt.quality.language import labels_of_locale
from crossprompt.quality.scripts import scripts_of_locale
from crossprompt.translation.rows import Nature

_PSEUDO_TERRITORIES = frozenset({"XA", "XB", "XC"})
"""CLDR's codes for pseudo-locales."""

_PSEUDO_ENGINE = "pseudo"


def applicable_checks(locale: str, natures: Collection[str], engines: Collection[str]) -> frozenset[CheckName]:
    """The checks that apply to rows of ``locale`` with these ``natures``, made by these ``engines``.

    Numbers and slot values are checked in translated text only; the language where the identifier knows it; names where
    the script is Latin, as in English; copies where the language is not English itself; none of language in
    pseudo-localised text.

    Raises:
        crossprompt.locales.languages.LocaleError: ``locale`` is no language tag.
    """
    checks = {check.name for check in CATALOGUE}
    if Nature.TRANSLATED not in natures:
        checks -= {check.name for check in CATALOGUE if check.translated_only}
    if is_pseudo(locale, engines):
        return frozenset(checks - LANGUAGE_CHECKS)
    if not labels_of_locale(locale):
        checks.discard(CheckName.LANGUAGE)
    if describe_locale(locale).language == "en":
        checks.discard(CheckName.NOT_COPIED)
    scripts = scripts_of_locale(locale)
    if not scripts:
        checks.discard(CheckName.SCRIPT)
    if "Latn" not in scripts:
        checks.discard(CheckName.NAMES_KEPT)
    return frozenset(checks)


def is_pseudo(locale: str, engines: Collection[str]) -> bool:
    """Whether the text is pseudo-localised: by its locale (``en-XA``), or because only the pseudo engine wrote it."""
    return describe_locale(locale).territory in _PSEUDO_TERRITORIES or set(engines) == {_PSEUDO_ENGINE}
