"""Settings of the screening of meaning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, ValidationInfo, field_validator

from crossprompt.backbones.settings import BackboneSettings
from crossprompt.retrieval.settings import PoolingSettings, RetrievalSettings
from crossprompt.settings import Settings

Share = Annotated[float, Field(ge=0, le=1)]


class FloorSettings(Settings):
    """What a language must reach, and what happens to one that does not."""

    share: Share | None = None
    """Least share of the turns that are found, in the worse of both directions; None: nothing is demanded."""
    share_by_locale: dict[str, Share | None] = Field(default_factory=dict)
    """Exceptions for single languages: the backbone knows some of them better than others."""
    below: Literal["warn", "refuse"] = "warn"
    """``warn``: it is published, and all pages say so; ``refuse``: what ``validation.failed_locale`` says of a language
    that failed the checks happens to it.
    """

    def share_for(self, locale: str) -> float | None:
        """What is demanded of ``locale``."""
        return self.share_by_locale.get(locale, self.share)


class MeasureSettings(Settings):
    """What decides the numbers of a language."""

    turns: int = Field(default=500, ge=2)
    """Accepted turns that are drawn, no two with the same source text; where there are fewer, all of them. They are
    also the candidates, so shares of other numbers of turns can't be compared.
    """
    fewest: int = Field(default=50, ge=2)
    """With fewer turns than this nothing is said."""
    seed: int = 0
    """Of the draw and of the intervals."""
    pooling: PoolingSettings = PoolingSettings(kind="start")
    """How a turn becomes a vector; alignment trains the state of ``<s>``."""
    tokens_per_batch: int | None = Field(default=None, ge=1)
    """Padded tokens in one forward; None: what suits the device."""
    confidence: float = Field(default=0.95, gt=0, lt=1)
    resamples: int = Field(default=1000, ge=1)
    examples: int = Field(default=5, ge=0, le=100)
    """Lowest-scoring turns that are kept for people to read."""

    @field_validator("fewest")
    @classmethod
    def _within_the_draw(cls, fewest: int, info: ValidationInfo) -> int:
        turns = info.data.get("turns", fewest)
        if fewest > turns:
            raise ValueError(f"must be at most turns, which is {turns}")
        return fewest

    def retrieval(self) -> RetrievalSettings:
        """The same for the retrieval."""
        return RetrievalSettings(
            poolings=(self.pooling,),
            tokens_per_batch=self.tokens_per_batch,
            confidence=self.confidence,
            resamples=self.resamples,
            seed=self.seed,
        )


class MeaningSettings(MeasureSettings):
    """The whole section ``meaning``."""

    prompt: str | None
    """The aligned prompt: a ``prompt.safetensors``, or a folder that holds one, such as the artifact of
    ``align_prompts`` or the downloaded registered model; must be named. None: the plain backbone, which finds fewer.
    """
    backbone: BackboneSettings = BackboneSettings()
    """The one that the prompt was learned on."""
    floor: FloorSettings = FloorSettings()

    def measure(self) -> MeasureSettings:
        """What decides the numbers, without prompt, backbone and floor."""
        return MeasureSettings.model_validate(self.model_dump(include=set(MeasureSettings.model_fields)))
