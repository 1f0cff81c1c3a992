"""Looking at an SQLite file without changing it or anything beside it.

A plain read-only connection is not enough: to a file with a write-ahead log it adds a log and an index and leaves them,
and it can't read a file whose last transaction a kill cut off. So a file that nobody has open is read as unchanging,
and one that needs mending is mended in a copy.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

PATIENCE_SECONDS: Final = 5.0
THOROUGH_BYTES: Final = 256 * 2**20
"""Up to this size every page is looked at in any case: about a quarter of a second."""
_HEADER: Final = b"SQLite format 3\x00"
_WITH_LOG: Final = b"\x02\x02"
_LOG, _INDEX, _JOURNAL = "-wal", "-shm", "-journal"


class UnsoundDatabaseError(Exception):
    """A file is no database any more; the message says in what way."""


class BusyDatabaseError(Exception):
    """A database could not be read, as another process held it."""


@contextmanager
def looked_at(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that only reads.

    Raises:
        UnsoundDatabaseError: The file is empty, no SQLite file, or damaged where it is read.
        BusyDatabaseError: Another process held it for longer than a few seconds.
    """
    try:
        with _readable(path) as address, closing(_connect(address)) as database:
            yield database
    except sqlite3.OperationalError as error:
        if "locked" in str(error) or "busy" in str(error):
            raise BusyDatabaseError(f"another process holds {path}") from None
        raise UnsoundDatabaseError(f"{path} can't be read ({error})") from None
    except sqlite3.DatabaseError as error:
        raise UnsoundDatabaseError(f"{path} is damaged ({error})") from None


def check_pages(path: Path, *, thorough: bool) -> None:
    """Look at every page of the file if it is ``thorough`` or the file small, else at its tables' names alone.

    Raises:
        UnsoundDatabaseError: See :func:`looked_at`; or pages don't fit together.
        BusyDatabaseError: See :func:`looked_at`.
    """
    before = _last_written(path)
    try:
        _check_pages(path, thorough=thorough)
    except UnsoundDatabaseError:
        if _last_written(path) == before:
            raise
        # somebody began to write while it was read as unchanging
        _check_pages(path, thorough=thorough)


def _check_pages(path: Path, *, thorough: bool) -> None:
    with looked_at(path) as database:
        database.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if thorough or path.stat().st_size <= THOROUGH_BYTES:
            (found,) = database.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise UnsoundDatabaseError(f"{path} is damaged ({found})")


def _last_written(path: Path) -> tuple[int, bool]:
    return path.stat().st_mtime_ns, path.with_name(f"{path.name}{_LOG}").exists()


@contextmanager
def _readable(path: Path) -> Iterator[str]:
    """The address at which ``path``, or a copy that SQLite may mend, can be read without traces."""
    with_log = _require_header(path)
    log, index, journal = (path.with_name(f"{path.name}{suffix}") for suffix in (_LOG, _INDEX, _JOURNAL))
    if with_log and not log.exists():
        yield f"{path.absolute().as_uri()}?mode=ro&immutable=1"
    elif (with_log and not index.exists()) or (journal.exists() and _is_cut_off(path)):
        with tempfile.TemporaryDirectory(prefix="crossprompt-") as folder:
            for file in (path, log, journal):
                if file.exists():
                    shutil.copyfile(file, Path(folder) / file.name)
            yield (Path(folder) / path.name).as_uri()
    else:
        yield f"{path.absolute().as_uri()}?mode=ro"


def _require_header(path: Path) -> bool:
    """Whether the file keeps a write-ahead log."""
    with path.open("rb") as stream:
        head = stream.read(20)
    if not head:
        raise UnsoundDatabaseError(f"{path} is empty: it was cut off")
    if not head.startswith(_HEADER):
        raise UnsoundDatabaseError(f"{path} is no SQLite file")
    return head[18:20] == _WITH_LOG


def _is_cut_off(path: Path) -> bool:
    """Whether the journal beside ``path`` belongs to a transaction that nobody will end."""
    try:
        with closing(_connect(f"{path.absolute().as_uri()}?mode=ro")) as database:
            database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as error:
        return "readonly" in str(error)
    return False


def _connect(address: str) -> sqlite3.Connection:
    return sqlite3.connect(address, uri=True, timeout=PATIENCE_SECONDS, isolation_level=None)
