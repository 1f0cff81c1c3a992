"""A paid service inside the process: it fails as a seed says, and counts what it bills and whom it answered."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import ClassVar, Self

from crossprompt.corpora.dialogue import Dialogue, Frame, SlotSpan, Speaker, Turn
from crossprompt.factory.link import Link
from crossprompt.factory.settings import DispatchSettings, LinkSettings
from crossprompt.translation.engine import (
    CallLimits,
    Engine,
    EngineError,
    EngineFolders,
    Failure,
    TranslationCall,
    TranslationReply,
)
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings

PRICE = 20.0
"""Dollars per million characters."""
WORDS = ("harbour", "lantern", "seven", "quiet", "umbrella", "Mombasa", "ticket", "river", "window", "14:30", "please")
QUICK = DispatchSettings(workers=4, first_wait_seconds=0.0, longest_wait_seconds=0.01, circuit_failures=1000)

Fate = Callable[[TranslationCall], TranslationReply]


def error(failure: Failure, reason: str, *, billed: bool | None, retry_after: float | None = None) -> Fate:
    """A fate that is a failure."""

    def fail(call: TranslationCall) -> TranslationReply:
        raise EngineError(failure, reason, f"it said {reason}", retry_after, billed=billed)

    return fail


def _wrong_count(call: TranslationCall) -> TranslationReply:
    return TranslationReply(("one",) * (len(call.turns) + 1))


def _half_a_character(call: TranslationCall) -> TranslationReply:
    return TranslationReply(("\ud83d",) * len(call.turns))


UNBILLED: dict[str, Fate] = {
    "status_408": error(Failure.TRANSIENT, "status_408", billed=False),
    "status_413": error(Failure.CONTENT, "status_413", billed=False),
    "status_429": error(Failure.TRANSIENT, "status_429", billed=False),
    "status_429_wait": error(Failure.TRANSIENT, "status_429", billed=False, retry_after=0.005),
    "status_500": error(Failure.TRANSIENT, "status_500", billed=False),
    "status_503": error(Failure.TRANSIENT, "status_503", billed=False),
}
UNKNOWN: dict[str, Fate] = {
    "timeout": error(Failure.TRANSIENT, "timeout", billed=None),
    "reset": error(Failure.TRANSIENT, "reset", billed=None),
}
BILLED: dict[str, Fate] = {
    "truncated": error(Failure.TRANSIENT, "truncated", billed=True),
    "html": error(Failure.CONTENT, "html", billed=True),
    "wrong_count": _wrong_count,
    "half_a_character": _half_a_character,
}
ALL = {**UNBILLED, **UNKNOWN, **BILLED}
ANSWERED = "answered"
MERCY = 3
"""A call that comes for the fourth time always succeeds, and so does one that was answered before."""


class StandIn(Engine):
    """Gives each text backwards, with the locale before it."""

    nature: ClassVar[Nature] = Nature.TRANSLATED
    paid: ClassVar[bool] = True

    def __init__(
        self, share: float = 0.0, seed: int = 0, fates: dict[str, Fate] | None = None, journal: Path | None = None
    ) -> None:
        """``share`` of the calls fail, each in a way of ``fates``; ``journal`` outlives the process."""
        self.share, self.seed, self.fates, self.journal = share, seed, ALL if fates is None else fates, journal
        self.received: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.billed = 0
        self.most_at_once = 0
        self.lock = threading.Lock()
        self._at_once = 0
        if journal is not None and journal.exists():
            self._remember(journal)

    def _remember(self, journal: Path) -> None:
        for line in journal.read_text(encoding="utf-8").splitlines():
            name, _, fate = line.split("\t")
            self.received[name] += 1
            self.answered[name] += fate == ANSWERED

    @classmethod
    def engine_name(cls) -> str:
        return "stand_in"

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        return cls()

    @property
    def revision(self) -> str:
        return "stand-in-1"

    @property
    def limits(self) -> CallLimits:
        return CallLimits(utterances=10, characters=400)

    def locales(self) -> tuple[str, ...]:
        return ("sw-KE", "th-TH")

    def translate(self, call: TranslationCall) -> TranslationReply:
        name = f"{call.locale} {call.name}"
        with self.lock:
            self._at_once += 1
            self.most_at_once = max(self._at_once, self.most_at_once)
            self.received[name] += 1
            number = self.received[name]
        try:
            return self._answer(call, name, number)
        finally:
            with self.lock:
                self._at_once -= 1

    def _answer(self, call: TranslationCall, name: str, number: int) -> TranslationReply:
        random = Random(f"{self.seed}/{name}/{number}")
        fate = ANSWERED
        if number <= MERCY and random.random() < self.share and not self.answered[name]:
            fate = random.choice(sorted(self.fates))
        free = fate in UNBILLED or (fate in UNKNOWN and random.random() < 0.5) or fate not in {ANSWERED, *ALL}
        self._write_down(name, 0 if free else call.characters, fate)
        if fate != ANSWERED:
            return self.fates[fate](call)
        return TranslationReply(tuple(backwards(turn.utterance, call.locale) for turn in call.turns))

    def _write_down(self, name: str, characters: int, fate: str) -> None:
        with self.lock:
            self.billed += characters
            self.answered[name] += fate == ANSWERED
            if self.journal is not None:
                with self.journal.open("a", encoding="utf-8") as stream:
                    stream.write(f"{name}\t{characters}\t{fate}\n")


def backwards(text: str, locale: str) -> str:
    """What the stand-in gives for a text."""
    return f"{locale} {text[::-1]}"


def link(engine: Engine, **settings: object) -> Link:
    """The engine as a link that charges by the character."""
    price = {"characters": PRICE} if engine.paid else {}
    return Link(engine, LinkSettings.parse({"name": "stand_in", "price": price, **settings}, "link"))


def invent_dialogues(number: int, seed: int = 0) -> list[Dialogue]:
    """Dialogues of 1 to 24 turns, no two alike, with a slot value here and there."""
    random = Random(seed)
    return [_invent(f"9_{place:05d}", random) for place in range(number)]


def _invent(name: str, random: Random) -> Dialogue:
    turns = []
    for number in range(random.randint(1, 24)):
        text = f"{name} {number}: {' '.join(random.choices(WORDS, k=random.randint(1, 9)))}"
        frames = (Frame("Ferries_1", (SlotSpan("dialogue", 0, len(name)),)),) if number % 3 == 0 else ()
        turns.append(Turn(Speaker.USER if number % 2 == 0 else Speaker.SYSTEM, text, frames))
    return Dialogue("train", name, ("Ferries_1",), tuple(turns))
