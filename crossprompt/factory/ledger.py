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

import json
import math
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from crossprompt.factory.errors import BudgetError, LedgerError
from crossprompt.factory.ledger_reader import AMOUNTS, Done, Failed, LedgerReader, digest_of
from crossprompt.factory.link import NANO
from crossprompt.factory.prices import Amount
from crossprompt.factory.unit import Unit
from crossprompt.factory.workers import Worker, is_alive
from crossprompt.storage.faults import write_point
from crossprompt.translation.engine import Failure

Kind = Literal["paid", "uncertain", "reserved"]
Room = Literal["now", "later", "never"]

_NEW: Final = """
INSERT INTO units (key, engine, locale, split, dialogue_id, start, stop, characters, state, attempts)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'pending', 0) ON CONFLICT (key) DO NOTHING
"""
_LOOK: Final = "SELECT state, targets, digest, failure, reason, detail, worker, attempts FROM units WHERE key = ?"
_TAKE: Final = "UPDATE units SET worker = ?, reserved = ?, attempts = attempts + 1 WHERE key = ?"
_GIVE_BACK: Final = "UPDATE units SET worker = NULL, reserved = NULL WHERE key = ?"
_END: Final = "UPDATE units SET state = ?, failure = ?, reason = ?, detail = ?, targets = ?, digest = ? WHERE key = ?"
_BOOK: Final = f"""
INSERT INTO accounts (engine, locale, kind, {", ".join(AMOUNTS)}, nanodollars, seconds)
VALUES (?, ?, ?, {", ".join("?" * len(AMOUNTS))}, ?, ?) ON CONFLICT (engine, locale, kind) DO UPDATE SET
{", ".join(f"{name} = {name} + excluded.{name}" for name in (*AMOUNTS, "nanodollars", "seconds"))}
"""
_HOLDERS: Final = "SELECT worker FROM units WHERE worker IS NOT NULL UNION SELECT worker FROM doubts"
_REOPEN: Final = "UPDATE units SET state = 'pending', failure = NULL WHERE state = 'failed' AND key "
_DOUBT: Final = "INSERT OR REPLACE INTO doubts (key, worker) VALUES (?, ?)"
_RETRIED: Final = """
INSERT INTO retries (locale, calls) VALUES (?, 1) ON CONFLICT (locale) DO UPDATE SET calls = calls + 1
"""
_SPENT: Final = "SELECT kind = 'reserved', sum(nanodollars) FROM accounts GROUP BY kind = 'reserved'"


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
class Held:
    """Another worker has claimed it, or the budget waits for what is under way: ask again later."""


