"""Settings of the translation stage."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from crossprompt.corpora.settings import SourceSettings, Split
from crossprompt.settings import Settings


class EngineSettings(Settings):
    """One engine and what it needs."""

    name: str = "memory"
    """A module in ``crossprompt.translation.engines``: ``memory``, ``corpus``, ``pseudo``, ``chat``, ``google``,
    ``nmt``.
    """
    source: SourceSettings | None = None
    """The translation memory or the parallel corpus, for the engines that read one; None: the packaged sample."""
    options: dict[str, Any] = Field(default_factory=dict)
    """The engine's own options, validated by the engine."""


class TranslationSettings(Settings):
    """What is translated into which languages, by what."""

    engine: EngineSettings = EngineSettings()
    locales: tuple[str, ...] = ()
    """BCP-47 tags; empty: every locale that the engine offers."""
    splits: tuple[Split, ...] = ("train", "dev", "test")
    max_utterances_per_call: int = Field(default=100, ge=1, le=100)
    """Longest context of one call, in utterances (paper 001, section 3)."""
    missing: Literal["refuse", "skip"] = "refuse"
    """What to do with a dialogue that the engine can't translate whole: stop, or leave it out and count it."""
