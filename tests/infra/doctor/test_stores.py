"""The project's own stores, sound and spoiled."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import optuna
import pytest

from crossprompt.chat.cache import FILE as ANSWERS
from crossprompt.chat.cache import AnswerCache
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.ledger_reader import FILE as LEDGER
from infra.doctor import stores
from infra.doctor.findings import Finding, Status
from infra.doctor.stores import check_answers, check_ledger, check_studies
from infra.doctor.surroundings import Surroundings
from tests.infra.doctor.traces import traces


def make_ledger(home: Path) -> Path:
    Ledger(home / LEDGER).close()
    return home / LEDGER


def make_answers(home: Path) -> Path:
    AnswerCache(home / ANSWERS).close()
    return home / ANSWERS


def make_study(home: Path) -> Path:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    storage = optuna.storages.RDBStorage(f"sqlite:///{home}/optuna.db", heartbeat_interval=10)
    study = optuna.create_study(storage=storage, study_name="aligned-0123")
    trial = study.ask()
    storage.record_heartbeat(trial._trial_id)
    return home / "optuna.db"


CASES = ((check_ledger, make_ledger), (check_answers, make_answers), (check_studies, make_study))


def statuses(findings: Iterable[Finding]) -> list[Status]:
    return [finding.status for finding in findings]


def change(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute(statement, values)


def test_the_ledger_is_where_the_factory_keeps_it() -> None:
    assert stores.LEDGER == LEDGER


@pytest.mark.parametrize(("check", "make"), CASES)
def test_a_store_is_looked_at_without_a_trace(
    check: Callable[[Surroundings], Iterable[Finding]], make: Callable[[Path], Path], tmp_path: Path
) -> None:
    here = Surroundings(home=tmp_path)
    assert statuses(check(here)) == [Status.WELL]
    assert list(tmp_path.iterdir()) == []
    path = make(tmp_path)
    before = traces(tmp_path)
    (finding,) = check(here)
    assert finding.status is Status.WELL
    assert finding.found.startswith("sound")
    assert traces(tmp_path) == before
    path.write_bytes(b"")
    (finding,) = check(here)
    assert finding.status is Status.WRONG
    assert "was cut off" in finding.found
    assert finding.advice


def test_a_ledger_that_lost_its_log_is_told(tmp_path: Path) -> None:
    path = make_ledger(tmp_path)
    path.with_name("ledger.db-shm").write_bytes(b"index")
    (finding,) = check_ledger(Surroundings(home=tmp_path))
    assert finding.status is Status.WRONG
    assert "the last calls paid for were in it" in finding.found


def test_a_ledger_that_is_gone_though_its_log_is_there_is_told(tmp_path: Path) -> None:
    path = make_ledger(tmp_path)
    path.unlink()
    path.with_name("ledger.db-wal").write_bytes(b"log")
    (finding,) = check_ledger(Surroundings(home=tmp_path))
    assert finding.status is Status.WRONG


@pytest.mark.parametrize(
    ("make", "check", "statement"),
    [
        (make_ledger, check_ledger, "PRAGMA application_id = 5"),
        (make_ledger, check_ledger, "PRAGMA user_version = 99"),
        (make_answers, check_answers, "PRAGMA user_version = 99"),
        (make_study, check_studies, "DROP TABLE trial_heartbeats"),
    ],
)
def test_another_programs_or_versions_file_is_told(
    make: Callable[[Path], Path],
    check: Callable[[Surroundings], Iterable[Finding]],
    statement: str,
    tmp_path: Path,
) -> None:
    change(make(tmp_path), statement)
    assert Status.WRONG in statuses(check(Surroundings(home=tmp_path)))


def test_trials_of_dead_processes_are_noted(tmp_path: Path) -> None:
    path = make_study(tmp_path)
    change(path, "UPDATE trial_heartbeats SET heartbeat = ?", str(datetime.now() - timedelta(days=1)))
    assert statuses(check_studies(Surroundings(home=tmp_path))) == [Status.WELL, Status.NOTE]


def test_a_study_on_a_server_is_asked_for_and_its_password_is_not_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "postgresql+psycopg://me:secret@127.0.0.1:9/studies"
    (finding,) = check_studies(Surroundings(home=tmp_path, study_address=address))
    assert finding.status is Status.WRONG
    assert "secret" not in finding.found
    assert "127.0.0.1:9/studies" in finding.found
    monkeypatch.delenv("STUDY_PASSWORD", raising=False)
    hidden = "postgresql+psycopg://me:${STUDY_PASSWORD}@127.0.0.1:9/studies"
    (finding,) = check_studies(Surroundings(home=tmp_path, study_address=hidden))
    assert finding.advice == "set STUDY_PASSWORD"
