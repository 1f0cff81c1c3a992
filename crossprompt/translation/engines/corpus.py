"""The corpus engine: parallel dialogues that exist already, in the layouts of COD and XSGD.

What is known of either, and how a dialogue is found there, is in :mod:`crossprompt.translation.parallel`.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import ClassVar, Self

from pydantic import Field

from crossprompt.corpora.catalogue import Layout, find_corpus
from crossprompt.corpora.errors import SourceError
from crossprompt.corpora.settings import SourceSettings
from crossprompt.corpora.sources import ResolvedSource, open_source, resolve_source
from crossprompt.locales.languages import LocaleError, find_locale
from crossprompt.settings import Settings
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translation.engine import Engine, EngineFolders, TranslationCall, TranslationReply
from crossprompt.translation.parallel import ParallelText, open_text
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings

_SOURCE_LANGUAGE = "en"
_COD = SourceSettings(corpus="cod")


class CorpusOptions(Settings):
    """How strict to be with the corpus."""

    max_quarantined_share: float = Field(default=0.05, ge=0, le=1)
    """Stop if more than this share of a language's dialogues is refused; up to 3 of the 194 of each of COD's are. In
    XSGD's layout, where nobody reads a language whole, refused dialogues are only counted.
    """


class CorpusEngine(Engine):
    """Dialogues of a parallel corpus, found by split and id. It offers the languages of the corpus's files.

    A locale such as ``sw-KE`` finds the corpus's ``sw``. A dialogue whose turns or speakers do not agree on both sides,
    and with the dialogue asked for, is refused. It may be used by several threads.
    """

    title: ClassVar[str] = "parallel dialogues that were there before"
    looks_up: ClassVar[bool] = True
    default_source: ClassVar[SourceSettings | None] = _COD

    def __init__(
        self, resolved: ResolvedSource, home: Path | None = None, options: CorpusOptions | None = None
    ) -> None:
        self._resolved = resolved
        self._home = home
        self._options = options or CorpusOptions()
        self._opening = Lock()
        self._opened: ParallelText | None = None

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """The engine on ``settings.source``, by default COD; nothing is fetched or unpacked yet.

        Raises:
            SettingsError: If an option is wrong.
            SourceError: If the source is missing, or is one that no program can fetch.
        """
        options = CorpusOptions.parse(settings.options, "translation.engine.options")
        resolved = resolve_source(settings.source or _COD, folders.data_root)
        _require_files(resolved)
        return cls(resolved, folders.home, options)

    @property
    def nature(self) -> Nature:
        """XSGD is translated, COD localised."""
        return Nature.TRANSLATED if self._resolved.layout is Layout.XSGD else Nature.LOCALISED

    @property
    def options(self) -> CorpusOptions:
        """See :attr:`Engine.options`."""
        return self._options

    @cached_property
    def revision(self) -> str:
        """SHA-256 over the source's fingerprint and the options."""
        return fingerprint_value([self._resolved.fingerprint, self._options.model_dump()])

    def locales(self) -> tuple[str, ...]:
        """The languages of the corpus but English, as its files spell them; may fetch and unpack the source."""
        return tuple(sorted(language for language in self._text().languages if language != _SOURCE_LANGUAGE))

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
        found = self._text().find(call.dialogue, call.locale)
        part = slice(call.start, call.stop)
        return TranslationReply(found.targets[part], found.english.turns[part])

    def _text(self) -> ParallelText:
        """The corpus, opened once for all threads."""
        with self._opening:
            if self._opened is None:
                folder = open_source(self._resolved, self._home)
                self._opened = open_text(folder, self._resolved, self._options.max_quarantined_share)
            return self._opened


def _require_files(resolved: ResolvedSource) -> None:
    """XSGD has an address that people can open, and no program can fetch as one archive."""
    entry = find_corpus(resolved.corpus)
    if resolved.layout is Layout.XSGD and resolved.location == entry.address:
        raise SourceError(
            f"translation.engine.source: {resolved.corpus} is not served as one archive; copy the files at "
            f"{resolved.location} into a folder, and name that as translation.engine.source.location, or put it into "
            f"the data root as {entry.mirror_names[0]}"
        )
