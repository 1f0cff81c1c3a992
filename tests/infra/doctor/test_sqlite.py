"""SQLite files in every state a kill can leave them in are read, and nothing beside them changes."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from infra.doctor import sqlite as look
from infra.doctor.sqlite import BusyDatabaseError, UnsoundDatabaseError, check_pages, looked_at
from tests.infra.doctor.traces import traces

KILLED = """
import os, signal, sqlite3, sys
database = sqlite3.connect(sys.argv[1], isolation_level=None)
database.execute(f"PRAGMA journal_mode = {sys.argv[2]}")
database.execute("CREATE TABLE numbers (value INTEGER, padding TEXT)")
database.execute("INSERT INTO numbers VALUES (1, 'kept')")
if sys.argv[2] == "DELETE":
    database.execute("PRAGMA cache_size = 1")
    database.execute("BEGIN")
    for number in range(2000):
        database.execute("UPDATE numbers SET value = 2, padding = ?", ("x" * 5000,))
        database.execute("INSERT INTO numbers VALUES (3, ?)", ("y" * 5000,))
        if os.path.getsize(sys.argv[1]) > 100_000:
            break
os.kill(os.getpid(), signal.SIGKILL)
"""


def make(path: Path, mode: str = "DELETE", rows: int = 1) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(f"PRAGMA journal_mode = {mode}")
        database.execute("CREATE TABLE numbers (value INTEGER)")
        database.execute("BEGIN")
        database.executemany("INSERT INTO numbers VALUES (?)", [(number,) for number in range(rows)])
        database.execute("COMMIT")


def left_by_a_kill(path: Path, mode: str) -> None:
    subprocess.run([sys.executable, "-c", KILLED, str(path), mode], check=False)


def values(path: Path) -> list[int]:
    with looked_at(path) as database:
        return [value for (value,) in database.execute("SELECT value FROM numbers")]


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_sound_file_is_read_without_a_trace(mode: str, tmp_path: Path) -> None:
    make(tmp_path / "a.db", mode)
    before = traces(tmp_path)
    assert list(before) == ["a.db"]
    check_pages(tmp_path / "a.db", thorough=True)
    assert values(tmp_path / "a.db") == [0]
    assert traces(tmp_path) == before


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_what_a_kill_left_is_read_as_it_will_be_mended_and_left_as_it_is(mode: str, tmp_path: Path) -> None:
    left_by_a_kill(tmp_path / "a.db", mode)
    before = traces(tmp_path)
    assert set(before) == ({"a.db", "a.db-journal"} if mode == "DELETE" else {"a.db", "a.db-wal", "a.db-shm"})
    check_pages(tmp_path / "a.db", thorough=True)
    assert values(tmp_path / "a.db") == [1]
    assert {name: content for name, (content, _) in traces(tmp_path).items() if not name.endswith("-shm")} == {
        name: content for name, (content, _) in before.items() if not name.endswith("-shm")
    }
    assert set(traces(tmp_path)) == set(before)


def test_a_log_without_its_index_is_read_in_a_copy(tmp_path: Path) -> None:
    left_by_a_kill(tmp_path / "a.db", "WAL")
    (tmp_path / "a.db-shm").unlink()
    before = traces(tmp_path)
    assert values(tmp_path / "a.db") == [1]
    assert traces(tmp_path) == before


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_file_that_another_process_writes_to_is_read(mode: str, tmp_path: Path) -> None:
    make(tmp_path / "a.db", mode)
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("INSERT INTO numbers VALUES (1)")
        assert values(tmp_path / "a.db") == [0]
        writer.execute("COMMIT")
        assert values(tmp_path / "a.db") == [0, 1]


def test_a_file_that_is_held_for_long_is_busy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "PATIENCE_SECONDS", 0.1)
    make(tmp_path / "a.db")
    with closing(sqlite3.connect(tmp_path / "a.db", isolation_level=None)) as writer:
        writer.execute("BEGIN EXCLUSIVE")
        with pytest.raises(BusyDatabaseError, match=r"another process holds .*a\.db"):
            values(tmp_path / "a.db")


@pytest.mark.parametrize(
    ("content", "expected"),
    [(b"", "is empty: it was cut off"), (b"a letter, not a database at all", "is no SQLite file")],
)
def test_what_is_no_database_is_told(content: bytes, expected: str, tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(content)
    with pytest.raises(UnsoundDatabaseError, match=expected):
        check_pages(tmp_path / "a.db", thorough=False)


def test_damaged_pages_are_found(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    make(path, rows=5000)
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)
    with pytest.raises(UnsoundDatabaseError, match="is damaged"):
        check_pages(path, thorough=False)
    path.write_bytes(bytes(content[:4096]))
    with pytest.raises(UnsoundDatabaseError, match="is damaged"):
        check_pages(path, thorough=False)


def test_a_large_file_is_read_page_by_page_only_if_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(look, "THOROUGH_BYTES", 1)
    path = tmp_path / "a.db"
    make(path, rows=5000)
    content = bytearray(path.read_bytes())
    content[8192:12288] = b"\xff" * 4096
    path.write_bytes(content)
    check_pages(path, thorough=False)
    with pytest.raises(UnsoundDatabaseError, match="is damaged"):
        check_pages(path, thorough=True)
