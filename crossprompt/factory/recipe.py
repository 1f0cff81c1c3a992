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
    retries: int = 0
    """Calls of the language that failed for good and were sent again in earlier runs: since then its tables may hold
    more, also for runs that send none again.
    """
    to_retry: int = 0
    """Failed calls of the language that this run is to send again: then a shard that is done is not done with."""
