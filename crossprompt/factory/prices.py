"""What engines charge and how fast they are. No price stands in the code: prices change, and contracts differ.

Engines bill characters (Unicode code points of the texts to translate; Cloud Translation) or tokens read and written
(chat models). Tokens are known only once the service has counted them; until then an estimate stands for them, which
:func:`estimate_tokens` makes where the engine has none of its own.
"""

from __future__ import annotations

from typing import Protocol, Self, runtime_checkable

from pydantic import Field, model_validator

from crossprompt.records import Record
from crossprompt.settings import Settings
from crossprompt.translation.engine import Engine, TranslationCall
from crossprompt.translation.settings import EngineSettings

_MILLION = 1_000_000


class PriceSettings(Settings):
    """What an engine charges, in dollars per million; None: not known. Characters or tokens, never both."""

    characters: float | None = Field(default=None, ge=0)
    """Characters to translate; context is not counted."""
    input_tokens: float | None = Field(default=None, ge=0)
    """Tokens that a chat model reads: instructions, context and the texts to translate."""
    output_tokens: float | None = Field(default=None, ge=0)
    """Tokens that a chat model writes."""

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if (self.input_tokens is None) != (self.output_tokens is None):
            raise ValueError("input_tokens and output_tokens belong together: give both prices or neither")
        if self.characters is not None and self.input_tokens is not None:
            raise ValueError("an engine bills characters or tokens: give one kind of price")
        return self

    @property
    def known(self) -> bool:
        """Whether there is any price."""
        return self.characters is not None or self.input_tokens is not None

    @property
    def bills_tokens(self) -> bool:
        """Whether the price is one of tokens."""
        return self.input_tokens is not None


class TokenSettings(Settings):
    """How tokens are estimated for an engine that has no estimate of its own. Rules of thumb, no bounds."""

    characters_per_token: float = Field(default=4.0, gt=0)
    """Of English text."""
    instructions: int = Field(default=300, ge=0)
    """Tokens that every call adds: what is to be done, and the marks around messages."""
    growth: float = Field(default=3.0, gt=0)
    """Tokens written for each token to translate: text in scripts that a model's vocabulary knows less gets longer."""


class PricedEngineSettings(EngineSettings):
    """One engine of a chain, with what it charges and how fast it is."""

    price: PriceSettings = PriceSettings()
    characters_per_second: float | None = Field(default=None, gt=0)
    """Characters that it translates in a second, all workers together; None: as the ledger has measured it."""
    tokens: TokenSettings = TokenSettings()


class Amount(Record):
    """What some calls hold or were billed. Tokens are zero where an engine bills characters."""

    calls: int = 0
    utterances: int = 0
    characters: int = 0
    """Of the texts to translate, in Unicode code points."""
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: Amount) -> Amount:
        """Both together."""
        return Amount(**{name: getattr(self, name) + getattr(other, name) for name in Amount.model_fields})

    def times(self, factor: int) -> Amount:
        """So many times as much."""
        return Amount(**{name: getattr(self, name) * factor for name in Amount.model_fields})


@runtime_checkable
class TokenEstimator(Protocol):
    """An engine that knows how many tokens a call has; such an engine bills tokens."""

    def estimate_tokens(self, call: TranslationCall) -> tuple[int, int]:
        """Tokens that ``call`` reads and writes, estimated without asking the service."""
        ...


def amount_of(call: TranslationCall, engine: Engine, settings: PricedEngineSettings) -> Amount:
    """What ``call`` holds; with tokens if the engine estimates them itself or has a price for them."""
    reads, writes = 0, 0
    if isinstance(engine, TokenEstimator):
        reads, writes = engine.estimate_tokens(call)
    elif settings.price.bills_tokens:
        reads, writes = estimate_tokens(call, settings.tokens)
    return Amount(
        calls=1,
        utterances=call.stop - call.start,
        characters=call.characters,
        input_tokens=reads,
        output_tokens=writes,
    )


def estimate_tokens(call: TranslationCall, settings: TokenSettings) -> tuple[int, int]:
    """Tokens read and written for ``call``, by the rule of thumb of ``settings``; the whole dialogue is read."""
    context = sum(len(turn.utterance) for turn in call.dialogue.turns)
    reads = settings.instructions + _rounded_up(context / settings.characters_per_token)
    return reads, _rounded_up(call.characters / settings.characters_per_token * settings.growth)


def dollars(price: PriceSettings, amount: Amount) -> float | None:
    """What ``amount`` costs; None without a price."""
    if price.characters is not None:
        return amount.characters * price.characters / _MILLION
    if price.input_tokens is None or price.output_tokens is None:
        return None
    return (amount.input_tokens * price.input_tokens + amount.output_tokens * price.output_tokens) / _MILLION


def _rounded_up(value: float) -> int:
    return -int(-value // 1)
