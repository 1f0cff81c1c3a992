"""The memory engine: looks each utterance up in a translation memory (TMX)."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import ClassVar, Literal, Self

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.corpora.downloads import download
from crossprompt.corpora.settings import SourceSettings
from crossprompt.corpora.sources import home_folder, open_source, resolve_source
from crossprompt.settings import Settings
from crossprompt.storage.fingerprint import fingerprint_file, fingerprint_value
from crossprompt.translation.engine import (
    Engine,
    EngineError,
    EngineFolders,
    Failure,
    TranslationCall,
    TranslationReply,
)
from crossprompt.translation.matching import Candidate, MemoryIndex
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings
from crossprompt.translation.tmx import TmxError, TranslationUnit, read_units, scan_locales

_SOURCE_LANGUAGE = "en"
_SUFFIX = ".tmx"
_SMALL_FILE = 32 << 20
"""Bytes up to which a file is kept in memory whole; a streamed locale costs one reading of the file (20 MB/s)."""


class MemoryOptions(Settings):
    """How the memory is searched."""

    match: Literal["exact", "normalised"] = "normalised"
    """``normalised``: where no source is the very same, one will do that differs in Unicode form, quotes, letter case,
    blanks or its full stop (:func:`crossprompt.translation.matching.normalise_source`); ``exact``: none will.
    """


class MemoryEngine(Engine):
    """Translations from a TMX file whose source language is English.

    An exact match of the source comes first: where the same source has several targets, the unit whose ``tuid`` is this
    very turn (``<dialogue_id>:<turn, two digits>``, ``<split>/`` before it or not) wins, then the first in the file.
    Then a normalised one, where its targets are all the same or one is of this very turn. A turn that is lacking has no
    target, so that a chain of engines gives it, and no other, to the next. It may be used by several threads.
    """

    title: ClassVar[str] = "a translation memory"
    nature: ClassVar[Nature] = Nature.TRANSLATED
    looks_up: ClassVar[bool] = True

    def __init__(self, path: Path, options: MemoryOptions | None = None) -> None:
        self._path = path
        self._options = options or MemoryOptions()
        self._indexed: tuple[str, MemoryIndex] | None = None
        self._indexing = Lock()

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """The engine on ``settings.source``: a .tmx file, or a folder or archive that holds exactly one.

        Raises:
            SettingsError: If an option is wrong.
            SourceError: If the source is missing.
            EngineError: If it holds no memory, or more than one.
        """
        options = MemoryOptions.parse(settings.options, "translation.engine.options")
        return cls(_find_file(settings.source or SourceSettings(), folders), options)

    @property
    def options(self) -> MemoryOptions:
        """See :attr:`Engine.options`."""
        return self._options

    @property
    def revision(self) -> str:
        """SHA-256 over the file's bytes and the options."""
        return fingerprint_value([_fingerprint(self._path, _stamp(self._path)), self._options.model_dump()])

    def revision_for(self, locale: str) -> str:
        """SHA-256 over the locale's units, in the file's order, and the options; of a file over 32 MiB, over all of it.

        Raises:
            EngineError: ``Failure.FATAL`` if the file is damaged.
        """
        stamp = _stamp(self._path)
        if stamp[0] > _SMALL_FILE:
            return self.revision
        try:
            units = _language_fingerprints(self._path, stamp).get(locale)
        except TmxError as error:
            raise EngineError(Failure.FATAL, "damaged_memory", str(error)) from error
        return fingerprint_value([units, self._options.model_dump()])

    def locales(self) -> tuple[str, ...]:
        """Every language of the file but English, from one scan per process and version of the file."""
        found = _locales(self._path, _stamp(self._path))
        return tuple(locale for locale in found if locale.partition("-")[0] != _SOURCE_LANGUAGE)

    def translate(self, call: TranslationCall) -> TranslationReply:
        """Look up the turns of ``call``; None for those that the memory lacks.

        Raises:
            EngineError: ``Failure.FATAL`` if the file is damaged.
        """
        index = self._index(call.locale)
        turns = enumerate(call.turns, start=call.start)
        return TranslationReply(
            tuple(self._look_up(index, turn.utterance, _names(call.dialogue, number)) for number, turn in turns)
        )

    def _look_up(self, index: MemoryIndex, text: str, names: frozenset[str]) -> str | None:
        found = index.exact(text, names)
        return index.normalised(text, names) if found is None and self._options.match == "normalised" else found

    def _index(self, locale: str) -> MemoryIndex:
        """The index of one locale; only the last one asked for is kept."""
        with self._indexing:
            if self._indexed is None or self._indexed[0] != locale:
                self._indexed = (locale, _build_index(self._path, locale))
            return self._indexed[1]