class Ledger(LedgerReader):
    """An open ledger: one worker, which several threads of a process may share. Not to be used after a fork."""

    def __init__(self, path: Path, budget: float | None = None, *, thorough: bool = True) -> None:
        """Open the ledger, or make it where nothing is; free the claims of workers that are no more.

        Args:
            path: The file; ``<path>-wal``, ``<path>-shm``, ``<path>.lock`` and ``<path>.workers/`` belong to it.
            budget: Dollars that all its calls together may cost, ever; None: no cap.
            thorough: Check every page of the file (about a second per GB); else damage shows where it is met.

        Raises:
            LedgerError: It is damaged, cut off, no ledger, or of another version; the message says what to do.
        """
        self._open(path, create=True, thorough=thorough)
        self._budget = None if budget is None else math.floor(round(budget * NANO, 3))
        self._folder = path.with_name(f"{path.name}.workers")
        self._worker = Worker(self._folder)
        with self._change() as database:
            self._free_the_dead(database)

    def close(self) -> None:
        """Close the file; this worker's claims, if there are any left, are free and count as uncertain."""
        try:
            with self._change() as database:
                _free(database, self._worker.name)
        finally:
            super().close()
            self._worker.close()

    @property
    def has_budget(self) -> bool:
        """Whether there is a cap."""
        return self._budget is not None

    def claim(self, unit: Unit, bound: Charge) -> Claimed | Done | Failed | Held:
        """Take ``unit`` up, and hold back ``bound`` for one attempt.

        Raises:
            BudgetError: It could cost more than the budget has left, whatever becomes of calls under way.
            LedgerError: The ledger can't be read or written.
        """
        known = self.find(unit.key)
        if known is not None:
            return known
        with self._change() as database:
            *columns, holder, attempts = database.execute(_LOOK, (unit.key,)).fetchone() or (*[None] * 7, 0)
            known = self._known(unit.key, tuple(columns))
            if known is not None:
                return known
            if holder is not None and not self._free_if_dead(database, holder):
                return Held()
            room = self._room(database, bound)
            if room == "now":
                self._take(database, unit, bound)
        self._require_room(room, unit, bound)
        return Claimed(attempts + 1) if room == "now" else Held()

    def again(self, unit: Unit, charge: Charge | None, reason: str, detail: str, bound: Charge) -> bool:
        """Book a failed attempt, and hold back ``bound`` for the next one.

        Args:
            unit: Claimed by this worker.
            charge: What the attempt cost; None: nothing.
            reason: Why it failed, in a word.
            detail: And in a sentence.
            bound: What the next attempt can cost at most.

        Returns:
            Whether the claim stays. If not, it is given back: the budget waits for what is under way.

        Raises:
            BudgetError: The budget has not enough left; the attempt is booked and the claim given back.
        """
        with self._change() as database:
            self._end(database, unit, charge, "pending", reason=reason, detail=detail)
            room = self._room(database, bound)
            if room == "now":
                self._take(database, unit, bound)
        self._require_room(room, unit, bound)
        return room == "now"

    def settle(self, unit: Unit, targets: tuple[str | None, ...], charge: Charge, seconds: float) -> None:
        """The call is done: keep its text for good, book what it cost and how long it took."""
        text = json.dumps(targets, ensure_ascii=False, separators=(",", ":"))
        with self._change() as database:
            self._end(database, unit, charge, "done", targets=text, seconds=seconds)

    def fail(
        self,
        unit: Unit,
        charge: Charge | None,
        failure: Failure,
        reason: str,
        detail: str,
        *,
        doubtful: bool = False,
    ) -> None:
        """The call failed for good; if ``doubtful``, only once this worker confirms it: if it ends before, the call is
        pending again.
        """
        with self._change() as database:
            self._end(database, unit, charge, "failed", failure=failure, reason=reason, detail=detail)
            if doubtful:
                database.execute(_DOUBT, (unit.key, self._worker.name))

    def release(self, unit: Unit, charge: Charge | None, reason: str, detail: str) -> None:
        """Give the claim back: the call stays pending, for this run or a later one."""
        with self._change() as database:
            self._end(database, unit, charge, "pending", reason=reason, detail=detail)

    def confirm(self, units: Sequence[Unit]) -> None:
        """These calls failed for good, without a doubt."""
        self._settle_doubts(units, reopen=False)

    def reopen(self, units: Sequence[Unit]) -> None:
        """Make calls pending again whose failure was doubtful."""
        self._settle_doubts(units, reopen=True)

    def retry(self, unit: Unit) -> None:
        """Make a call pending again that failed for good, and count that: it may change what a table holds."""
        with self._change() as database:
            if database.execute(f"{_REOPEN} = ?", (unit.key,)).rowcount:
                database.execute("DELETE FROM doubts WHERE key = ?", (unit.key,))
                database.execute(_RETRIED, (unit.locale,))

    def _settle_doubts(self, units: Sequence[Unit], *, reopen: bool) -> None:
        if not units:
            return
        keys = [(unit.key,) for unit in units]
        with self._change() as database:
            if reopen:
                database.executemany(f"{_REOPEN} = ?", keys)
            database.executemany("DELETE FROM doubts WHERE key = ?", keys)

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that is on the disk when the block has ended, or has not happened."""
        with self._using() as database:
            database.execute("BEGIN IMMEDIATE")
            try:
                before = database.total_changes
                yield database
                changed = database.total_changes > before
                if changed:
                    write_point(self._path.name, "before")
                database.execute("COMMIT")
                if changed:
                    write_point(self._path.name, "after")
            finally:
                if database.in_transaction:
                    database.execute("ROLLBACK")

    def _room(self, database: sqlite3.Connection, bound: Charge) -> Room:
        """Whether the budget has room for ``bound``: now, perhaps once calls under way are settled, or never."""
        if self._budget is None or not bound.nanodollars:
            return "now"
        spent = dict(database.execute(_SPENT).fetchall())
        certain = spent.get(0, 0) + bound.nanodollars
        if certain + spent.get(1, 0) <= self._budget:
            return "now"
        if certain <= self._budget and spent.get(1, 0) > 0:
            self._free_the_dead(database)
            return "later"
        return "never"

    def _require_room(self, room: Room, unit: Unit, bound: Charge) -> None:
        if room == "never" and self._budget is not None:
            raise BudgetError(
                f"{unit.name}: this call may cost ${bound.nanodollars / NANO:,.4f}, more than is left of the budget of "
                f"${self._budget / NANO:,.2f}; raise it and start again, all that was paid for is kept"
            )

    def _take(self, database: sqlite3.Connection, unit: Unit, bound: Charge) -> None:
        database.execute(
            _NEW,
            (
                unit.key,
                unit.engine,
                unit.locale,
                unit.split,
                unit.dialogue_id,
                unit.start,
                unit.stop,
                unit.characters,
            ),
        )
        held = json.dumps([bound.amount.model_dump(), bound.nanodollars])
        database.execute(_TAKE, (self._worker.name, held, unit.key))
        _book(database, (unit.engine, unit.locale), "reserved", bound)

    def _end(
        self,
        database: sqlite3.Connection,
        unit: Unit,
        charge: Charge | None,
        state: str,
        *,
        failure: Failure | None = None,
        reason: str | None = None,
        detail: str | None = None,
        targets: str | None = None,
        seconds: float = 0.0,
    ) -> None:
        """End an attempt of this worker: free what was held back, book what it cost, give the claim back."""
        taken = database.execute(
            "SELECT reserved FROM units WHERE key = ? AND worker = ?", (unit.key, self._worker.name)
        )
        held = taken.fetchone()
        if held is None:
            raise LedgerError(
                f"{self._path}: {unit.name} is not claimed by this worker; leave the files in {self._folder.name} alone"
            )
        account = (unit.engine, unit.locale)
        database.execute(_GIVE_BACK, (unit.key,))
        digest = None if targets is None else digest_of(unit.key, targets)
        database.execute(_END, (state, failure, reason, detail, targets, digest, unit.key))
        _book(database, account, "reserved", _negative(_charge_from(held[0])))
        if charge is not None:
            _book(database, account, "paid" if charge.certain else "uncertain", charge, seconds)

    def _free_the_dead(self, database: sqlite3.Connection) -> None:
        """Also workers that claimed nothing leave a file when they are killed."""
        holders = {name for (name,) in database.execute(_HOLDERS)}
        for name in sorted(holders | {file.name for file in self._folder.iterdir()}):
            self._free_if_dead(database, name)

    def _free_if_dead(self, database: sqlite3.Connection, name: str) -> bool:
        """Free the claims of the worker ``name`` if it is no more; this worker lives."""
        if name == self._worker.name or is_alive(self._folder, name):
            return False
        _free(database, name)
        return True


def _free(database: sqlite3.Connection, worker: str) -> None:
    """Give back all claims of ``worker``; what it had under way may have been paid, what it doubted is pending."""
    database.execute(f"{_REOPEN} IN (SELECT key FROM doubts WHERE worker = ?)", (worker,))
    database.execute("DELETE FROM doubts WHERE worker = ?", (worker,))
    taken = database.execute("SELECT key, engine, locale, reserved FROM units WHERE worker = ?", (worker,)).fetchall()
    for key, engine, locale, reserved in taken:
        held = _charge_from(reserved)
        _book(database, (engine, locale), "reserved", _negative(held))
        _book(database, (engine, locale), "uncertain", held)
        database.execute(_GIVE_BACK, (key,))
        database.execute(_END, ("pending", None, "ended", "its worker ended while it was under way", None, None, key))


def _book(
    database: sqlite3.Connection, account: tuple[str, str], kind: Kind, charge: Charge, seconds: float = 0.0
) -> None:
    amounts = (getattr(charge.amount, name) for name in AMOUNTS)
    database.execute(_BOOK, (*account, kind, *amounts, charge.nanodollars, seconds))


def _charge_from(held: str) -> Charge:
    amount, nanodollars = json.loads(held)
    return Charge(Amount(**amount), nanodollars)


def _negative(charge: Charge) -> Charge:
    return Charge(charge.amount.times(-1), -charge.nanodollars)
