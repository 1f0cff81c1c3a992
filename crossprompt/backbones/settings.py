"""Settings of the backbone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from crossprompt.settings import Settings


class BackboneSettings(Settings):
    """Which frozen model, and how it computes."""

    name: str = "mini"
    """``mini``, for decoders ``mini-decoder`` (both in the package), a folder, or a model id of the public hub."""
    revision: str | None = None
    """The commit of a hub model: 40 hex digits; required for a model id."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """``auto``: bfloat16 where this machine is measured to be faster with it, else float32; the log says which."""
    attention: Literal["auto", "eager", "sdpa"] = "auto"
    """``auto``: eager in bfloat16 on a CPU, where a training step on short texts takes about three quarters of the
    time, else SDPA."""
    dropout: bool = False
    """Whether the frozen backbone's own dropout is on while prompts are trained."""
    max_tokens: int = Field(default=256, ge=8)
    """Longest text in tokens, prompt not counted."""
