"""Settings of a deep prompt."""

from __future__ import annotations

from pydantic import Field

from crossprompt.settings import Settings


class PromptSettings(Settings):
    """Shape and start of a deep prompt (paper 001, appendix C; METHODS: P = 16, N(0, 1), dropout 0.1)."""

    length: int = Field(default=16, ge=1, le=512)
    init_std: float = Field(default=1.0, gt=0)
    dropout: float = Field(default=0.1, ge=0, lt=1)
