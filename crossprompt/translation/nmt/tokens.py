"""Text to a model's tokens and back, with the language codes where each family of models wants them.

======  ===============  ===============================  =================  ==================================
family  code of English  source                           target begins      paper
======  ===============  ===============================  =================  ==================================
NLLB    ``eng_Latn``     ``eng_Latn text </s>``           with the code      NLLB Team et al., arXiv 2207.04672
M2M     ``__en__``       ``__en__ text </s>``             with the code      Fan et al., arXiv 2010.11125
MADLAD  ``<2en>``        the target's ``<2xx> text </s>`` freely             Kudugunta et al., arXiv 2309.04662
======  ===============  ===============================  =================  ==================================

Which family a model is of, and which languages it has, is read from the vocabulary of its tokenizer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Final

from crossprompt.translation.codes import LanguageCodes
from crossprompt.translation.engine import EngineError, Failure

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

_UNSET: Final = 1 << 20
"""A tokenizer whose file tells no longest text reports 10**30."""


_OTHER_NAMES: Final[Mapping[str, str]] = {"ns": "nso"}
"""Codes of M2M-100 that are no ISO 639 codes: Northern Sotho."""


@dataclass(frozen=True, slots=True)
class Family:
    """How a family of models writes language codes.

    Attributes:
        name: For messages.
        english: The code token of English; who has it is of this family.
        pattern: What code tokens look like; the first group is the code.
        told_decoder: Whether the target's code is the decoder's first token; else it is the source's.
    """

    name: str
    english: str
    pattern: re.Pattern[str]
    told_decoder: bool

    def tag(self, token: str) -> str | None:
        """The BCP-47 tag that a code token reads as; None for any other token."""
        found = self.pattern.fullmatch(token)
        return _OTHER_NAMES.get(found[1], found[1]).replace("_", "-") if found else None


NLLB: Final = Family("NLLB", "eng_Latn", re.compile(r"([a-z]{3}_[A-Z][a-z]{3})"), told_decoder=True)
M2M: Final = Family("M2M", "__en__", re.compile(r"__([a-z]{2,3})__"), told_decoder=True)
MADLAD: Final = Family(
    "MADLAD", "<2en>", re.compile(r"<2([a-z]{2,3}(?:_[A-Z][a-z]{3})?(?:_[A-Z]{2})?)>"), told_decoder=False
)
FAMILIES: Final = (NLLB, M2M, MADLAD)


class NmtTokenizer:
    """A model's tokenizer. Not safe to share between threads without a lock."""

    def __init__(self, tokenizer: PreTrainedTokenizerBase, name: str) -> None:
        """Read the family and the languages.

        Raises:
            EngineError: The vocabulary has the language codes of no known family.
        """
        self._tokenizer = tokenizer
        self._vocabulary = {**tokenizer.get_vocab(), **getattr(tokenizer, "lang_token_to_id", {})}
        found = [family for family in FAMILIES if family.english in self._vocabulary]
        if len(found) != 1:
            known = ", ".join(f"{family.english} ({family.name})" for family in FAMILIES)
            message = f"model {name!r}: its tokenizer has no language codes such as {known}; is it of another kind?"
            raise EngineError(Failure.FATAL, "unusable_model", message)
        self.family = found[0]
        self._special = {*tokenizer.all_special_ids, *self._code_ids} - {tokenizer.unk_token_id}

    @cached_property
    def languages(self) -> LanguageCodes:
        """The languages whose code tokens the vocabulary has."""
        tags = ((token, self.family.tag(token)) for token in self._vocabulary)
        return LanguageCodes({token: tag for token, tag in tags if tag is not None})

    @property
    def end(self) -> int:
        """Id of the token that ends texts."""
        return int(self._tokenizer.eos_token_id)

    @property
    def padding(self) -> int:
        """Id of the token that fills batches."""
        return int(self._tokenizer.pad_token_id)

    @property
    def longest(self) -> int | None:
        """The longest text in tokens that the tokenizer's files tell; None: they tell none."""
        told = int(self._tokenizer.model_max_length)
        return told if told < _UNSET else None

    def encode(self, text: str, code: str) -> list[int]:
        """The token ids of an English text that is to be translated into the language of ``code``.

        Raises:
            EngineError: The text holds one of the model's own marks, such as ``</s>``.
        """
        if self.family.told_decoder:
            prefix, ids = [self._vocabulary[self.family.english]], self._encode(text)
        else:
            prefix, ids = [], self._encode(f"{code} {text}")  # as the models' authors write it: one text
        own = [number for number in ids if number in self._special]
        if own != ([] if prefix else [self._vocabulary[code]]):
            marks = ", ".join(self.tokens(own))
            message = f"the text holds marks of the model's own ({marks}): {text!r}"
            raise EngineError(Failure.DIALOGUE, "mark_in_text", message)
        return [*prefix, *ids, self.end]

    def first_of_target(self, code: str) -> int | None:
        """Id of the token with which the decoder must begin; None: it is free."""
        return self._vocabulary[code] if self.family.told_decoder else None

    def decode(self, ids: Sequence[int]) -> str:
        """The text of token ids, without codes and ends."""
        own = [number for number in ids if number not in self._special]
        text = self._tokenizer.decode(own, skip_special_tokens=True, clean_up_tokenization_spaces=False)
        return str(text).strip()

    def tokens(self, ids: Sequence[int]) -> list[str]:
        """The tokens of ids, by name."""
        return list(self._tokenizer.convert_ids_to_tokens(list(ids)))

    def ids(self, tokens: Sequence[str]) -> list[int]:
        """The ids of tokens."""
        unknown = self._tokenizer.unk_token_id
        return [self._vocabulary.get(token, unknown) for token in tokens]

    def _encode(self, text: str) -> list[int]:
        ids: list[int] = self._tokenizer(text, add_special_tokens=False, verbose=False)["input_ids"]
        return ids

    @property
    def _code_ids(self) -> set[int]:
        return {number for token, number in self._vocabulary.items() if self.family.pattern.fullmatch(token)}


def load_tokenizer(folder: Path, name: str) -> NmtTokenizer:
    """The tokenizer in ``folder``.

    Raises:
        EngineError: It can't be read, or is of no known family.
    """
    from transformers import AutoTokenizer  # takes seconds, and a cached step needs none of it

    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    except (ValueError, KeyError, OSError, ImportError, AttributeError) as error:
        message = f"model {name!r}: the tokenizer in {folder} can't be read: {error}"
        raise EngineError(Failure.FATAL, "unusable_model", message) from error
    return NmtTokenizer(tokenizer, name)
