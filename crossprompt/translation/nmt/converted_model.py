"""A translation model that CTranslate2 computes: faster on a CPU than transformers, and with weights of eight bits.

In float32 it finds the same tokens as transformers, greedily, and with several beams if lengths are not weighed. Where
they are, the two count a length with and without its end, and may prefer different hypotheses.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from crossprompt.translation.engine import EngineError, Failure
from crossprompt.translation.nmt.generation import Generated, Search, least_tokens
from crossprompt.translation.nmt.settings import NmtOptions
from crossprompt.translation.nmt.tokens import NmtTokenizer


class ConvertedModel:
    """A model of CTranslate2."""

    def __init__(self, translator: Any, tokenizer: NmtTokenizer) -> None:
        """A loaded ``ctranslate2.Translator``."""
        self._translator = translator
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path, tokenizer: NmtTokenizer, options: NmtOptions) -> ConvertedModel:
        """The model in ``folder``.

        Raises:
            EngineError: CTranslate2 is not installed, or can't load the model in this precision on this device.
        """
        try:
            import ctranslate2
        except ImportError as error:
            message = f"{folder} holds a model of CTranslate2, which is not installed: pip install ctranslate2"
            raise EngineError(Failure.FATAL, "unusable_model", message) from error
        try:
            translator = ctranslate2.Translator(str(folder), device=options.device, compute_type=options.precision)
        except (ValueError, RuntimeError) as error:
            message = f"the model in {folder} can't be loaded in {options.precision} on {options.device}: {error}"
            raise EngineError(Failure.FATAL, "unusable_model", message) from error
        return cls(translator, tokenizer)

    def generate(self, sources: Sequence[Sequence[int]], first: int | None, search: Search) -> list[Generated]:
        """See :class:`crossprompt.translation.nmt.generation.Generator`."""
        prefix = None if first is None else [self._tokenizer.tokens([first])] * len(sources)
        results = self._translator.translate_batch(
            [self._tokenizer.tokens(source) for source in sources],
            target_prefix=prefix,
            beam_size=search.beam_size,
            length_penalty=search.length_penalty,
            min_decoding_length=least_tokens(first),
            max_decoding_length=search.most_tokens,
            max_input_length=0,
            return_end_token=True,
        )
        return [self._without_end(self._tokenizer.ids(result.hypotheses[0])) for result in results]

    def _without_end(self, ids: list[int]) -> Generated:
        ended = bool(ids) and ids[-1] == self._tokenizer.end
        return Generated(ids[:-1] if ended else ids, ended)
