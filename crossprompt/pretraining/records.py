"""Results of a pre-training."""

from __future__ import annotations

import math

from pydantic import ConfigDict

from crossprompt.records import Record


class PretrainingPoint(Record):
    """One update. Losses are means over the tokens to be told, NaN for an objective that the batch has none of."""

    model_config = ConfigDict(ser_json_inf_nan="constants")

    step: int
    loss: float
    masked_lm: float
    translation_lm: float
    bottleneck_source: float
    bottleneck: float
    causal_lm: float = math.nan
    causal_translation: float = math.nan
    causal_meaning: float = math.nan
    gradient_norm: float
    tokens: int
    """Tokens in the batch, padding not counted."""
    seconds: float


class PretrainingCurve(Record):
    """A run, update by update."""

    points: tuple[PretrainingPoint, ...]
    finished: bool
    tokens: int
    """Tokens seen in all."""
    seconds: float
    """Wall time over all sessions."""
    dtype: str
    device: str
    threads: int


class MethodScore(Record):
    """Accuracy on dev in percent, one number per seed."""

    english: tuple[float, ...]
    average: tuple[float, ...]
    """Over all locales, English included."""
    locales: dict[str, tuple[float, ...]]


class DecoderJudgement(Record):
    """What a decoder is worth, on dev sets alone."""

    backbone: str
    """Fingerprint."""
    losses: dict[str, float]
    """Loss by language, in nats per token. Depends on the tokenizer: compare models with the same pieces."""
    seconds: float

    @property
    def loss(self) -> float:
        """Mean of the languages' losses."""
        return sum(self.losses.values()) / len(self.losses)


class BackboneJudgement(Record):
    """What a backbone is worth, on dev sets alone."""

    backbone: str
    """Fingerprint."""
    shots: int | None
    losses: dict[str, float]
    """Masked-LM loss by language, in nats per masked token. Depends on the tokenizer: compare models with the same
    pieces."""
    aligned: MethodScore
    fresh: MethodScore
    seconds: float

    @property
    def loss(self) -> float:
        """Mean of the languages' losses."""
        return sum(self.losses.values()) / len(self.losses)
