"""How a pair of sentences becomes a row of token ids: which template, and which soft tokens."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence

from crossprompt.backbones.encoder import Backbone
from crossprompt.cloze.template import RowWriter, TemplateError, TextPieces, fit, parse_template
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translator.lines import ENGLISH, Line
from crossprompt.translator.settings import ContenderSettings
from crossprompt.translator.wording import PLACED, WORDED


class Form(ABC):
    """Writes rows for one contender on one backbone."""

    def __init__(self, backbone: Backbone, pieces: TextPieces) -> None:
        """Texts are tokenised by ``pieces``, which contenders may share."""
        self.backbone, self.pieces = backbone, pieces

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hex SHA-256 of what decides the rows beside the texts and the backbone."""

    @abstractmethod
    def write(self, lines: Iterable[Line], *, learning: bool = False) -> list[list[int]]:
        """A row for each line.

        Args:
            lines: Pairs of sentences with their language.
            learning: Whether they are read to learn from them, and not to be answered.
        """


class PairForm(Form):
    """Both sentences as the tokenizer joins pairs, for a head on ``<s>``; the longer one is cut where it must be."""

    @property
    def fingerprint(self) -> str:
        """Nothing is to be set."""
        return fingerprint_value("pairs")

    def write(self, lines: Iterable[Line], *, learning: bool = False) -> list[list[int]]:
        """Such as ``<s> first </s></s> second </s>``."""
        lines = list(lines)
        tokenizer = self.backbone.tokenizer
        room = tokenizer.max_tokens - len(tokenizer.wrap_pair([], []))
        texts = zip(
            self.pieces.of(line.first for line in lines), self.pieces.of(line.second for line in lines), strict=True
        )
        return [tokenizer.wrap_pair(*fit(pair, room)) for pair in texts]


class ClozeForm(Form):
    """A template of each language, with soft tokens or without."""

    def __init__(self, backbone: Backbone, pieces: TextPieces, settings: ContenderSettings) -> None:
        """Tokenise the templates.

        Args:
            backbone: Reads the rows.
            pieces: Tokenises texts.
            settings: The method, the prompt's place and length, and which prompt English is read with.
        """
        super().__init__(backbone, pieces)
        self._worded = settings.method == "templates"
        wordings = WORDED if self._worded else {ENGLISH: PLACED[settings.placement]}
        self._writers = {
            locale: RowWriter(parse_template(wording), backbone.tokenizer) for locale, wording in wordings.items()
        }
        self._wordings = dict(wordings)
        first, length = backbone.vocabulary_size, settings.length
        self._source = [] if self._worded else list(range(first, first + length))
        two = settings.method == "translator" and settings.translator.kind != "shared"
        self._target = [soft + length for soft in self._source] if two else self._source
        self._english = self._source if settings.english_prompt == "source" else self._target

    @property
    def fingerprint(self) -> str:
        """Of the wordings and the soft tokens."""
        return fingerprint_value([self._wordings, self._source, self._target, self._english])

    def write(self, lines: Iterable[Line], *, learning: bool = False) -> list[list[int]]:
        """English is learned with the English prompt whatever it is answered with."""
        lines = list(lines)
        return self._write(lines, [line.locale for line in lines], learning)

    def write_in(self, lines: Sequence[Line], templates: Sequence[str]) -> list[list[int]]:
        """A row for each line to learn from, in the template of the language that is named for it."""
        return self._write(lines, templates, learning=True)

    def _write(self, lines: Sequence[Line], templates: Sequence[str], learning: bool) -> list[list[int]]:
        first = self.pieces.of(line.first for line in lines)
        second = self.pieces.of(line.second for line in lines)
        return [
            self._writer(template).write({"premise": one, "hypothesis": two}, self._soft(line.locale, learning))
            for line, template, one, two in zip(lines, templates, first, second, strict=True)
        ]

    def _writer(self, locale: str) -> RowWriter:
        if not self._worded:
            return self._writers[ENGLISH]
        if locale not in self._writers:
            known = ", ".join(sorted(self._writers))
            raise TemplateError(f"there is no template in words for {locale!r}; there are some for {known}")
        return self._writers[locale]

    def _soft(self, locale: str, learning: bool) -> list[int]:
        if locale != ENGLISH:
            return self._target
        return self._source if learning else self._english
