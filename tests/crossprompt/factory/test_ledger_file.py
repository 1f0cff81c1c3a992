"""What is no sound ledger is refused, with what to do; nothing empty is taken for a new one."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from crossprompt.factory import ledger_file
from crossprompt.factory.errors import LedgerError
from crossprompt.factory.ledger import Charge, Ledger
from crossprompt.factory.ledger_reader import Done, LedgerReader
from crossprompt.factory.prices import Amount
from crossprompt.factory.unit import Unit
from tests.crossprompt.factory.conftest import AS_SHIPPED

CHARGE = Charge(Amount(calls=1, utterances=2, characters=10), 200_000)


def unit(number: int) -> Unit:
    return Unit(f"{number:064d}", "stand_in", "sw-KE", "train", f"1_{number:05d}", 0, 2, 10)


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    """A ledger of some 20 pages."""
    path = tmp_path / "ledger.db"
    with Ledger(path) as ledger:
        for number in range(40):
            ledger.claim(unit(number), CHARGE)
            ledger.settle(unit(number), ("moja " * 100, "mbili " * 100), CHARGE, 0.1)
    return path


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 // 4096 * 4096])


def cut_in_a_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2 + 100])


def empty(path: Path) -> None:
    path.write_bytes(b"")


def scribble(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // 4096):
        data[page * 4096 : page * 4096 + 40] = b"\xaa" * 40
    path.write_bytes(data)


def write_text(path: Path) -> None:
    path.write_text("these are my notes, no ledger\n" * 300, encoding="utf-8")


def other_program(path: Path) -> None:
    path.unlink()
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE t (x)")
    database.close()


def newer(path: Path) -> None:
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 7")
    database.close()


def lose_the_file(path: Path) -> None:
    path.with_name("ledger.db-wal").write_bytes(path.read_bytes())
    path.unlink()


@pytest.mark.parametrize(
    ("harm", "says"),
    [
        (cut, "malformed|damaged"),
        (cut_in_a_page, "malformed|damaged"),
        (empty, "is empty: it was cut off"),
        (scribble, "malformed|damaged"),
        (write_text, "file is not a database"),
        (other_program, "another program's database"),
        (newer, "its version is 7, this program knows 1"),
        (lose_the_file, "its ledger .* is gone"),
    ],
)
def test_a_file_that_is_no_sound_ledger_is_refused(filled: Path, harm: Callable[[Path], None], says: str) -> None:
    harm(filled)
    with pytest.raises(LedgerError, match=says) as raised:
        Ledger(filled)
    assert "put a backup in its place, or save what is left with: sqlite3 ledger.db .recover" in str(raised.value)


def kill_one(path: Path, *done: int) -> None:
    """A worker that is killed while the ledger is open, after it has settled the units ``done``."""

    def work() -> None:
        ledger = Ledger(path)
        for number in done:
            ledger.claim(unit(number), CHARGE)
            ledger.settle(unit(number), ("tano", "sita"), CHARGE, 0.1)
        os.kill(os.getpid(), signal.SIGKILL)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize("opens", [Ledger, LedgerReader])
def test_a_log_that_was_taken_away_after_a_kill_is_missed(filled: Path, opens: type[LedgerReader]) -> None:
    kill_one(filled, 77)
    log, away = filled.with_name("ledger.db-wal"), filled.with_name("away")
    log.rename(away)
    with pytest.raises(LedgerError, match=r"ledger\.db-wal is gone.*put it back, or remove ledger\.db-shm to go on"):
        opens(filled)
    away.rename(log)
    with opens(filled) as opened:
        assert opened.find(unit(77).key) == Done(("tano", "sita"))


@pytest.mark.parametrize("done", [(), (77,)], ids=["nothing written", "a text written"])
@pytest.mark.parametrize("closes", [Ledger, LedgerReader])
def test_after_a_kill_whoever_closes_the_file_leaves_a_sound_one(
    filled: Path, closes: type[LedgerReader], done: tuple[int, ...]
) -> None:
    kill_one(filled, *done)
    closes(filled).close()
    assert not filled.with_name("ledger.db-wal").exists()
    with Ledger(filled) as ledger:
        assert ledger.counts()[0].done == 40 + len(done)


def test_who_opens_and_closes_at_the_same_time_misses_no_log(filled: Path) -> None:
    def work() -> None:
        for _ in range(40):
            LedgerReader(filled, thorough=False).close()

    processes = [multiprocessing.get_context("fork").Process(target=work) for _ in range(3)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0, 0, 0]


def test_a_changed_text_is_refused_when_it_is_read(filled: Path) -> None:
    database = sqlite3.connect(filled)
    database.execute("UPDATE units SET targets = replace(targets, 'moja', 'tatu') WHERE rowid = 7")
    database.commit()
    database.close()
    with Ledger(filled) as ledger:
        assert ledger.find(unit(5).key) is not None
        with pytest.raises(LedgerError, match="does not fit its checksum"):
            ledger.find(unit(6).key)


def test_a_reader_makes_no_ledger(tmp_path: Path) -> None:
    with pytest.raises(LedgerError, match="there is no ledger at"):
        LedgerReader(tmp_path / "ledger.db")
    assert list(tmp_path.iterdir()) == []


def test_a_new_ledger_is_written_through_and_logged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_file, "SYNCHRONOUS", AS_SHIPPED)
    path = tmp_path / "deep" / "ledger.db"
    with Ledger(path) as ledger:
        assert ledger.accounts() == []
        assert ledger.counts() == []
        own = ledger._database
        assert own.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert own.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_ledger_is_not_made_twice(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with Ledger(path) as first:
        first.claim(unit(1), CHARGE)
        first.settle(unit(1), ("a", "b"), CHARGE, 0.1)
        with Ledger(path) as second:
            assert second.find(unit(1).key) == first.find(unit(1).key)
