"""What decides the texts that a chain gives for a language, for cache keys: no place and no price is in it."""

from __future__ import annotations

from crossprompt.settings import Settings
from crossprompt.translation.engine import CallLimits


class EngineRecipe(Settings):
    """One engine of a chain as far as it decides what texts come out."""

    name: str
    revision: str
    code: str
    """The code version of its module."""
    limits: CallLimits
    """The most that one call may hold: how a dialogue is cut decides what a text's translation sees."""


class ChainRecipe(Settings):
    """The engines that offer a language, in turn, and how dialogues are cut for them."""

    engines: tuple[EngineRecipe, ...]
    max_utterances_per_call: int
    missing: str
    retry_failed: bool
    """Whether calls that failed for good are sent again: then a shard that is done is not done with."""
