"""Parallel dialogues that exist already: a dialogue found by split and id, in English and in another language.

COD's dialogues were written in each language from the outline of an English one: Atlanta may become Jakarta, so this
source is localised. Its English dialogues are SGD's with the same ids, but not always the same text: in the public
files one of the 92 dev dialogues, 1_00029, differs in three turns, in cities and an airline (and is refused, since its
spans no longer fit). COD's own English is what its other languages are parallel to, so that is what the rows hold as
source; SGD's copy only finds the dialogue. XSGD is SGD translated, and has the English that it was translated from
beside each translation; that is the source of its rows.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from threading import RLock
from typing import Final, Protocol

from crossprompt.corpora.catalogue import Layout
from crossprompt.corpora.cod import find_language_files, read_language
from crossprompt.corpora.dialogue import Dialogue, iterate_dialogues
from crossprompt.corpora.errors import CorpusError
from crossprompt.corpora.sources import ResolvedSource
from crossprompt.corpora.xsgd import (
    TranslatedDialogue,
    TranslatedFile,
    find_dialogues,
    find_layout,
    read_translated_file,
)
from crossprompt.locales.languages import LocaleError, find_locale
from crossprompt.translation.engine import EngineError, Failure

_SOURCE_LANGUAGE: Final = "en"
_FILES_KEPT: Final = 4
"""Decoded files of XSGD that are kept; dialogues are asked for in the corpus's order, by several threads."""


class ParallelText(Protocol):
    """A parallel corpus; may be used by several threads."""

    @property
    def languages(self) -> tuple[str, ...]:
        """As its files spell them."""

    def find(self, wanted: Dialogue, locale: str) -> TranslatedDialogue:
        """The dialogue with the split and id of ``wanted``, with a target for each of its turns.

        Raises:
            EngineError: ``Failure.DIALOGUE`` if the corpus lacks it or its sides do not agree; ``Failure.FATAL`` if the
                corpus can't be read.
        """


def open_text(folder: Path, source: ResolvedSource, max_quarantined_share: float) -> ParallelText:
    """The corpus in ``folder``, which is in the layout of ``source``.

    Args:
        folder: Its files.
        source: What they were resolved from.
        max_quarantined_share: Of a language's dialogues, in COD's layout.

    Raises:
        EngineError: ``Failure.FATAL`` if the folder is not in that layout.
    """
    try:
        if source.layout is Layout.XSGD:
            return XsgdText(folder)
        return CodText(folder, source, max_quarantined_share)
    except CorpusError as error:
        raise _unreadable(error) from error


@dataclass(frozen=True, slots=True)
class _Side:
    """One language: its dialogues by split and id, and why others were refused, by split and id."""

    dialogues: dict[tuple[str, str], Dialogue]
    refused: dict[tuple[str, str], str]


class CodText:
    """COD: a language is read whole; English and the last other one asked for are kept."""

    def __init__(self, folder: Path, source: ResolvedSource, max_quarantined_share: float) -> None:
        """Look at the files' names.

        Raises:
            LayoutError: There are none in COD's layout.
        """
        self._folder = folder
        self._source = source
        self._share = max_quarantined_share
        self._target: tuple[str, _Side] | None = None
        self._lock = RLock()
        self.languages = tuple(find_language_files(folder))

    def find(self, wanted: Dialogue, locale: str) -> TranslatedDialogue:
        """See :meth:`ParallelText.find`."""
        with self._lock:
            english_side, side = self._english, self._side(locale)
        english = _find(english_side, wanted, _SOURCE_LANGUAGE)
        target = _find(side, wanted, locale)
        _check_parallel(wanted, english, "the corpus's English")
        _check_parallel(english, target, f"the corpus's {locale}")
        return TranslatedDialogue(english, tuple(turn.utterance for turn in target.turns))

    def _side(self, locale: str) -> _Side:
        if self._target is None or self._target[0] != locale:
            self._target = (locale, self._read(locale))
        return self._target[1]

    @cached_property
    def _english(self) -> _Side:
        return self._read(_SOURCE_LANGUAGE)

    def _read(self, language: str) -> _Side:
        try:
            corpus = read_language(self._folder, self._source, language, None, self._share, progress=False)
        except (CorpusError, LocaleError) as error:
            raise _unreadable(error) from error
        dialogues = {dialogue.key: dialogue for dialogue in iterate_dialogues(corpus.dialogues)}
        refused = {(_split_of(row["file"]), row["record_id"]): row["detail"] for row in corpus.quarantine}
        return _Side(dialogues, refused)


