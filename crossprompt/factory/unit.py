"""The unit of the ledger: one call of one engine, known by a key of all that decides its text.

Two calls with the same key are the same question, wherever they stand in a corpus: it is sent and paid for once.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Final

from crossprompt.corpora.dialogue import Dialogue, Turn
from crossprompt.translation.engine import Engine, TranslationCall

KEY_FORMAT: Final = "unit-1"
"""Counts in every key: another way to make keys is another set of keys."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One call as the ledger knows it.

    Attributes:
        key: Hex SHA-256 of the engine's name, its revision in the locale (which covers its options), the locale, the
            turns asked for, and the whole dialogue as its context; not of ids, splits, prices or places.
        engine: Its name.
        locale: BCP-47 tag.
        split: With ``dialogue_id``, the first dialogue that asked this; for people who read the ledger.
        dialogue_id: See ``split``.
        start: First turn.
        stop: The turn after the last.
        characters: To translate, in Unicode code points.
    """

    key: str
    engine: str
    locale: str
    split: str
    dialogue_id: str
    start: int
    stop: int
    characters: int

    @property
    def turns(self) -> int:
        """How many turns are asked for."""
        return self.stop - self.start

    @property
    def name(self) -> str:
        """Engine, locale, dialogue and turns, for messages."""
        where = f"{self.split}/{self.dialogue_id}, turns {self.start} to {self.stop - 1}"
        return f"{self.engine}, {self.locale}, {where}"


def unit_of(call: TranslationCall, engine: Engine, context: str | None = None) -> Unit:
    """The unit of ``call`` sent to ``engine``.

    Args:
        call: Turns of a dialogue, and a locale.
        engine: Its ``revision_for`` must be cheap to ask; it is asked for each unit.
        context: ``context_fingerprint(call.dialogue)``, where the caller has it already.
    """
    context = context or context_fingerprint(call.dialogue)
    revision, turns = engine.revision_for(call.locale), (str(call.start), str(call.stop))
    parts = (KEY_FORMAT, engine.engine_name(), revision, call.locale, *turns, context)
    return Unit(
        key=hashlib.sha256("\0".join(parts).encode()).hexdigest(),
        engine=engine.engine_name(),
        locale=call.locale,
        split=call.dialogue.split,
        dialogue_id=call.dialogue.dialogue_id,
        start=call.start,
        stop=call.stop,
        characters=call.characters,
    )


def context_fingerprint(dialogue: Dialogue) -> str:
    """Hex SHA-256 of what an engine in the ledger may use of a dialogue: services, speakers, texts, marked slot values.

    Equal dialogues with other ids, and other annotations such as acts and states, have the same fingerprint.
    """
    content = [list(dialogue.services), [_content(turn) for turn in dialogue.turns]]
    text = json.dumps(content, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _content(turn: Turn) -> list[object]:
    spans = [[span.slot, span.start, span.exclusive_end] for frame in turn.frames for span in frame.slots]
    return [turn.speaker.value, turn.utterance, spans]
