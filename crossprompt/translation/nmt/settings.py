"""Settings of the nmt engine."""

from __future__ import annotations

import re
from typing import Final, Literal, Self

from pydantic import Field, model_validator

from crossprompt.settings import Settings

COMMIT: Final = re.compile(r"[0-9a-f]{40}")

Precision = Literal["float32", "float16", "bfloat16", "int8", "int8_float16", "int8_bfloat16"]
Device = Literal["auto", "cpu", "cuda"]


class NmtOptions(Settings):
    """Which model, and how it computes and searches."""

    model: str = Field(min_length=1)
    """A folder, or a model id of the public hub. Either may hold a model of transformers, or one converted for
    CTranslate2 with the tokenizer's files beside it (``ct2-transformers-converter --copy_files``).
    """
    revision: str | None = Field(default=None, pattern=rf"^{COMMIT.pattern}$")
    """The commit of a hub model: 40 hex digits; required for a model id."""
    precision: Precision = "float32"
    """Of the weights and sums; the kinds of ``int8`` need a model converted for CTranslate2."""
    device: Device = "auto"
    """``auto``: a GPU where there is one."""
    beam_size: int = Field(default=4, ge=1)
    """Hypotheses kept at each token; 1: greedy."""
    length_penalty: float = Field(default=1.0, ge=0)
    """Power of the length by which a hypothesis's log-probability is divided; 0: not at all."""
    max_input_tokens: int | None = Field(default=None, ge=4)
    """Longest text in tokens, language code and end included; None: as many as the model has positions."""
    max_output_tokens: int = Field(default=256, ge=2)
    """Longest translation in tokens; one that has not ended by then is refused, not cut."""
    batch_tokens: int = Field(default=4096, ge=1)
    """Tokens of a batch, padding included; decides time and memory, not the text."""

    @property
    def quantised(self) -> bool:
        """Whether weights are integers."""
        return self.precision.startswith("int8")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.precision == "float16" and self.device == "cpu":
            raise ValueError("float16 needs a GPU: set device to cuda, or precision to float32 or int8")
        return self

    def deciding(self) -> dict[str, object]:
        """What decides the text beside the model's files: the place of these, device and batches don't."""
        return self.model_dump(exclude={"model", "revision", "device", "batch_tokens"})
