"""What a ledger says, without being one of its workers: for plans, reports, and rows."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from crossprompt.factory.errors import LedgerError
from crossprompt.factory.ledger_file import advice, open_database
from crossprompt.factory.prices import Amount
from crossprompt.factory.records import Account, UnitCounts
from crossprompt.translation.engine import Failure

FILE: Final = Path("factory") / "ledger.db"
"""Below the project's home."""

AMOUNTS: Final = tuple(Amount.model_fields)
_HAS_RETRIES: Final = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'retries'"
_LEFT_TO_RETRY: Final = """
SELECT locale, count(*) FROM units WHERE state = 'failed' AND (failure <> 'content' OR stop - start = 1) GROUP BY locale
"""
_FIND: Final = "SELECT state, targets, digest, failure, reason, detail FROM units WHERE key = ?"


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
class Retries:
    """Calls of one locale that failed for good and were sent again, so far, and those that could be."""

    made: int = 0
    left: int = 0
    """Without those whose halves were sent: these are sent again in their place."""


class LedgerReader:
    """An open ledger to read from; several threads may share it, processes that were forked may not."""

    def __init__(self, path: Path, *, thorough: bool = True) -> None:
        """Open a ledger that is there.

        Args:
            path: The file.
            thorough: Check every page of the file (about a second per GB); else damage shows where it is met.

        Raises:
            LedgerError: There is none, or it is damaged, cut off, no ledger, or of another version; the message says
                what to do.
        """
        self._open(path, create=False, thorough=thorough)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The file."""
        return self._path

    def close(self) -> None:
        """Close the file."""
        with self._using():
            self._database.close()

    def find(self, key: str) -> Done | Failed | None:
        """What is known of a unit; None while it is pending or was never asked for.

        Raises:
            LedgerError: The stored text does not fit its checksum, or can't be read.
        """
        with self._using() as database:
            row = database.execute(_FIND, (key,)).fetchone()
        return None if row is None else self._known(key, row)

    def accounts(self) -> list[Account]:
        """What was spent, by engine and locale, in order."""
        columns = ", ".join(AMOUNTS)
        with self._using() as database:
            rows = database.execute(
                f"SELECT engine, locale, kind, nanodollars, seconds, {columns} FROM accounts ORDER BY engine, locale"
            ).fetchall()
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for engine, locale, kind, nanodollars, seconds, *amounts in rows:
            own = found.setdefault((engine, locale), {"engine": engine, "locale": locale})
            own[f"{kind}_nanodollars"] = nanodollars
            if kind != "reserved":
                own[kind] = Amount(**dict(zip(AMOUNTS, amounts, strict=True)))
            if kind == "paid":
                own["seconds"] = seconds
        return [Account(**own) for own in found.values()]

    def counts(self) -> list[UnitCounts]:
        """Units by engine and locale, in order; from an index, about a second per ten million units."""
        with self._using() as database:
            rows = database.execute(
                "SELECT engine, locale, state, count(*), sum(characters) FROM units GROUP BY engine, locale, state"
            ).fetchall()
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for engine, locale, state, number, characters in rows:
            own = found.setdefault((engine, locale), {"engine": engine, "locale": locale})
            own[state] = number
            if state == "done":
                own["characters_done"] = characters
        return [UnitCounts(**own) for _, own in sorted(found.items())]

    def retries(self) -> dict[str, Retries]:
        """By locale; one that has neither is left out. About a second per ten million units."""
        with self._using() as database:
            known = database.execute(_HAS_RETRIES).fetchone()[0]
            made = dict(database.execute("SELECT locale, calls FROM retries").fetchall() if known else ())
            left = dict(database.execute(_LEFT_TO_RETRY).fetchall())
        return {locale: Retries(made.get(locale, 0), left.get(locale, 0)) for locale in sorted({*made, *left})}

    def _open(self, path: Path, *, create: bool, thorough: bool) -> None:
        self._path = path
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._database = open_database(path, create=create, thorough=thorough)

    @contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        """The connection for one thread at a time; what SQLite can't do is a :class:`LedgerError`."""
        if os.getpid() != self._process:
            raise LedgerError(f"the ledger {self._path} was opened before this process was forked; open it again here")
        with self._lock:
            try:
                yield self._database
            except sqlite3.OperationalError as error:
                raise LedgerError(
                    f"{self._path} can't be read or written ({error}); make room, or wait for who holds it, and start "
                    "again: nothing that was done is lost"
                ) from None
            except sqlite3.Error as error:
                raise LedgerError(f"{self._path} is damaged ({error}); {advice(self._path)}") from None

    def _known(self, key: str, row: tuple[Any, ...]) -> Done | Failed | None:
        """What the first columns of a unit's row say; ``row`` may be all None."""
        state, targets, digest, failure, reason, detail = row
        if state == "done":
            if digest_of(key, targets) != digest:
                raise LedgerError(
                    f"{self._path} is damaged: the text of unit {key} does not fit its checksum; {advice(self._path)}"
                )
            return Done(tuple(json.loads(targets)))
        return Failed(Failure(failure), reason, detail) if state == "failed" else None


def digest_of(key: str, targets: str) -> str:
    """The checksum of a unit's stored text: 16 hex digits of SHA-256."""
    return hashlib.sha256(f"{key}\0{targets}".encode()).hexdigest()[:16]


def read_retries(path: Path) -> dict[str, Retries]:
    """:meth:`LedgerReader.retries` of the ledger at ``path``; nothing where there is none yet.

    Raises:
        LedgerError: It is damaged.
    """
    if not path.exists():
        return {}
    with LedgerReader(path, thorough=False) as reader:
        return reader.retries()
