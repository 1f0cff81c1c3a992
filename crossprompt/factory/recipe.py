"""What decides the texts that a chain gives for a language, for cache keys: no place and no price is in it."""

from __future__ import annotations

from crossprompt.settings import Settings


class EngineRecipe(Settings):
    """One engine of a chain as far as it decides what texts come out."""

    name: str
    revision: str
    code: str
    """The code version of its module."""


class ChainRecipe(Settings):
    """The engines that offer a language, in turn, and how dialogues are cut for them."""

    engines: tuple[EngineRecipe, ...]
    max_utterances_per_call: int
    missing: str
