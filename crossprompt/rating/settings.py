"""Settings of the human rating: what is drawn for raters, and which of their answers count."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from crossprompt.settings import Settings


class ScaleSettings(Settings):
    """The scale of both sliders: how far a rater agrees with a statement (paper 001, appendix F)."""

    low: float = 0.0
    """Disagree."""
    high: float = 1.0
    """Agree."""
    step: float = Field(default=0.05, gt=0)
    """What one press of an arrow key moves a slider by; answers from elsewhere may lie between two steps."""

    @model_validator(mode="after")
    def _has_room(self) -> Self:
        if self.low + self.step > self.high:
            raise ValueError(f"the scale from {self.low:g} to {self.high:g} has no room for a step of {self.step:g}")
        return self


class DrawSettings(Settings):
    """What raters are shown."""

    windows: int = Field(default=100, ge=1)
    """Windows per language (paper 001, section 3)."""
    turns: int = Field(default=2, ge=1, le=20)
    """Consecutive turns of one dialogue in a window."""
    quizzes: int = Field(default=10, ge=0)
    """Items per language, beside the windows, that are shown with another window's translation."""
    locales: tuple[str, ...] = ()
    """BCP-47 tags; empty: every locale in the rows."""
    scale: ScaleSettings = ScaleSettings()
    seed: int = 0


class ScreeningSettings(Settings):
    """Which answers count, and how they are summed up."""

    raters_per_item: int = Field(default=3, ge=1)
    """Raters whose answers to an item must count before the item does (paper 001, section 3)."""
    quiz_limit: float = Field(default=0.3, ge=0, lt=1)
    """A quiz item is passed if its meaning is rated no higher than this share of the scale."""
    min_quiz_share: float = Field(default=0.7, ge=0, le=1)
    """A rater counts who passed at least this share of the quiz items that he or she answered ..."""
    min_quizzes: int = Field(default=1, ge=0)
    """... and answered at least so many; asked for only where the export has quiz items."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    resamples: int = Field(default=10_000, ge=100)
    """Of the bootstrap over items."""
    seed: int = 0