class XsgdText:
    """XSGD: files are decoded as their dialogues are asked for, and the last few are kept."""

    def __init__(self, folder: Path) -> None:
        """Look at the files' names and beginnings.

        Raises:
            LayoutError: There are none in XSGD's layout.
        """
        self._layout = find_layout(folder)
        self._places: dict[str, dict[str, Path]] = {}
        self._kept: OrderedDict[tuple[Path, str], TranslatedFile] = OrderedDict()
        self._lock = RLock()

    @property
    def languages(self) -> tuple[str, ...]:
        """As the keys of turns spell them."""
        return self._layout.languages

    def find(self, wanted: Dialogue, locale: str) -> TranslatedDialogue:
        """See :meth:`ParallelText.find`."""
        try:
            with self._lock:
                held = self._held(wanted, find_locale(locale, self.languages))
        except (CorpusError, LocaleError) as error:
            raise _unreadable(error) from error
        if wanted.dialogue_id in held.refused:
            raise _refused(_SOURCE_LANGUAGE, held.refused[wanted.dialogue_id])
        found = held.dialogues.get(wanted.dialogue_id)
        if found is None:
            raise _missing(locale)
        _check_parallel(wanted, found.english, "the corpus's English")
        return found

    def _held(self, wanted: Dialogue, language: str) -> TranslatedFile:
        """The file of that dialogue; an empty one where there is none."""
        files = self._layout.files.get(wanted.split, ())
        if wanted.split not in self._places:
            self._places[wanted.split] = find_dialogues(files)
        file = self._places[wanted.split].get(wanted.dialogue_id)
        if file is None:
            return TranslatedFile({}, {})
        key = (file, language)
        if key not in self._kept:
            self._kept[key] = read_translated_file(file, wanted.split, language)
            while len(self._kept) > _FILES_KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return self._kept[key]


def _find(side: _Side, wanted: Dialogue, language: str) -> Dialogue:
    found = side.dialogues.get(wanted.key)
    if found is not None:
        return found
    if wanted.key in side.refused:
        raise _refused(language, side.refused[wanted.key])
    raise _missing(language)


def _refused(language: str, detail: str) -> EngineError:
    message = f"the corpus's {language} dialogue was refused: {detail}"
    return EngineError(Failure.DIALOGUE, "refused_in_corpus", message)


def _missing(language: str) -> EngineError:
    return EngineError(Failure.DIALOGUE, "not_in_corpus", f"the corpus has no such dialogue in {language}")


def _unreadable(error: Exception) -> EngineError:
    return EngineError(Failure.FATAL, "unreadable_corpus", str(error))


def _split_of(file_name: str) -> str:
    return Path(file_name).stem.rpartition("_")[2]


def _check_parallel(one: Dialogue, other: Dialogue, what: str) -> None:
    if len(one.turns) != len(other.turns):
        message = f"{what} has {len(other.turns)} turns instead of {len(one.turns)}"
        raise EngineError(Failure.DIALOGUE, "other_number_of_turns", message)
    for number, (turn, counterpart) in enumerate(zip(one.turns, other.turns, strict=True)):
        if turn.speaker is not counterpart.speaker:
            message = f"turn {number} is said by {counterpart.speaker.value} in {what}, not by {turn.speaker.value}"
            raise EngineError(Failure.DIALOGUE, "other_speaker", message)
