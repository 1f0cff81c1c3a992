"""A translation model that transformers computes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from crossprompt.translation.engine import EngineError, Failure
from crossprompt.translation.nmt.generation import Generated, Search, least_tokens
from crossprompt.translation.nmt.settings import NmtOptions
from crossprompt.translation.nmt.tokens import NmtTokenizer

if TYPE_CHECKING:
    from transformers import GenerationConfig, PreTrainedModel


class TorchModel:
    """A model of transformers. Not safe to share between threads without a lock."""

    def __init__(self, model: PreTrainedModel, tokenizer: NmtTokenizer) -> None:
        """A loaded model."""
        self._model: Any = model  # its generate comes from a mixin that the base class does not show
        self._tokenizer = tokenizer

    @classmethod
    def load(cls, folder: Path, tokenizer: NmtTokenizer, options: NmtOptions) -> TorchModel:
        """The model in ``folder``, every weight present.

        Raises:
            EngineError: It can't be loaded, lacks weights, or is wanted in ``int8``.
        """
        from transformers import AutoModelForSeq2SeqLM
        from transformers.utils import logging

        if options.quantised:
            message = f"precision {options.precision} needs a model converted for CTranslate2; {folder} holds none"
            raise EngineError(Failure.FATAL, "unusable_model", message)
        logging.disable_progress_bar()  # type: ignore[no-untyped-call]  # transformers leaves it untyped
        try:
            found: Any = AutoModelForSeq2SeqLM.from_pretrained(
                folder, dtype=getattr(torch, options.precision), local_files_only=True, output_loading_info=True
            )
        except (ValueError, KeyError, OSError, RuntimeError) as error:
            message = f"the model in {folder} can't be loaded: {error}"
            raise EngineError(Failure.FATAL, "unusable_model", message) from error
        model, report = found
        if missing := sorted(report["missing_keys"]):
            raise EngineError(Failure.FATAL, "unusable_model", f"the weights in {folder} lack {missing[0]}")
        return cls(model.eval().to(_device(options)), tokenizer)

    def generate(self, sources: Sequence[Sequence[int]], first: int | None, search: Search) -> list[Generated]:
        """See :class:`crossprompt.translation.nmt.generation.Generator`."""
        width, padding = max(len(source) for source in sources), self._tokenizer.padding
        padded = [[*source, *[padding] * (width - len(source))] for source in sources]
        mask = [[1] * len(source) + [0] * (width - len(source)) for source in sources]
        device = self._model.device
        with torch.inference_mode():
            found = self._model.generate(
                input_ids=torch.tensor(padded, device=device),
                attention_mask=torch.tensor(mask, device=device),
                generation_config=self._configuration(first, search),
            )
        return [self._without_start(row) for row in found.tolist()]

    def _configuration(self, first: int | None, search: Search) -> GenerationConfig:
        """All that decides the search, so that no file beside the weights has a say in it."""
        from transformers import GenerationConfig

        return GenerationConfig(  # type: ignore[no-untyped-call]  # transformers leaves it untyped
            num_beams=search.beam_size,
            max_new_tokens=search.most_tokens,
            min_new_tokens=least_tokens(first),
            do_sample=False,
            early_stopping=True,
            length_penalty=search.length_penalty,
            no_repeat_ngram_size=0,
            repetition_penalty=1.0,
            forced_bos_token_id=first,
            decoder_start_token_id=self._start,
            eos_token_id=self._tokenizer.end,
            pad_token_id=self._tokenizer.padding,
        )

    @property
    def _start(self) -> int:
        """The token before the first."""
        told = getattr(self._model.config, "decoder_start_token_id", None)
        return self._tokenizer.padding if told is None else int(told)

    def _without_start(self, row: list[int]) -> Generated:
        ids = row[1:]
        ended = self._tokenizer.end in ids
        return Generated(ids[: ids.index(self._tokenizer.end)] if ended else ids, ended)


def _device(options: NmtOptions) -> torch.device:
    if options.device == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    return torch.device(options.device)
