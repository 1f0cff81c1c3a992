"""Settings of the report."""

from __future__ import annotations

from pydantic import Field

from crossprompt.settings import Settings


class ReportSettings(Settings):
    """What the report is called, how long it may get, and where its contents are registered."""

    title: str = "Aligned prompts: what they bring, language by language"
    registered_model: str = "crossprompt-aligned-prompt"
    experiment: str = "align_and_eval"
    max_examples: int = Field(default=40, ge=0)
    """Quarantined rows of each kind that the page quotes; the CSV files hold all of them."""
    max_curve_points: int = Field(default=240, ge=10)
    """Points in a drawn curve; a longer run is shown as means over equal stretches of updates."""
