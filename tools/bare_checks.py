"""The catalogue's checks in bare pandas: what the gate is timed beside. A whole language is in memory at once."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pandas as pd
from datasets import Dataset

from crossprompt.locales.languages import describe_locale
from crossprompt.quality.applicability import applicable_checks
from crossprompt.quality.checks import CheckName
from crossprompt.quality.chunks import collect_facts
from crossprompt.quality.copies import left_in_english
from crossprompt.quality.evidence import EXPECTED, add_evidence
from crossprompt.quality.hygiene import is_nfc, leaked_markup, text_problems
from crossprompt.quality.numbers import compare_numbers
from crossprompt.quality.scripts import is_in_script_of
from crossprompt.quality.settings import ValidationSettings
from crossprompt.quality.slots import lost_codes, lost_names
from crossprompt.quality.structure import complete_locale, index_turns

_KEY = ["split", "dialogue_id", "turn", "locale"]
_VISIBLE = r"[^\s\u200b-\u200f\u2060\ufeff]"

Frame = pd.DataFrame


def count_failures(dialogues: Dataset, rows: Dataset, locale: str, settings: ValidationSettings) -> dict[str, int]:
    """Failing rows of one language by check, the checks that apply to it alone.

    Args:
        dialogues: ``DIALOGUE_FEATURES``.
        rows: ``TRANSLATION_FEATURES`` of ``locale``.
        locale: BCP-47 tag.
        settings: For the longest ratio of lengths.
    """
    facts = collect_facts(rows)
    wanted = applicable_checks(locale, facts.natures, facts.engines)
    whole = complete_locale(rows.to_pandas(), index_turns(dialogues))
    frame = add_evidence(whole, locale, facts.usual_ratio, identify=CheckName.LANGUAGE in wanted)
    checks = _checks(locale, settings)
    return {name.value: int((~checks[name](frame)).sum()) for name in CheckName if name in wanted}


def _checks(locale: str, settings: ValidationSettings) -> dict[CheckName, Callable[[Frame], pd.Series]]:
    """For each check, which rows pass; a row that lacks a text passes, but for the first check."""
    language, limit = describe_locale(locale).language, settings.max_length_ratio
    return {
        CheckName.TURN_PRESENT: lambda frame: frame["target"].notna(),
        CheckName.NOT_EMPTY: lambda frame: frame["target"].isna() | frame["target"].str.contains(_VISIBLE).eq(True),
        CheckName.ONE_ROW_PER_KEY: lambda frame: ~frame.duplicated(_KEY, keep=False),
        CheckName.SPEAKER_KEPT: lambda frame: frame["speaker"].eq(frame["expected_speaker"]),
        CheckName.SOURCE_KEPT: lambda frame: frame["source"].eq(frame["expected_source"]),
        CheckName.CLEAN_TEXT: _texts(lambda text: not text_problems(text)),
        CheckName.NFC: _texts(is_nfc),
        CheckName.NO_MARKUP: _pairs("source", lambda source, target: not leaked_markup(source, target)),
        CheckName.SCRIPT: _texts(lambda text: is_in_script_of(text, locale)),
        CheckName.LANGUAGE: lambda frame: frame["language"].isna() | frame["language"].eq(EXPECTED),
        CheckName.NOT_COPIED: _pairs("source", lambda source, target: not left_in_english(source, target)),
        CheckName.LENGTH: lambda frame: frame["length_ratio"].isna() | frame["length_ratio"].between(1 / limit, limit),
        CheckName.NUMBERS_KEPT: _pairs("translated_source", lambda s, t: compare_numbers(s, t, language).kept),
        CheckName.NUMBERS_IN_DIGITS: _pairs("translated_source", lambda s, t: _in_digits(s, t, language)),
        CheckName.CODES_KEPT: _pairs("translated_slots", lambda slots, t: not lost_codes(json.loads(slots), t)),
        CheckName.NAMES_KEPT: _pairs("translated_slots", lambda slots, t: not lost_names(json.loads(slots), t)),
        CheckName.NAMES_CONSISTENT: lambda frame: frame["inconsistent_names"].isna(),
    }


def _texts(passes: Callable[[str], bool]) -> Callable[[Frame], pd.Series]:
    return lambda frame: frame["target"].map(passes, na_action="ignore").fillna(True).astype(bool)


def _pairs(column: str, passes: Callable[[Any, Any], bool]) -> Callable[[Frame], pd.Series]:
    def check(frame: Frame) -> pd.Series:
        both = frame[column].notna() & frame["target"].notna()
        pairs = zip(frame[column], frame["target"], both, strict=True)
        return pd.Series([not filled or passes(first, second) for first, second, filled in pairs], frame.index)

    return check


def _in_digits(source: str, target: str, language: str) -> bool:
    finding = compare_numbers(source, target, language)
    return not finding.missing or not finding.kept
