"""Settings of the gate."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field, field_validator

from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.settings import Settings

FLOOR_OF_ENGLISH: Final = 0.5
"""The share where none is set: half of what English reaches."""

Share = Annotated[float, Field(ge=0, le=1)]


class GateSettings(Settings):
    """What a candidate must reach to become the champion."""

    margin: float = Field(default=1.0, ge=0)
    """Points by which a locale may fall, however sure that is. A greater fall counts if it is significant."""
    level: float = Field(default=0.05, gt=0, lt=1)
    """Of the tests on falls, for all locales of a task together (Holm's correction)."""
    average_margin: float = Field(default=0.0, ge=0)
    """Points by which the average over the champion's locales may fall."""
    floor_of_english: Share | dict[str, Share] = FLOOR_OF_ENGLISH
    """What a locale of a new language must reach, as a share of the candidate's own score in English: one number, or
    one for each task that is named. Slots travel worse than intents, so the same share asks more of them."""
    floors: dict[str, float] = Field(default_factory=dict)
    """What it must reach beside that, in percent, by task."""
    gain: dict[str, float] = Field(default_factory=dict)
    """Points, by task, that it must lie above the champion, which knows the language from the backbone alone."""
    untested: Literal["refuse", "accept"] = "refuse"
    """A new language in which no locale was tested."""
    statistics: StatisticsSettings = StatisticsSettings()

    @field_validator("floors")
    @classmethod
    def _are_percentages(cls, floors: dict[str, float]) -> dict[str, float]:
        wrong = [f"{task}: {value:g}" for task, value in floors.items() if not 0 <= value <= 100]
        if wrong:
            raise ValueError(f"a floor is a score from 0 to 100, not {', '.join(wrong)}")
        return floors

    def share_of_english(self, task: str) -> float:
        """:attr:`floor_of_english` for ``task``."""
        if isinstance(self.floor_of_english, dict):
            return self.floor_of_english.get(task, FLOOR_OF_ENGLISH)
        return self.floor_of_english
