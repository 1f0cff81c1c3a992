"""Small invented dialogues, as objects and as files in the SGD layout."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn

WORDS = (
    "any",
    "bus",
    "from",
    "the",
    "old",
    "port",
    "to",
    "a",
    "quiet",
    "café",
    "near",
    "number",
    "nine",
    "leaves",
    "later",
)


def make_dialogue(number: int, turns: int, split: str = "train") -> Dialogue:
    """A dialogue whose texts follow from ``number`` and ``turns``; each text ends in ``number/turn``."""
    return say(f"{number}_00000", [_text(number, turn) for turn in range(turns)], split)


def _text(number: int, turn: int) -> str:
    words = (WORDS[(number + 3 * turn + place) % len(WORDS)] for place in range(2 + turn % 5))
    return f"{' '.join(words)} {number}/{turn}"


def say(dialogue_id: str, texts: Sequence[str], split: str = "train") -> Dialogue:
    """A dialogue of these texts, user first."""
    speakers = (Speaker.USER, Speaker.SYSTEM)
    turns = tuple(Turn(speakers[place % 2], text) for place, text in enumerate(texts))
    return Dialogue(split, dialogue_id, ("Bikes_1",), turns)


def write_corpus(folder: Path, dialogues: Sequence[Dialogue]) -> Path:
    """The dialogues in the SGD layout, three to a file; gives ``folder``."""
    for split in sorted({dialogue.split for dialogue in dialogues}):
        own = [dialogue for dialogue in dialogues if dialogue.split == split]
        (folder / split).mkdir(parents=True)
        schema = [{"service_name": "Bikes_1", "description": "Hire bicycles", "slots": [], "intents": []}]
        (folder / split / "schema.json").write_text(json.dumps(schema), encoding="utf-8")
        for start in range(0, len(own), 3):
            text = json.dumps([_raw(dialogue) for dialogue in own[start : start + 3]])
            (folder / split / f"dialogues_{start // 3 + 1:03}.json").write_text(text, encoding="utf-8")
    return folder


def _raw(dialogue: Dialogue) -> dict[str, object]:
    turns = [{"speaker": turn.speaker.value, "utterance": turn.utterance, "frames": []} for turn in dialogue.turns]
    return {"dialogue_id": dialogue.dialogue_id, "services": list(dialogue.services), "turns": turns}
