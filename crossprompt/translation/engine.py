"""The contract of a translation engine, and how an engine is found by name.

An engine takes whole dialogues as context and gives one target utterance for each utterance asked for, in order. It is
one module in ``crossprompt.translation.engines`` with one class that derives from :class:`Engine`; nothing else has to
know of it.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from abc import ABC, abstractmethod
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import ClassVar, Final, Self

from crossprompt.corpora.dialogue import Dialogue, Turn
from crossprompt.corpora.settings import SourceSettings
from crossprompt.settings import Settings, SettingsError
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings, TranslationSettings

ENGINES_PACKAGE: Final = "crossprompt.translation.engines"


class Failure(StrEnum):
    """What went wrong in an engine, by what can be done about it."""

    DIALOGUE = "dialogue"
    """This dialogue can't be translated whole; others can. ``TranslationSettings.missing`` decides."""
    CONTENT = "content"
    """The reply does not fit the call (wrong count, nothing to read, markup): ask again, then in smaller pieces."""
    TRANSIENT = "transient"
    """The same call may succeed later: a time-out, a rate limit."""
    FATAL = "fatal"
    """No call will succeed: a wrong key, a spent quota, a damaged file."""


class EngineError(RuntimeError):
    """An engine failed.

    Attributes:
        failure: What can be done about it.
        reason: A short stable word, for counts.
        retry_after: Seconds to wait before the same call, where the engine knows them.
        billed: Whether the service charges for the attempt all the same; None: the engine can't know. An error status
            is charged by none; a reply that does not fit is; after a time-out or a broken connection nobody knows.
        tokens: Tokens read and written, where the service counted them for the failed attempt.
    """

    def __init__(
        self,
        failure: Failure,
        reason: str,
        message: str,
        retry_after: float | None = None,
        *,
        billed: bool | None = None,
        tokens: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(message)
        self.failure = failure
        self.reason = reason
        self.retry_after = retry_after
        self.billed = billed
        self.tokens = tokens

    @property
    def retryable(self) -> bool:
        """Whether the same call may succeed later."""
        return self.failure is Failure.TRANSIENT


@dataclass(frozen=True, slots=True)
class TranslationCall:
    """Turns ``start`` to ``stop`` (exclusive) of a dialogue, for ``locale``; all of the dialogue is the context."""

    dialogue: Dialogue
    locale: str
    start: int
    stop: int

    @property
    def turns(self) -> tuple[Turn, ...]:
        """The turns to translate."""
        return self.dialogue.turns[self.start : self.stop]

    @property
    def characters(self) -> int:
        """Characters (Unicode code points) to translate, the unit that paid engines bill; context does not count."""
        return sum(len(turn.utterance) for turn in self.turns)

    @property
    def name(self) -> str:
        """Split, dialogue and turns, for messages."""
        return f"{self.dialogue.split}/{self.dialogue.dialogue_id}, turns {self.start} to {self.stop - 1}"


@dataclass(frozen=True, slots=True)
class CallLimits:
    """The most that one call may hold; what a dialogue has beyond that goes into further calls.

    ``characters`` and ``bytes`` (UTF-8) are of all texts to translate together; None: no limit.
    """

    utterances: int = 100
    characters: int | None = None
    bytes: int | None = None


@dataclass(frozen=True, slots=True)
class TranslationReply:
    """What an engine gives for a call: one target for each turn asked for, in order; None where it has none.

    ``sources`` are the English turns that the targets were written against, where these are not the call's own.
    ``tokens`` are those read and written, of engines that bill tokens and know what the service counted.
    """

    targets: tuple[str | None, ...]
    sources: tuple[Turn, ...] | None = None
    tokens: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class EngineFolders:
    """Where an engine finds its data: the root of public archives (None: their addresses) and the home of downloads."""

    data_root: Path | None = None
    home: Path | None = None
    """None: ``CROSSPROMPT_HOME``."""


class Engine(ABC):
    """A source of translations. Derived classes set ``nature`` and may raise :class:`EngineError` from every method."""

    title: ClassVar[str] = "an engine without a title"
    """What it is, for people who read what it gave: a line of a corpus's card."""
    needs_whole_dialogue: ClassVar[bool] = False
    """True for engines that must see a dialogue in one call; a longer dialogue than a call may hold is then refused."""
    paid: ClassVar[bool] = False
    """True for engines whose calls cost money: they are called through the ledger alone, which never pays twice."""
    slow: ClassVar[bool] = False
    """True for engines whose texts take hours of a machine: they are worth keeping, so that none is made twice."""
    looks_up: ClassVar[bool] = False
    """True for engines that look translations up, and lack some: asking costs nothing, so that a plan can do it."""
    default_source: ClassVar[SourceSettings | None] = None
    """What it reads where the settings name no source; None: nothing, or what comes with the project."""

    @classmethod
    @abstractmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """Build the engine; validates ``settings.options``, opens sources, makes no call to a service."""

    @classmethod
    def to_be_fetched(cls, settings: EngineSettings) -> str | None:
        """What it would fetch, its source aside, before it could tell its languages; None: nothing. Fetches nothing.

        Raises:
            SettingsError: An option is wrong.
        """
        return None

    @property
    @abstractmethod
    def nature(self) -> Nature:
        """What its targets are; nearly always the same for all of a class, and then a class variable there."""

    @property
    @abstractmethod
    def revision(self) -> str:
        """What decides the text it gives: a model's pinned revision, a file's hash, options. Part of cache keys."""

    @abstractmethod
    def locales(self) -> tuple[str, ...]:
        """The locales it offers, sorted; the same for the same revision, and cheap to ask while a pipeline is built."""

    @abstractmethod
    def translate(self, call: TranslationCall) -> TranslationReply:
        """Translate the turns of ``call``, one for one.

        Raises:
            EngineError: With the failure's kind; ``Failure.DIALOGUE`` if this dialogue can't be translated.
        """

    def revision_for(self, locale: str) -> str:
        """What decides its text in ``locale``; part of the cache keys and of the ledger's keys of that language.

        An engine that can tell its languages apart says the same as long as this one stays as it is, whatever becomes
        of the others, so that a language that is added or mended leaves the others cached. Cheap to ask.
        """
        return self.revision

    @property
    def options(self) -> Settings | None:
        """Its options as it took them, defaults included; None: it has none."""
        return None

    @property
    def limits(self) -> CallLimits:
        """The most that one call of this engine may hold."""
        return CallLimits()

    def offers(self, locale: str) -> bool:
        """Whether it can translate into ``locale``."""
        return locale in self._offered

    @cached_property
    def _offered(self) -> frozenset[str]:
        return frozenset(self.locales())

    @classmethod
    def engine_name(cls) -> str:
        """The engine's name in settings: its module's."""
        return cls.__module__.rpartition(".")[2]


def engine_names() -> list[str]:
    """The names of all engines, sorted, without importing any."""
    package = importlib.import_module(ENGINES_PACKAGE)
    return sorted(module.name for module in pkgutil.iter_modules(package.__path__) if not module.name.startswith("_"))


def engine_class(name: str) -> type[Engine]:
    """The class of the engine called ``name``; imports that engine's module alone.

    Raises:
        SettingsError: If there is no such engine; the message lists the valid names.
    """
    return _only_engine(importlib.import_module(engine_module(name)))


def engine_module(name: str) -> str:
    """The dotted name of an engine's module: code that cache keys must count, though nothing imports it by name.

    Raises:
        SettingsError: If there is no such engine; the message lists the valid names.
    """
    if name not in engine_names():
        raise SettingsError(f"engine.name: no engine {name!r}; there are {', '.join(engine_names())}")
    return f"{ENGINES_PACKAGE}.{name}"


def _only_engine(module: ModuleType) -> type[Engine]:
    found = [
        member
        for _, member in inspect.getmembers(module, inspect.isclass)
        if issubclass(member, Engine) and member.__module__ == module.__name__ and not inspect.isabstract(member)
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__} must define exactly one engine class; it defines {len(found)}")
    return found[0]


def load_engine(settings: EngineSettings, data_root: Path | None = None, home: Path | None = None) -> Engine:
    """The engine that ``settings`` name, ready to translate.

    Raises:
        SettingsError: If there is no such engine or its options are wrong.
        SourceError: If its source is missing.
        EngineError: If its source is damaged.
    """
    return engine_class(settings.name).from_settings(settings, EngineFolders(data_root, home))


def refuse_paid(engine: Engine) -> None:
    """Keep calls that cost money out of jobs that have no ledger.

    Raises:
        SettingsError: The engine is paid.
    """
    if engine.paid:
        raise SettingsError(
            f"translation.engine: calls of the {engine.engine_name()} engine cost money, and this job keeps no ledger "
            "of them; translate with the pipeline build_corpus, and use what it publishes as a memory (crossprompt tmx)"
        )


def engine_locales(
    settings: TranslationSettings, data_root: Path | None = None, home: Path | None = None
) -> tuple[str, ...]:
    """The locales to translate into, known before anything is translated: those set, else all that the engine offers.

    Deterministic for given settings and source. Cost: the memory engine scans its file's language tags once per process
    and file version (0.1 s for 1.5 MB), the corpus engine lists a folder, the pseudo engine reads its options.

    Raises:
        SettingsError: If a locale is set that the engine does not offer, or the engine is paid.
    """
    engine = load_engine(settings.engine, data_root, home)
    refuse_paid(engine)
    for locale in settings.locales:
        if not engine.offers(locale):
            offered = ", ".join(engine.locales()) or "none"
            raise SettingsError(
                f"translation.locales: the {settings.engine.name} engine does not offer {locale!r}; it has {offered}"
            )
    return tuple(dict.fromkeys(settings.locales)) or engine.locales()
