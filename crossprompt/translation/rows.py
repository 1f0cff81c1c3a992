"""The table of translations: one row per (split, dialogue, turn, locale)."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from datasets import Features, Value

from crossprompt.corpora.dialogue import Dialogue, Turn


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


def translation_row(
    dialogue: Dialogue, number: int, locale: str, source: Turn, target: str, engine: str, nature: Nature
) -> dict[str, Any]:
    """The row of turn ``number``: its ``source`` as the target was written against it, and who gave the target."""
    spans = [span for frame in source.frames for span in frame.slots]
    return {
        "split": dialogue.split,
        "dialogue_id": dialogue.dialogue_id,
        "turn": number,
        "locale": locale,
        "speaker": source.speaker.value,
        "source": source.utterance,
        "target": target,
        "slots": [{"slot": s.slot, "value": source.utterance[s.start : s.exclusive_end]} for s in spans],
        "engine": engine,
        "nature": nature.value,
    }
