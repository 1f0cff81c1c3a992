"""The corpus engine: parallel dialogues that exist already, in the layout of COD.

COD's dialogues were written in each language from the outline of an English one: Atlanta may become Jakarta, so this
source is localised. Its English dialogues are SGD's with the same ids, but not always the same text: in the public
files one of the 92 dev dialogues, 1_00029, differs in three turns, in cities and an airline (and is refused, since its
spans no longer fit). COD's own English is what its other languages are parallel to, so that is what the rows hold as
source; SGD's copy only finds the dialogue.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import ClassVar, Self

from pydantic import Field

from crossprompt.corpora.cod import find_language_files, read_language
from crossprompt.corpora.dialogue import Dialogue, iterate_dialogues
from crossprompt.corpora.errors import CorpusError
from crossprompt.corpora.settings import SourceSettings
from crossprompt.corpora.sources import ResolvedSource, open_source, resolve_source
from crossprompt.locales.languages import LocaleError, find_locale
from crossprompt.settings import Settings
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translation.engine import (
    Engine,
    EngineError,
    EngineFolders,
    Failure,
    TranslationCall,
    TranslationReply,
)
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings

_SOURCE_LANGUAGE = "en"
_COD = SourceSettings(corpus="cod")


class CorpusOptions(Settings):
    """How strict to be with the corpus."""

    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)
    """Stop if more than this share of a language's dialogues is refused; up to 3 of the 194 of each of COD's are."""


@dataclass(frozen=True, slots=True)
class _Side:
    """One language: its dialogues by split and id, and why others were refused, by file and id."""

    dialogues: dict[tuple[str, str], Dialogue]
    refused: dict[tuple[str, str], str]


class CorpusEngine(Engine):
    """Dialogues of a parallel corpus, found by split and id. It offers the languages of the corpus's files.

    A locale such as ``sw-KE`` finds the corpus's ``sw``. A dialogue whose turns or speakers do not agree on both sides,
    and with the dialogue asked for, is refused.
    """

    nature: ClassVar[Nature] = Nature.LOCALISED
    looks_up: ClassVar[bool] = True
    default_source: ClassVar[SourceSettings | None] = _COD

    def __init__(
        self, resolved: ResolvedSource, home: Path | None = None, options: CorpusOptions | None = None
    ) -> None:
        self._resolved = resolved
        self._home = home
        self._options = options or CorpusOptions()
        self._target: tuple[str, _Side] | None = None

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """The engine on ``settings.source``, by default COD; nothing is fetched or unpacked yet.

        Raises:
            SettingsError: If an option is wrong.
            SourceError: If the source is missing.
        """
        options = CorpusOptions.parse(settings.options, "translation.engine.options")
        resolved = resolve_source(settings.source or _COD, folders.data_root)
        return cls(resolved, folders.home, options)

    @property
    def revision(self) -> str:
        """SHA-256 over the source's fingerprint and the options."""
        return fingerprint_value([self._resolved.fingerprint, self._options.model_dump()])

    def locales(self) -> tuple[str, ...]:
        """The languages of the corpus but English, as its files spell them; may fetch and unpack the source."""
        return tuple(sorted(language for language in self._languages if language != _SOURCE_LANGUAGE))

    def offers(self, locale: str) -> bool:
        """Whether the corpus has the locale, or its language."""
        try:
            return find_locale(locale, self.locales()) != _SOURCE_LANGUAGE
        except LocaleError:
            return False

    def translate(self, call: TranslationCall) -> TranslationReply:
        """The turns of the parallel dialogue, and the English ones it was written against.

        Raises:
            EngineError: ``Failure.DIALOGUE`` if the corpus lacks the dialogue or its sides do not agree;
                ``Failure.FATAL`` if the corpus can't be read.
        """
        english = self._find(self._english, call.dialogue, _SOURCE_LANGUAGE)
        target = self._find(self._side(call.locale), call.dialogue, call.locale)
        _check_parallel(call.dialogue, english, "the corpus's English")
        _check_parallel(english, target, f"the corpus's {call.locale}")
        texts = tuple(turn.utterance for turn in target.turns[call.start : call.stop])
        return TranslationReply(texts, english.turns[call.start : call.stop])

    def _find(self, side: _Side, wanted: Dialogue, language: str) -> Dialogue:
        found = side.dialogues.get(wanted.key)
        if found is not None:
            return found
        if wanted.key in side.refused:
            message = f"the corpus's {language} dialogue was refused: {side.refused[wanted.key]}"
            raise EngineError(Failure.DIALOGUE, "refused_in_corpus", message)
        raise EngineError(Failure.DIALOGUE, "not_in_corpus", f"the corpus has no such dialogue in {language}")

    def _side(self, locale: str) -> _Side:
        """The dialogues of one language; only the last one asked for is kept."""
        if self._target is None or self._target[0] != locale:
            self._target = (locale, self._read(locale))
        return self._target[1]

    @cached_property
    def _english(self) -> _Side:
        return self._read(_SOURCE_LANGUAGE)

    @cached_property
    def _folder(self) -> Path:
        return open_source(self._resolved, self._home)

    @cached_property
    def _languages(self) -> dict[str, dict[str, Path]]:
        return find_language_files(self._folder)

    def _read(self, language: str) -> _Side:
        share = self._options.max_quarantined_share
        try:
            corpus = read_language(self._folder, self._resolved, language, None, share, progress=False)
        except (CorpusError, LocaleError) as error:
            raise EngineError(Failure.FATAL, "unreadable_corpus", str(error)) from error
        dialogues = {dialogue.key: dialogue for dialogue in iterate_dialogues(corpus.dialogues)}
        refused = {(_split_of(row["file"]), row["record_id"]): row["detail"] for row in corpus.quarantine}
        return _Side(dialogues, refused)


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
