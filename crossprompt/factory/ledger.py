"""The ledger: which calls are done, under way or failed, and what they cost; one SQLite file, many workers.

States are ``pending``, ``done`` and ``failed``. A call is claimed before it is sent, and the most that it can cost is
held back in the same transaction; it is settled after. Both are on the disk when they return (WAL, synchronous FULL).
A claim belongs to a worker (an open :class:`Ledger`), which holds a lock on a file of its own for as long as it lives.
The system drops that lock when the process ends, however it ends: so a killed worker's claims are free at once, and
those of one that is merely slow or suspended never are, which no lease by the clock can promise. What a killed worker
had under way may have been paid: it counts as ``uncertain`` and against the budget.

SQLite's log needs one machine and a local file system; many machines each have a ledger and a budget of their own.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from crossprompt.factory.errors import BudgetReached, LedgerError
from crossprompt.factory.ledger_file import advice, open_database
from crossprompt.factory.link import NANO
from crossprompt.factory.prices import Amount
from crossprompt.factory.records import Account, UnitCounts
from crossprompt.factory.unit import Unit
from crossprompt.factory.workers import Worker, is_alive
from crossprompt.storage.faults import write_point
from crossprompt.translation.engine import Failure

FILE: Final = Path("factory") / "ledger.db"
"""Below the project's home, unless the settings name another place."""


@dataclass(frozen=True, slots=True)
class Charge:
    """What an attempt costs: held back before it, billed after it. ``certain``: the service is sure to charge it."""

    amount: Amount
    nanodollars: int
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Claimed:
    """The caller may send the call, once; it is attempt number ``attempt`` at it, counted from 1."""

    attempt: int


@dataclass(frozen=True, slots=True)
class Done:
    """The call's targets, one for each turn asked for; None where the engine has none."""

    targets: tuple[str | None, ...]


@dataclass(frozen=True, slots=True)
class Failed:
    """The call failed for good."""

    failure: Failure
    reason: str
    detail: str


@dataclass(frozen=True, slots=True)
class Held:
    """Another worker has claimed it, or the budget waits for what is under way: ask again later."""


class Ledger:
    """An open ledger: one worker, which several threads of a process may share. Not to be used after a fork."""

    def __init__(self, path: Path, budget: float | None = None, *, thorough: bool = True) -> None:
        """Open the ledger, or make it where nothing is; free the claims of workers that are no more.

        Args:
            path: The file; ``<path>-wal``, ``<path>-shm`` and ``<path>.workers/`` belong to it.
            budget: Dollars that all its calls together may cost, ever; None: no cap.
            thorough: Check every page of the file (about a second per GB); else damage shows where it is met.

        Raises:
            LedgerError: It is damaged, cut off, no ledger, or of another version; the message says what to do.
        """
        raise NotImplementedError

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; this worker's claims, if there are any left, are free."""

    def find(self, key: str) -> Done | Failed | None:
        """What is known of a unit; None while it is pending or was never asked for.

        Raises:
            LedgerError: The stored text does not fit its checksum.
        """
        raise NotImplementedError

    def claim(self, unit: Unit, bound: Charge, *, retry_failed: bool = False) -> Claimed | Done | Failed | Held:
        """Take ``unit`` up, and hold back ``bound`` for one attempt.

        Raises:
            BudgetReached: It could cost more than the budget has left, whatever becomes of calls under way.
        """
        raise NotImplementedError

    def again(self, unit: Unit, charge: Charge | None, reason: str, detail: str, bound: Charge) -> Claimed:
        """Book a failed attempt, and hold back ``bound`` for the next one; the claim stays.

        Raises:
            BudgetReached: The budget has not enough left; the attempt is booked and the claim given back.
        """
        raise NotImplementedError

    def settle(self, unit: Unit, targets: tuple[str | None, ...], charge: Charge, seconds: float) -> None:
        """The call is done: keep its text for good, book what it cost."""

    def fail(self, unit: Unit, charge: Charge | None, failure: Failure, reason: str, detail: str) -> None:
        """The call failed for good."""

    def release(self, unit: Unit, charge: Charge | None, reason: str, detail: str) -> None:
        """Give the claim back: the call stays pending, for this run or a later one."""

    def accounts(self) -> list[Account]:
        """What was spent, by engine and locale, in order."""
        raise NotImplementedError

    def counts(self) -> list[UnitCounts]:
        """Units by engine and locale, in order; reads the whole index."""
        raise NotImplementedError
