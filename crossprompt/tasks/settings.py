"""Settings of the downstream task."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from crossprompt.prompts.settings import PromptSettings
from crossprompt.settings import Settings, all_different


class TaskSettings(Settings):
    """Few-shot intent classification, learned on English only (paper 001, sections 5.2 and 7)."""

    shots: int | None = Field(default=5, ge=1)
    """Training utterances per intent; None: all of them."""
    prompt: PromptSettings = PromptSettings()
    """The fresh prompt; the aligned one keeps the length it was learned with."""
    head_dropout: float = Field(default=0.1, ge=0, lt=1)
    batch_size: int = Field(default=32, ge=1)
    max_updates: int = Field(default=160, ge=1)
    """The budget of every trial and every final training, the same for both prompts."""
    evaluate_every: int = Field(default=20, ge=1)
    """Updates between two looks at English dev: one epoch of the training curve."""
    patience: int = Field(default=6, ge=1)
    """Looks at English dev without a better accuracy before training stops."""
    warmup_share: float = Field(default=0.1, ge=0, lt=1)
    decay: Literal["linear", "none"] = "linear"
    """The learning rate after the warm-up: down to 0 at ``max_updates``, or constant."""
    weight_decay: float = Field(default=0.0, ge=0)
    max_dev_utterances: int | None = Field(default=None, ge=1)
    seeds: Annotated[tuple[int, ...], Field(min_length=1), AfterValidator(all_different)] = (0, 1, 2, 3, 4)
    """Each draws its own shots, batches, fresh prompt and head; results are means over them."""
