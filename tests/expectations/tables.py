"""One small dialogue and its German translation, to be damaged by the tests."""

from __future__ import annotations

from typing import Any

from datasets import Dataset

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn, dialogues_to_dataset
from crossprompt.translation.rows import TRANSLATION_FEATURES

TURNS = (
    (Speaker.USER, "Hello, I need a table in Birmingham for tonight.", ("Birmingham",)),
    (Speaker.SYSTEM, "For how many people, and at what time?", ()),
    (Speaker.USER, "For four people, at 7:30 pm please.", ("four", "7:30 pm")),
    (Speaker.SYSTEM, "A table in Birmingham costs 25 pounds, the code is QX482.", ("Birmingham", "QX482")),
    (Speaker.USER, "Perfect, thank you very much.", ()),
)
GERMAN = (
    "Hallo, ich brauche für heute Abend einen Tisch in Birmingham.",
    "Für wie viele Personen, und um wie viel Uhr?",
    "Für vier Personen, bitte um 19:30 Uhr.",
    "Ein Tisch in Birmingham kostet 25 Pfund, der Code lautet QX482.",
    "Perfekt, vielen herzlichen Dank.",
)
DUTCH = (
    "Hallo, ik heb voor vanavond een tafel in Birmingham nodig.",
    "Voor hoeveel personen, en hoe laat wilt u komen?",
    "Voor vier personen, graag om 19.30 uur.",
    "Een tafel in Birmingham kost 25 pond, de code is QX482.",
    "Perfect, heel erg bedankt voor de hulp.",
)


def dialogues(count: int = 4) -> Dataset:
    """``count`` copies of the dialogue under different ids."""
    turns = tuple(Turn(speaker, text) for speaker, text, _ in TURNS)
    return dialogues_to_dataset([Dialogue("test", f"d{n}", ("Tables_1",), turns) for n in range(count)])


def rows(
    locale: str = "de-DE", texts: tuple[str, ...] = GERMAN, count: int = 4, **changes: Any
) -> list[dict[str, Any]]:
    """The translations of :func:`dialogues`; ``changes`` replace fields of every row."""
    return [
        {
            "split": "test",
            "dialogue_id": f"d{number}",
            "turn": turn,
            "locale": locale,
            "speaker": speaker.value,
            "source": source,
            "target": texts[turn],
            "slots": [{"slot": "s", "value": value} for value in values],
            "engine": "memory",
            "nature": "translated",
        }
        | changes
        for number in range(count)
        for turn, (speaker, source, values) in enumerate(TURNS)
    ]


def table(rows: list[dict[str, Any]]) -> Dataset:
    """A translation table."""
    return Dataset.from_dict({name: [row[name] for row in rows] for name in TRANSLATION_FEATURES}, TRANSLATION_FEATURES)
