"""Engines that count what they are asked, and look-ups that lack what they are told to lack."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Collection
from typing import ClassVar, Self

from crossprompt.factory.link import Link
from crossprompt.factory.settings import LinkSettings
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


class CountingEngine(Engine):
    """A service that bills every character that it is sent, and refuses what it is told to refuse."""

    nature: ClassVar[Nature] = Nature.TRANSLATED
    paid: ClassVar[bool] = True

    def __init__(
        self, locales: Collection[str] = ("de", "sw"), limits: CallLimits | None = None, refused: str | None = None
    ) -> None:
        self._offers, self._limits, self._refused = tuple(sorted(locales)), limits or CallLimits(), refused
        self._lock = threading.Lock()
        self.billed: Counter[str] = Counter()

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        return cls()

    @property
    def revision(self) -> str:
        return "1"

    @property
    def limits(self) -> CallLimits:
        return self._limits

    def locales(self) -> tuple[str, ...]:
        return self._offers

    def translate(self, call: TranslationCall) -> TranslationReply:
        if self._refused is not None and any(self._refused in turn.utterance for turn in call.turns):
            raise EngineError(Failure.DIALOGUE, "refused", "it does not like this text", billed=False)
        with self._lock:
            self.billed[call.locale] += sum(len(turn.utterance) for turn in call.turns)
        return TranslationReply(tuple(f"{call.locale}: {turn.utterance}" for turn in call.turns))


class SecondCountingEngine(CountingEngine):
    """Another one, under another name."""

    @classmethod
    def engine_name(cls) -> str:
        return "second"


class SlowEngine(CountingEngine):
    """A model on this machine, which breaks down when it has no calls left."""

    paid: ClassVar[bool] = False
    slow: ClassVar[bool] = True
    calls_left = 1000

    @classmethod
    def engine_name(cls) -> str:
        return "slow"

    def translate(self, call: TranslationCall) -> TranslationReply:
        self.calls_left -= 1
        if self.calls_left < 0:
            raise EngineError(Failure.FATAL, "broken", "it broke down", billed=False)
        return super().translate(call)


class ForgetfulMemory(Engine):
    """Finds every text but those that hold ``lacked``."""

    nature: ClassVar[Nature] = Nature.TRANSLATED
    looks_up: ClassVar[bool] = True

    def __init__(self, lacked: str, locales: Collection[str] = ("de",)) -> None:
        self._lacked, self._offers = lacked, tuple(sorted(locales))

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        return cls("")

    @classmethod
    def engine_name(cls) -> str:
        return "forgetful"

    @property
    def revision(self) -> str:
        return self._lacked

    def locales(self) -> tuple[str, ...]:
        return self._offers

    def translate(self, call: TranslationCall) -> TranslationReply:
        texts = [turn.utterance for turn in call.turns]
        return TranslationReply(tuple(None if self._lacked in text else text.upper() for text in texts))


def link(engine: Engine, longest: int = 100, **settings: object) -> Link:
    """``engine`` in a chain."""
    return Link(engine, LinkSettings.parse({"name": engine.engine_name(), **settings}, "factory.chain.0"), longest)
