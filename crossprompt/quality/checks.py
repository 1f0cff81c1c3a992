"""The catalogue of checks: what each demands, how severe it is, and which translations it applies to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """``critical`` quarantines a row; ``warning`` and ``info`` are counted and shown."""

    CRITICAL = "critical"
    WARNING = "warning"
    INFO = "info"


class CheckName(StrEnum):
    """Stable names; they are the reasons in the quarantine table."""

    TURN_PRESENT = "turn_present"
    NOT_EMPTY = "not_empty"
    ONE_ROW_PER_KEY = "one_row_per_key"
    SPEAKER_KEPT = "speaker_kept"
    SOURCE_KEPT = "source_kept"
    CLEAN_TEXT = "clean_text"
    NFC = "nfc"
    NO_MARKUP = "no_markup"
    SCRIPT = "script"
    LANGUAGE = "language"
    NOT_COPIED = "not_copied"
    LENGTH = "length"
    NUMBERS_KEPT = "numbers_kept"
    NUMBERS_IN_DIGITS = "numbers_in_digits"
    CODES_KEPT = "codes_kept"
    NAMES_KEPT = "names_kept"
    NAMES_CONSISTENT = "names_consistent"


@dataclass(frozen=True, slots=True)
class Check:
    """One check. ``demand`` is a sentence for people. A ``translated_only`` check leaves localised text alone."""

    name: CheckName
    severity: Severity
    demand: str
    translated_only: bool = False


CATALOGUE: tuple[Check, ...] = (
    Check(CheckName.TURN_PRESENT, Severity.CRITICAL, "Every turn of the source dialogue has a translation."),
    Check(
        CheckName.NOT_EMPTY, Severity.CRITICAL, "The translation holds a letter, a digit or a sign, not only blanks."
    ),
    Check(
        CheckName.ONE_ROW_PER_KEY, Severity.CRITICAL, "There is exactly one row per split, dialogue, turn and locale."
    ),
    Check(CheckName.SPEAKER_KEPT, Severity.CRITICAL, "The turn belongs to the source dialogue and has its speaker."),
    Check(
        CheckName.SOURCE_KEPT,
        Severity.CRITICAL,
        "The row's source text is the source dialogue's turn: the order is kept.",
    ),
    Check(
        CheckName.CLEAN_TEXT,
        Severity.CRITICAL,
        "No replacement characters, mojibake, control characters or unbalanced directional controls.",
    ),
    Check(CheckName.NFC, Severity.CRITICAL, "The text is in Unicode normalisation form C."),
    Check(
        CheckName.NO_MARKUP,
        Severity.CRITICAL,
        "No tags, placeholders, entities or slot brackets that the source lacks.",
    ),
    Check(CheckName.SCRIPT, Severity.CRITICAL, "The text is in the script of its locale."),
    Check(
        CheckName.LANGUAGE,
        Severity.CRITICAL,
        "The text, read together with its dialogue, is in the language of its locale.",
    ),
    Check(CheckName.NOT_COPIED, Severity.CRITICAL, "The text is not the English source."),
    Check(CheckName.LENGTH, Severity.CRITICAL, "The text is about as long as translations into this language are."),
    Check(
        CheckName.NUMBERS_KEPT,
        Severity.CRITICAL,
        "Numbers keep their value, whatever the digits, separators or clock.",
        translated_only=True,
    ),
    Check(
        CheckName.NUMBERS_IN_DIGITS,
        Severity.INFO,
        "Small numbers that the source has in digits are digits in the translation, not words.",
        translated_only=True,
    ),
    Check(
        CheckName.CODES_KEPT,
        Severity.CRITICAL,
        "Slot values that are codes, addresses of the net or long digit strings are kept sign by sign.",
        translated_only=True,
    ),
    Check(
        CheckName.NAMES_KEPT,
        Severity.WARNING,
        "Slot values that are names are recognisable, inflected or not, where the script is the same.",
        translated_only=True,
    ),
    Check(
        CheckName.NAMES_CONSISTENT,
        Severity.WARNING,
        "A name that is a slot value is rendered alike throughout its dialogue.",
        translated_only=True,
    ),
)

LANGUAGE_CHECKS = frozenset({CheckName.SCRIPT, CheckName.LANGUAGE, CheckName.NOT_COPIED, CheckName.NAMES_KEPT})
"""Checks that make no sense for pseudo-localised text, which is English in disguise."""

LEFT_OUT = "locale_left_out"
"""Reason in the quarantine table for rows that pass every check but belong to a language that was left out."""
