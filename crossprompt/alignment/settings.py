"""Settings of the alignment stage."""

from __future__ import annotations

from pydantic import Field, ValidationInfo, field_validator

from crossprompt.prompts.settings import PromptSettings
from crossprompt.settings import Settings


class AlignmentSettings(Settings):
    """How an aligned prompt is learned (paper 001, sections 4 and 5.3)."""

    prompt: PromptSettings = PromptSettings()
    epochs: int = Field(default=10, ge=1)
    max_steps: int | None = Field(default=None, ge=1)
    """Stop after this many updates, whatever the epochs say."""
    batch_size: int = Field(default=64, ge=2)
    """Translation pairs per update; the other pairs of the batch are the negatives."""
    learning_rate: float = Field(default=3e-2, gt=0)
    """Adam's peak rate. The default suits the packaged backbone; the paper takes 1e-3 on XLM-R-large (appendix C)."""
    warmup_share: float = Field(default=0.1, ge=0, lt=1)
    temperature: float = Field(default=0.05, gt=0)
    mask_share: float = Field(default=0.15, gt=0, lt=1)
    mlm_weight: float = Field(default=1.0, ge=0)
    contrastive_weight: float = Field(default=1.0, ge=0)
    min_window: int = Field(default=1, ge=1)
    max_window: int = Field(default=4, ge=1)
    """Consecutive turns in one sequence, drawn anew per epoch."""
    max_window_tokens: int = Field(default=128, ge=8)
    monolingual_share: float = Field(default=0.0, ge=0, lt=1)
    """English-only windows that join the masked-LM term, as a share of the batch size."""
    utterance_pairs: bool = False
    """Whether training utterances of the task corpus, parallel by id and without their labels, are pairs too."""
    checkpoint_every: int = Field(default=50, ge=1)
    """Updates between two checkpoints."""
    seed: int = 0

    @field_validator("max_window")
    @classmethod
    def _not_under_the_smallest(cls, largest: int, info: ValidationInfo) -> int:
        smallest = info.data.get("min_window", 1)
        if largest < smallest:
            raise ValueError(f"must be at least min_window, which is {smallest}")
        return largest
