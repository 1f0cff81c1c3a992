"""Settings of the evaluation."""

from __future__ import annotations

from pydantic import Field

from crossprompt.settings import Settings


class EvaluationSettings(Settings):
    """Where and how accuracy is measured."""

    locales: tuple[str, ...] | None = None
    """None: every locale that has test utterances."""
    max_utterances: int | None = Field(default=None, ge=1)
    """Test utterances per locale, the first by id order; None: all."""
    tokens_per_batch: int | None = Field(default=None, ge=64)
    """Padded tokens computed at once; None: what suits the device. Predictions depend on it by rounding only."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    resamples: int = Field(default=2000, ge=100)
    """Bootstrap resamples; the tests are exact and draw nothing."""
    seed: int = 0
