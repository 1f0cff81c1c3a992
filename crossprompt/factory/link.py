"""One engine in a chain, with what it charges."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol, runtime_checkable

from crossprompt.factory.prices import Amount, PriceSettings, amount_of, dollars
from crossprompt.factory.settings import LinkSettings
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import CallLimits, Engine, TranslationCall

NANO: Final = 1_000_000_000
"""Money is counted in whole billionths of a dollar: sums of floats are not exact, a cap must be."""


@runtime_checkable
class TokenBound(Protocol):
    """An engine that knows how many tokens a call can cost at most: what a budget must hold back for it."""

    def bound_tokens(self, call: TranslationCall) -> tuple[int, int]:
        """Tokens that ``call`` reads and writes at most."""
        ...


@runtime_checkable
class OpenBill(Protocol):
    """An engine that may bill more than can be known beforehand."""

    @property
    def open_bill(self) -> str | None:
        """Why no budget can be kept; None: it can."""
        ...


@dataclass(frozen=True)
class Link:
    """An engine of the chain and its settings."""

    engine: Engine
    settings: LinkSettings
    longest: int = 100
    """Most utterances of a call, whatever the engine allows."""

    @cached_property
    def name(self) -> str:
        """The engine's name."""
        return self.engine.engine_name()

    @cached_property
    def in_ledger(self) -> bool:
        """Whether its calls go through the ledger."""
        wanted = self.settings.ledger
        return self.engine.paid or self.engine.slow if wanted is None else wanted

    @cached_property
    def limits(self) -> CallLimits:
        """The most that one call may hold."""
        own = self.engine.limits
        return CallLimits(min(own.utterances, self.longest), own.characters, own.bytes)

    def require_bound(self) -> None:
        """Make sure that a budget can be kept.

        Raises:
            SettingsError: The engine may bill more than can be known beforehand.
        """
        if isinstance(self.engine, OpenBill) and self.engine.open_bill is not None:
            raise SettingsError(
                f"factory.budget: no budget can be kept with the {self.name} engine: {self.engine.open_bill}; leave "
                "it out, and cap the bill at the service"
            )

    def bound(self, call: TranslationCall) -> Amount:
        """The most that one attempt at ``call`` can be billed; the estimate where the engine knows no bound."""
        amount = amount_of(call, self.engine, self.settings)
        if not isinstance(self.engine, TokenBound):
            return amount
        reads, writes = self.engine.bound_tokens(call)
        return amount.model_copy(update={"input_tokens": reads, "output_tokens": writes})

    def billed(self, bound: Amount, tokens: tuple[int, int] | None) -> Amount:
        """What an attempt was billed: ``bound``, with the tokens that the service counted if it did."""
        if tokens is None:
            return bound
        return bound.model_copy(update={"input_tokens": tokens[0], "output_tokens": tokens[1]})

    def cost(self, amount: Amount) -> int:
        """The price of ``amount`` in billionths of a dollar, rounded up; 0 without a price."""
        return nanodollars(self.settings.price, amount)


def nanodollars(price: PriceSettings, amount: Amount) -> int:
    """The price of ``amount`` in billionths of a dollar, rounded up; 0 without a price."""
    return math.ceil(round((dollars(price, amount) or 0.0) * NANO, 3))
