"""What a plan says: how much is to be translated by whom, what is there already, and what it takes."""

from __future__ import annotations

from enum import StrEnum

from crossprompt.factory.prices import Amount, PriceSettings
from crossprompt.records import Record
from crossprompt.translation.rows import Nature


class RateSource(StrEnum):
    """Where a rate comes from."""

    SETTINGS = "settings"
    LEDGER = "ledger"
    """Measured on the calls that the ledger knows as done."""
    UNKNOWN = "unknown"


class Work(Record):
    """Calls by what is left to do about them; equal calls are sent once."""

    to_do: Amount = Amount()
    """Calls that are neither done nor repeated; tokens are estimates."""
    in_ledger: Amount = Amount()
    """Calls that are done, without their tokens: they are not sent again."""
    repeated: Amount = Amount()
    """Calls that are the same as another one of the same language, without their tokens."""
    looked_up: int = 0
    """Utterances that an engine finds where it looks them up."""


class EnginePlan(Record):
    """One engine of the chain, over all languages."""

    engine: str
    revision: str
    nature: Nature
    paid: bool
    languages: int
    """How many of the wanted languages it offers."""
    work: Work
    price: PriceSettings
    tokens_estimated: bool
    """Whether the cost rests on an estimate of tokens, not on characters, which are exact."""
    dollars: float | None
    """For what is to do; None: the engine is paid and has no price."""
    seconds: float | None
    """For what is to do; None: its rate is not known."""
    characters_per_second: float | None
    rate_source: RateSource


class DiskPlan(Record):
    """Bytes on the disk; an estimate."""

    ledger: int
    """What the ledger grows by."""
    tables: int
    """Translations and accepted rows as Arrow files."""
    published: int
    """Parquet files."""
    free: int | None = None
    """What the disk has left now."""

    @property
    def total(self) -> int:
        """All that is to come."""
        return self.ledger + self.tables + self.published


class LanguagePlan(Record):
    """One language, over all engines."""

    locale: str
    name: str
    """In English."""
    engines: tuple[str, ...]
    """Those of the chain that offer it, in order."""
    work: Work
    """Of the dialogues that are not in the cache."""
    in_cache: Amount = Amount()
    """Utterances and characters of the dialogues whose step is in the cache: no engine is asked for them, and no ledger
    either.
    """
    missing: int
    """Dialogues that no engine is known to translate whole."""
    dollars: float | None
    """None: a paid engine has no price."""
    disk: DiskPlan


class FactoryPlan(Record):
    """A corpus before it is made. Amounts of money are in dollars, times in seconds."""

    corpus: str
    location: str
    fingerprint: str
    """Of the English corpus."""
    splits: tuple[str, ...]
    dialogues: int
    utterances: int
    characters: int
    """Unicode code points of all utterances: what one language takes if nothing of it is there yet."""
    chain_revision: str
    engines: tuple[EnginePlan, ...]
    languages: tuple[LanguagePlan, ...]
    work: Work
    """Over all engines and languages."""
    in_cache: Amount = Amount()
    """Over all languages: utterances and characters of the dialogues whose steps are in the cache."""
    dollars: float
    """For what is to do, at the prices that are known."""
    unpriced: tuple[str, ...]
    """Paid engines without a price: their cost is not in ``dollars``."""
    spent: float
    """What the ledger has paid so far, or perhaps paid, or holds back."""
    budget: float | None
    within_budget: bool | None
    """Whether ``spent`` and ``dollars`` together stay within the budget; None: there is no budget, or not all prices
    are known.
    """
    seconds: float | None
    """One engine after the other; None: a rate is not known."""
    ledger: str
    """Where it is, or will be."""
    ledger_found: bool
    disk: DiskPlan
