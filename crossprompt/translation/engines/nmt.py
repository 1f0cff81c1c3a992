"""The nmt engine: NLLB-200, M2M-100 or MADLAD-400 on this machine, by CTranslate2 or by transformers.

These models translate one text at a time: each turn stands alone, without its dialogue. A text's translation is the
same in any batch, as far as sums of floating-point numbers go. They were trained on sentences: of a turn with several,
one may be left out, which the checks on length and numbers see in part only.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import ClassVar, Final, Self

from crossprompt.locales.languages import LocaleError
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translation.engine import (
    Engine,
    EngineError,
    EngineFolders,
    Failure,
    TranslationCall,
    TranslationReply,
)
from crossprompt.translation.nmt.files import NmtFiles, locate_model
from crossprompt.translation.nmt.generation import Generator, Search, length_sorted_batches
from crossprompt.translation.nmt.settings import NmtOptions
from crossprompt.translation.nmt.tokens import NmtTokenizer, load_tokenizer
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings

_SECTION: Final = "translation.engine.options"


class NmtEngine(Engine):
    """Translations by a multilingual model. May be used by several threads, which take turns."""

    title: ClassVar[str] = "a multilingual translation model, turn by turn"
    nature: ClassVar[Nature] = Nature.TRANSLATED
    slow: ClassVar[bool] = True

    def __init__(self, options: NmtOptions) -> None:
        """Find the model; the weights are loaded for the first text.

        Raises:
            SettingsError: The model is no folder and no hub id, or a hub id without its commit.
        """
        self._options = options
        self._files: NmtFiles = locate_model(options)
        self._lock = threading.Lock()

    @classmethod
    def from_settings(cls, settings: EngineSettings, folders: EngineFolders) -> Self:
        """The engine with ``settings.options``; it reads no source.

        Raises:
            SettingsError: An option is wrong; see also :meth:`__init__`.
        """
        return cls(NmtOptions.parse(settings.options, _SECTION))

    @classmethod
    def to_be_fetched(cls, settings: EngineSettings) -> str | None:
        """A hub model's configuration and tokenizer, where they are not in the local cache; the weights come later."""
        files = locate_model(NmtOptions.parse(settings.options, _SECTION))
        return None if files.at_hand else f"the tokenizer of {files.name} at commit {files.revision}"

    @property
    def options(self) -> NmtOptions:
        """See :attr:`Engine.options`."""
        return self._options

    @cached_property
    def revision(self) -> str:
        """SHA-256 over the model (hub id and commit, or its files), the library, precision, search and limits."""
        library = "ctranslate2" if self._files.converted else "transformers"
        return fingerprint_value([self._files.identity, library, self._options.deciding()])

    def locales(self) -> tuple[str, ...]:
        """The languages whose codes the tokenizer has. Loads the tokenizer, which takes seconds once in a process."""
        return self._tokenizer.languages.locales

    def offers(self, locale: str) -> bool:
        """Whether the tokenizer has a code for the language, in the script of ``locale``."""
        try:
            self._tokenizer.languages.find(locale)
        except LocaleError:
            return False
        return True

    def translate(self, call: TranslationCall) -> TranslationReply:
        """Translate each turn of ``call`` by itself. Blank turns give empty targets.

        Raises:
            EngineError: ``DIALOGUE`` if a turn is longer than the model's positions or holds a mark of the model's own,
                or a translation does not end; ``FATAL`` if the model can't be loaded or lacks the language.
        """
        texts = sorted({turn.utterance for turn in call.turns if turn.utterance.strip()})
        with self._lock:
            done = dict(zip(texts, self._translate(texts, self._code(call.locale)), strict=True))
        return TranslationReply(tuple(done.get(turn.utterance, "") for turn in call.turns))

    def _translate(self, texts: Sequence[str], code: str) -> list[str]:
        """The translations of different texts, in order."""
        tokenizer, options = self._tokenizer, self._options
        sources = [self._encode(text, code) for text in texts]
        first = tokenizer.first_of_target(code)
        most = min(options.max_output_tokens, self._longest)
        search = Search(options.beam_size, most, options.length_penalty)
        targets = [""] * len(texts)
        for batch in length_sorted_batches([len(source) for source in sources], options.batch_tokens):
            found = self._model.generate([sources[position] for position in batch], first, search)
            for position, generated in zip(batch, found, strict=True):
                if not generated.ended:
                    raise _unended(texts[position], most)
                targets[position] = tokenizer.decode(generated.ids)
        return targets

    def _encode(self, text: str, code: str) -> list[int]:
        ids = self._tokenizer.encode(text, code)
        if len(ids) > self._longest:
            message = f"a turn has {len(ids)} tokens, the model reads {self._longest}: {text[:80]!r}..."
            raise EngineError(Failure.DIALOGUE, "too_long", message)
        return ids

    def _code(self, locale: str) -> str:
        try:
            return self._tokenizer.languages.find(locale)
        except LocaleError as error:
            raise EngineError(Failure.FATAL, "unknown_locale", f"model {self._options.model!r}: {error}") from None

    @cached_property
    def _tokenizer(self) -> NmtTokenizer:
        return load_tokenizer(self._files.folder, self._options.model)

    @cached_property
    def _model(self) -> Generator:
        from crossprompt.translation.nmt.converted_model import ConvertedModel
        from crossprompt.translation.nmt.torch_model import TorchModel

        kind = ConvertedModel if self._files.converted else TorchModel
        return kind.load(self._files.whole_folder, self._tokenizer, self._options)

    @cached_property
    def _longest(self) -> int:
        """Longest text in tokens."""
        told = self._files.positions or self._tokenizer.longest
        wanted = self._options.max_input_tokens
        if wanted is None and told is None:
            message = f"model {self._options.model!r} does not tell its longest text: set the option max_input_tokens"
            raise EngineError(Failure.FATAL, "unusable_model", message)
        if wanted is not None and told is not None and wanted > told:
            message = f"{_SECTION}.max_input_tokens: {wanted} are more than the model's {told} positions"
            raise EngineError(Failure.FATAL, "wrong_option", message)
        return wanted or told or 0


def _unended(text: str, most: int) -> EngineError:
    message = f"a translation did not end within {most} tokens (max_output_tokens): {text[:80]!r}"
    return EngineError(Failure.DIALOGUE, "unended", message)
