"""What the factory gives beside the rows: how a run ended, what was spent, what was covered and by which engine."""

from __future__ import annotations

from collections import Counter
from enum import StrEnum

from crossprompt.factory.prices import Amount
from crossprompt.records import Record
from crossprompt.translation.records import SkippedDialogue
from crossprompt.translation.rows import Nature


class Ending(StrEnum):
    """How a run ended. All but ``FINISHED`` can be taken up again with the same command."""

    FINISHED = "finished"
    """Every call is done or has failed for good."""
    INCOMPLETE = "incomplete"
    """Some calls failed at every attempt, in ways that may pass."""
    BUDGET = "budget"
    """The next call could have cost more than the budget has left."""
    CIRCUIT = "circuit"
    """A service is down, refuses everything, or asks to wait longer than the settings allow."""
    FATAL = "fatal"
    """A service refused all: a wrong key, a spent quota."""


class Account(Record):
    """What one engine did for one locale, over the life of a ledger."""

    engine: str
    locale: str
    paid: Amount = Amount()
    """Attempts that the service is sure to charge."""
    uncertain: Amount = Amount()
    """Attempts of which nobody can know: broken off, or under way when their process was killed."""
    paid_nanodollars: int = 0
    uncertain_nanodollars: int = 0
    reserved_nanodollars: int = 0
    """Held back for calls under way."""
    seconds: float = 0.0
    """Spent in calls that were done, added up over workers."""

    @property
    def committed(self) -> int:
        """Billionths of a dollar that count against a budget: paid, perhaps paid, and held back."""
        return self.paid_nanodollars + self.uncertain_nanodollars + self.reserved_nanodollars


class UnitCounts(Record):
    """The units of one engine and locale by state."""

    engine: str
    locale: str
    pending: int = 0
    done: int = 0
    failed: int = 0
    characters_done: int = 0
    """Source characters of the units that are done."""


class DispatchReport(Record):
    """What one run of the dispatcher did for one locale."""

    locale: str
    ending: Ending
    detail: str
    """A sentence: why it ended and what to do; empty if it finished."""
    dialogues: int
    """Dialogues looked at."""
    known: int
    """Calls whose replies were in the ledger already."""
    sent: int
    """Attempts made in this run."""
    done: int
    """Calls that this run finished."""
    failed: int
    """Calls that failed for good in this run."""
    pending: int
    """Calls given back for a later run."""

    @property
    def finished(self) -> bool:
        """Whether the corpus can be put together."""
        return self.ending is Ending.FINISHED


class EngineShare(Record):
    """What one engine of a chain gave for one locale."""

    engine: str
    revision: str
    nature: Nature
    utterances: int
    """Rows that carry its text."""
    calls: int
    """Calls that the rows rest on, sent in this run or ever before."""
    characters: int
    """Source characters of those calls."""


class FactoryCoverage(Record):
    """One locale of the corpus. ``dialogues = covered + len(skipped)``; ``utterances`` is the sum over ``shares``."""

    locale: str
    dialogues: int
    covered: int
    utterances: int
    shares: tuple[EngineShare, ...]
    """In the chain's order."""
    skipped: tuple[SkippedDialogue, ...] = ()

    @property
    def reasons(self) -> dict[str, int]:
        """Skipped dialogues by reason."""
        return dict(sorted(Counter(item.reason for item in self.skipped).items()))
