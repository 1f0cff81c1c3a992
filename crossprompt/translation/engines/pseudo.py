"""The pseudo engine: reversible pseudo-localisation, for load and flow tests that need no translation.

Letters get accents, the text gets longer and stands between markers: ``⟦Ĥéļļó.…~~⟧``. A person still reads it, nobody
takes it for English, and :meth:`PseudoEngine.restore` gives back exactly what went in.
"""

from __future__ import annotations

import math
from typing import ClassVar, Final, Self

from pydantic import Field, field_validator

from crossprompt.corpora.dialogue import Turn
from crossprompt.locales.languages import LocaleError, normalise_tag
from crossprompt.settings import Settings
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translation.engine import Engine, EngineFolders, TranslationCall, TranslationReply
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings

_PLAIN: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_ACCENTED: Final = "áƀćďéƒǵĥíĵķļṁńóṕɋŕśţúṽŵẋýžÁƁĆĎÉƑǴĤÍĴĶĻṀŃÓṔɊŔŚŢÚṼŴẊÝŽ"
_SWAP: Final = str.maketrans(_PLAIN + _ACCENTED, _ACCENTED + _PLAIN)
"""Its own inverse: what is swapped twice is as it was, also where the text had accents before."""

_OPEN, _CLOSE = "⟦", "⟧"
_TAIL: Final = "…"
"""Stands between the text and its padding; the last one in a result is the engine's own."""
_PAD: Final = "~"
_KEEP_OPEN, _KEEP_CLOSE, _ESCAPE = "⁅", "⁆", "⧵"
"""Around what must stay as it is; where the text itself has one of the three, it gets the escape before it."""
_ESCAPES: Final = str.maketrans({char: _ESCAPE + char for char in (_KEEP_OPEN, _KEEP_CLOSE, _ESCAPE)})


class PseudoOptions(Settings):
    """How the text is changed."""

    locales: tuple[str, ...] = ("en-XA",)
    """The locales it offers on its own account; it translates into any other valid tag just as well."""
    expansion: float = Field(default=0.3, ge=0, le=3)
    """By how much longer the text gets, as a share: translations from English usually grow."""
    protect_slots: bool = False
    """Keep slot values as they are. Numbers in digits always stay."""

    @field_validator("locales")
    @classmethod
    def _valid_tags(cls, tags: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(sorted({normalise_tag(tag) for tag in tags}))


class PseudoEngine(Engine):
    """Text that looks foreign and can be turned back."""

    title: ClassVar[str] = "reversible pseudo-localisation, no human language"
    nature: ClassVar[Nature] = Nature.TRANSLATED

    def __init__(self, options: PseudoOptions | None = None) -> None:
        self._options = options or PseudoOptions()

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """The engine with ``settings.options``; it reads no source.

        Raises:
            SettingsError: If an option is wrong.
        """
        return cls(PseudoOptions.parse(settings.options, "translation.engine.options"))

    @property
    def options(self) -> PseudoOptions:
        """See :attr:`Engine.options`."""
        return self._options

    @property
    def revision(self) -> str:
        """SHA-256 over the options."""
        return fingerprint_value(self._options.model_dump(mode="json"))

    def locales(self) -> tuple[str, ...]:
        """The locales of the options."""
        return self._options.locales

    def offers(self, locale: str) -> bool:
        """True for every valid tag: the text does not depend on it."""
        try:
            return normalise_tag(locale) == locale
        except LocaleError:
            return False

    def translate(self, call: TranslationCall) -> TranslationReply:
        """Change the turns of ``call``."""
        return TranslationReply(tuple(self._localise(turn) for turn in call.turns))

    def _localise(self, turn: Turn) -> str:
        spans = [(span.start, span.exclusive_end) for frame in turn.frames for span in frame.slots]
        return self.disguise(turn.utterance, spans if self._options.protect_slots else [])

    def disguise(self, text: str, kept: list[tuple[int, int]] | None = None) -> str:
        """The pseudo-localised text; characters in the ranges ``kept`` (start, exclusive end) stay as they are."""
        parts, end = [], 0
        for start, stop in _merged(kept or []):
            parts.append(_escaped(text[end:start]).translate(_SWAP))
            parts.append(f"{_KEEP_OPEN}{_escaped(text[start:stop])}{_KEEP_CLOSE}")
            end = stop
        parts.append(_escaped(text[end:]).translate(_SWAP))
        padding = _PAD * math.ceil(len(text) * self._options.expansion)
        return f"{_OPEN}{''.join(parts)}{_TAIL}{padding}{_CLOSE}"

    @staticmethod
    def restore(text: str) -> str:
        """What :meth:`disguise` was given.

        Raises:
            ValueError: If the text was not made by it.
        """
        body, tail, padding = text[1:-1].rpartition(_TAIL)
        if not (text.startswith(_OPEN) and text.endswith(_CLOSE) and tail and not padding.strip(_PAD)):
            raise ValueError(f"not a pseudo-localised text: {text!r}")
        return _unescaped(body)


def _merged(ranges: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ranges in order, with those that overlap or touch made one."""
    merged: list[tuple[int, int]] = []
    for start, stop in sorted(ranges):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(stop, merged[-1][1]))
        else:
            merged.append((start, stop))
    return merged


def _escaped(text: str) -> str:
    return text.translate(_ESCAPES)


def _unescaped(body: str) -> str:
    original, kept, characters = [], False, iter(body)
    for char in characters:
        if char == _ESCAPE:
            original.append(next(characters, ""))
        elif char in (_KEEP_OPEN, _KEEP_CLOSE):
            kept = char == _KEEP_OPEN
        else:
            original.append(char if kept else char.translate(_SWAP))
    return "".join(original)