def _names(dialogue: Dialogue, number: int) -> frozenset[str]:
    """What a turn's own unit may be called: with its split, as exports name it, or without."""
    name = f"{dialogue.dialogue_id}:{number:02d}"
    return frozenset((name, f"{dialogue.split}/{name}"))


def _build_index(path: Path, locale: str) -> MemoryIndex:
    try:
        return MemoryIndex(_candidates(path, locale))
    except TmxError as error:
        raise EngineError(Failure.FATAL, "damaged_memory", str(error)) from error


def _candidates(path: Path, locale: str) -> Iterator[tuple[str, Candidate]]:
    for unit in _units(path):
        if unit.source_locale.partition("-")[0] != _SOURCE_LANGUAGE:
            raise TmxError(f"{path}, line {unit.line}: unit {unit.tuid!r} is not from English: {unit.source_locale}")
        if locale in unit.segments:
            yield unit.source, Candidate(unit.tuid, unit.segments[locale])


def _units(path: Path) -> Iterable[TranslationUnit]:
    """The units: of a small file from one reading for all locales of a process, of a large one streamed anew."""
    stamp = _stamp(path)
    return _small_memory(path, stamp) if stamp[0] <= _SMALL_FILE else read_units(path)


@lru_cache(maxsize=1)
def _small_memory(path: Path, _stamp: tuple[int, int]) -> tuple[TranslationUnit, ...]:
    return tuple(read_units(path))


def _find_file(source: SourceSettings, folders: EngineFolders) -> Path:
    resolved = resolve_source(source, folders.data_root)
    if resolved.is_remote and resolved.location.endswith(_SUFFIX):
        return download(resolved.location, (folders.home or home_folder()) / "downloads", resolved.sha256)
    place = Path(resolved.location)
    if not resolved.is_remote and place.suffix.lower() == _SUFFIX:
        return place
    folder = open_source(resolved, folders.home)
    found = sorted(folder.rglob(f"*{_SUFFIX}"))
    if len(found) != 1:
        names = ", ".join(path.name for path in found) or "none"
        raise EngineError(
            Failure.FATAL,
            "no_memory",
            f"translation.engine.source: {resolved.shown_location} must hold exactly one .tmx file, it has {names}",
        )
    return found[0]


def _stamp(path: Path) -> tuple[int, int]:
    """Size and time of change: which version of the file it is."""
    try:
        status = path.stat()
    except OSError as error:
        raise EngineError(Failure.FATAL, "no_memory", f"cannot read the translation memory {path}: {error}") from error
    return status.st_size, status.st_mtime_ns


@lru_cache(maxsize=8)
def _fingerprint(path: Path, _stamp: tuple[int, int]) -> str:
    return fingerprint_file(path)


@lru_cache(maxsize=8)
def _language_fingerprints(path: Path, stamp: tuple[int, int]) -> dict[str, str]:
    """Of each locale of a small file, SHA-256 over what an index is built from."""
    hashes: dict[str, hashlib._Hash] = defaultdict(hashlib.sha256)
    for unit in _small_memory(path, stamp):
        for locale, target in unit.segments.items():
            parts = [unit.source_locale, unit.source, unit.tuid, target]
            hashes[locale].update(json.dumps(parts).encode() + b"\n")
    return {locale: found.hexdigest() for locale, found in hashes.items()}


@lru_cache(maxsize=8)
def _locales(path: Path, _stamp: tuple[int, int]) -> tuple[str, ...]:
    try:
        return scan_locales(path)
    except TmxError as error:
        raise EngineError(Failure.FATAL, "damaged_memory", str(error)) from error
