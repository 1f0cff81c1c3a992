"""The table of translations: one row per (split, dialogue, turn, locale)."""

from __future__ import annotations

from enum import StrEnum

from datasets import Features, Value


class Nature(StrEnum):
    """Whether a target text says the same (translated) or the same in another place (localised: Atlanta, Jakarta)."""

    TRANSLATED = "translated"
    LOCALISED = "localised"


TRANSLATION_FEATURES = Features(
    {
        "split": Value("string"),
        "dialogue_id": Value("string"),
        "turn": Value("int32"),
        "locale": Value("string"),
        "speaker": Value("string"),
        "source": Value("string"),
        "target": Value("string"),
        "slots": [{"slot": Value("string"), "value": Value("string")}],
        "engine": Value("string"),
        "nature": Value("string"),
    }
)
"""``source`` is English; ``slots`` are the source's slot values as they stand in it; a missing target is null."""
