"""The suite of a locale: the catalogue of ``crossprompt.quality.checks`` as Great Expectations' expectations."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import great_expectations.expectations as gxe
from great_expectations import ExpectationSuite
from great_expectations.expectations.expectation import Expectation

from crossprompt.locales.languages import describe_locale
from crossprompt.quality.checks import CATALOGUE, Check, CheckName, Severity
from crossprompt.quality.evidence import EXPECTED
from crossprompt.quality.settings import ValidationSettings
from expectations import own

_PAIR: dict[str, Any] = {"column_A": "source", "column_B": "target"}
_TRANSLATED_PAIR = _PAIR | {"column_A": "translated_source"}
_SLOTS_PAIR = _PAIR | {"column_A": "translated_slots"}

Builder = Callable[[str, ValidationSettings, dict[str, Any]], Expectation]


def build_suite(locale: str, checks: Collection[CheckName], settings: ValidationSettings) -> ExpectationSuite:
    """The expectations of ``checks`` for a batch that holds one ``locale`` with the columns of ``quality.evidence``.

    Every expectation carries its check's name in ``meta``, its severity, and its demand as description.
    """
    suite = ExpectationSuite(name=f"translations {locale}")
    suite.expectations = [_expectation(check, locale, settings) for check in CATALOGUE if check.name in checks]
    return suite


def severity_of(check: Check, settings: ValidationSettings) -> Severity:
    """The severity of ``check``: the settings' if they name one, else the catalogue's."""
    return settings.severities.get(check.name, check.severity)


def _expectation(check: Check, locale: str, settings: ValidationSettings) -> Expectation:
    common = {
        "severity": severity_of(check, settings).value,
        "description": check.demand,
        "meta": {"check": check.name.value},
    }
    return _BUILDERS[check.name](locale, settings, common)


def _length(_: str, settings: ValidationSettings, common: dict[str, Any]) -> Expectation:
    limit = settings.max_length_ratio
    return gxe.ExpectColumnValuesToBeBetween(column="length_ratio", min_value=1 / limit, max_value=limit, **common)


def _language_of(locale: str) -> str:
    return describe_locale(locale).language


_BUILDERS: dict[CheckName, Builder] = {
    CheckName.TURN_PRESENT: lambda _, __, common: gxe.ExpectColumnValuesToNotBeNull(column="target", **common),
    CheckName.NOT_EMPTY: lambda _, __, common: gxe.ExpectColumnValuesToMatchRegex(
        column="target", regex=r"[^\s\u200b-\u200f\u2060\ufeff]", **common
    ),
    CheckName.ONE_ROW_PER_KEY: lambda _, __, common: gxe.ExpectCompoundColumnsToBeUnique(
        column_list=["split", "dialogue_id", "turn", "locale"], **common
    ),
    CheckName.SPEAKER_KEPT: lambda _, __, common: gxe.ExpectColumnPairValuesToBeEqual(
        column_A="speaker", column_B="expected_speaker", ignore_row_if="neither", **common
    ),
    CheckName.SOURCE_KEPT: lambda _, __, common: gxe.ExpectColumnPairValuesToBeEqual(
        column_A="source", column_B="expected_source", ignore_row_if="neither", **common
    ),
    CheckName.CLEAN_TEXT: lambda _, __, common: own.ExpectColumnValuesToBeCleanText(column="target", **common),
    CheckName.NFC: lambda _, __, common: own.ExpectColumnValuesToBeNfc(column="target", **common),
    CheckName.NO_MARKUP: lambda _, __, common: own.ExpectPairToShareNoNewMarkup(**_PAIR, **common),
    CheckName.SCRIPT: lambda locale, _, common: own.ExpectColumnValuesToBeInScript(
        column="target", locale=locale, **common
    ),
    CheckName.LANGUAGE: lambda _, __, common: gxe.ExpectColumnValuesToBeInSet(
        column="language", value_set=[EXPECTED], **common
    ),
    CheckName.NOT_COPIED: lambda _, __, common: own.ExpectPairNotToBeLeftInEnglish(**_PAIR, **common),
    CheckName.LENGTH: _length,
    CheckName.NUMBERS_KEPT: lambda locale, _, common: own.ExpectPairToKeepNumbers(
        **_TRANSLATED_PAIR, language=_language_of(locale), **common
    ),
    CheckName.NUMBERS_IN_DIGITS: lambda locale, _, common: own.ExpectPairToKeepDigits(
        **_TRANSLATED_PAIR, language=_language_of(locale), **common
    ),
    CheckName.CODES_KEPT: lambda _, __, common: own.ExpectPairToKeepCodes(**_SLOTS_PAIR, **common),
    CheckName.NAMES_KEPT: lambda _, __, common: own.ExpectPairToKeepNames(**_SLOTS_PAIR, **common),
    CheckName.NAMES_CONSISTENT: lambda _, __, common: gxe.ExpectColumnValuesToBeNull(
        column="inconsistent_names", **common
    ),
}
