"""The ledger's file: made whole or not at all, and looked at before it is believed.

A new file gets its name when its tables are in it. So a file that is empty, or a log without a file, is never a ledger
at its beginning: it is one that lost its content, and taking it for a new one would pay for everything again.

While a ledger is open, and after a kill, its last commits are in the log ``<path>-wal`` alone. SQLite makes the log
before the index ``<path>-shm`` and removes it after that: an index without a log means that the log was taken away, and
is refused. Where both are gone nothing tells: a worker's file left by a kill does not, since whoever closes the file
last, be it a plan, brings the log home and removes it. So copies are made of all files together.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path
from typing import Final

from filelock import FileLock

from crossprompt.factory.errors import LedgerError
from crossprompt.storage.atomic import atomic_path

VERSION: Final = 1
APPLICATION: Final = 0x43504C31
"""SQLite's ``application_id`` of ledgers: tells them from other programs' databases ("CPL1")."""
SYNCHRONOUS = "FULL"
"""A commit is on the disk when it returns: a power cut too loses only calls under way, and no money held back."""
PATIENCE_SECONDS: Final = 120.0
"""How long to wait for another process's transaction; each takes milliseconds."""

_LOOKS, _PAUSE_SECONDS = 5, 0.05
"""A log that is missing is looked for so often, so far apart: another process may be opening or closing the file."""

_SCHEMA: Final = f"""
PRAGMA journal_mode = WAL;
BEGIN;
CREATE TABLE units (
    key TEXT NOT NULL UNIQUE,
    engine TEXT NOT NULL,
    locale TEXT NOT NULL,
    split TEXT NOT NULL,
    dialogue_id TEXT NOT NULL,
    start INTEGER NOT NULL,
    stop INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
    attempts INTEGER NOT NULL,
    worker TEXT,
    reserved TEXT,
    failure TEXT,
    reason TEXT,
    detail TEXT,
    targets TEXT,
    digest TEXT,
    CHECK (worker IS NULL OR state = 'pending'),
    CHECK ((state = 'done') = (targets IS NOT NULL))
);
CREATE INDEX units_under_way ON units (worker) WHERE worker IS NOT NULL;
CREATE INDEX units_by_state ON units (engine, locale, state, characters);
CREATE TABLE accounts (
    engine TEXT NOT NULL,
    locale TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('paid', 'uncertain', 'reserved')),
    calls INTEGER NOT NULL,
    utterances INTEGER NOT NULL,
    characters INTEGER NOT NULL,
    input_tokens INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    nanodollars INTEGER NOT NULL,
    seconds REAL NOT NULL,
    PRIMARY KEY (engine, locale, kind)
) WITHOUT ROWID;
PRAGMA application_id = {APPLICATION};
PRAGMA user_version = {VERSION};
COMMIT;
"""

_ADDED: Final = """
CREATE TABLE IF NOT EXISTS doubts (key TEXT NOT NULL PRIMARY KEY, worker TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS retries (locale TEXT NOT NULL PRIMARY KEY, calls INTEGER NOT NULL) WITHOUT ROWID;
"""
"""Tables that ledgers of this version may lack: whoever opens one to write adds them."""


def open_database(path: Path, *, create: bool, thorough: bool) -> sqlite3.Connection:
    """A connection in autocommit mode, which several threads may use in turn.

    Args:
        path: The ledger.
        create: Make it where nothing is.
        thorough: Check every page.

    Raises:
        LedgerError: There is none, or what is there is no sound ledger of this version.
    """
    if create:
        _create_if_new(path)
    if not path.is_file():
        raise LedgerError(f"there is no ledger at {path}")
    if path.stat().st_size == 0:
        raise LedgerError(f"the ledger {path} is empty: it was cut off; {advice(path)}")
    _require_log(path)
    try:
        database = _connect(path)
        try:
            _check(database, thorough)
            database.execute(f"PRAGMA synchronous = {SYNCHRONOUS}")
            if create:
                database.executescript(_ADDED)
        except BaseException:
            database.close()
            raise
    except (sqlite3.Error, _UnsoundError) as error:
        raise LedgerError(f"{path} can't be used as a ledger: {error}; {advice(path)}") from None
    return database


def advice(path: Path) -> str:
    """What to do about a ledger that can't be used."""
    return (
        f"put a backup in its place, or save what is left with: sqlite3 {path.name} .recover | sqlite3 rescued.db; "
        f"without it (moved away with {path.name}-wal and {path.name}-shm) every call would be paid for again; a copy "
        "needs these files together"
    )


def _require_log(path: Path) -> None:
    """Refuse a file whose log was taken away."""
    log, index = path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")
    for _ in range(_LOOKS):
        if log.exists() or not index.exists():
            return
        time.sleep(_PAUSE_SECONDS)
    raise LedgerError(
        f"{log} is gone, though {index.name} is there: the last commits to the ledger {path.name} were in it, and the "
        f"calls in them would be paid for again; put it back, or remove {index.name} to go on without them"
    )


class _UnsoundError(Exception):
    """What is wrong with a file that SQLite can open."""


def _create_if_new(path: Path) -> None:
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(path.with_name(f"{path.name}.lock")):
        if path.exists():
            return
        left = path.with_name(f"{path.name}-wal")
        if left.exists() and left.stat().st_size:
            raise LedgerError(f"{left} is there, but its ledger {path} is gone; {advice(path)}")
        with atomic_path(path) as temporary, closing(_connect(temporary)) as database:
            database.executescript(_SCHEMA)


def _connect(path: Path) -> sqlite3.Connection:
    # never made here: a path that vanished meanwhile is an error, not an empty database
    address = f"{path.absolute().as_uri()}?mode=rw"
    return sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None, check_same_thread=False)


def _check(database: sqlite3.Connection, thorough: bool) -> None:
    application = database.execute("PRAGMA application_id").fetchone()[0]
    if application != APPLICATION:
        raise _UnsoundError("it is another program's database")
    version = database.execute("PRAGMA user_version").fetchone()[0]
    if version != VERSION:
        raise _UnsoundError(f"its version is {version}, this program knows {VERSION}")
    if thorough and (found := database.execute("PRAGMA quick_check(1)").fetchone()[0]) != "ok":
        raise _UnsoundError(f"it is damaged ({found})")
