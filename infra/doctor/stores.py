"""The stores: ZenML's, MLflow's, the studies', the factory's ledger, the answers of chat models."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

from packaging.version import InvalidVersion, Version

from crossprompt.chat.cache import FILE as ANSWERS
from crossprompt.chat.cache import VERSION as ANSWERS_VERSION
from crossprompt.factory.ledger_file import APPLICATION, advice
from crossprompt.factory.ledger_file import VERSION as LEDGER_VERSION
from infra.addresses import sqlite_file
from infra.doctor.findings import Finding, note, unknown, well, wrong
from infra.doctor.reach import check_server
from infra.doctor.sqlite import BusyDatabaseError, UnsoundDatabaseError, check_pages, looked_at
from infra.doctor.stack import tracking_address
from infra.doctor.surroundings import Surroundings
from infra.doctor.zenml_file import store_version

LEDGER: Final = Path("factory") / "ledger.db"
"""As ``crossprompt.factory.ledger_reader`` has it, which would load the tables of translations."""
_BACKUP: Final = "put a backup in its place, or move it away: the next run makes a new one, without what was in it"
_LATER: Final = "try again when that process has ended"
_STALE: Final = """
SELECT count(*) FROM trials t JOIN trial_heartbeats h ON h.trial_id = t.trial_id
WHERE t.state = 'RUNNING' AND h.heartbeat < datetime('now', ?)
"""
STALE_AFTER: Final = "-600 seconds"
"""A trial without a sign of life for so long is dead, whatever the study's own patience is."""

Look = Callable[[Path], Iterator[Finding]]


def check_zenml_store(surroundings: Surroundings) -> Iterator[Finding]:
    """ZenML's database or server."""
    file = surroundings.zenml_file
    if file is None:
        yield from check_server(surroundings.zenml_address)
    else:
        yield from _look(file, surroundings, _zenml_version)


def check_mlflow_store(surroundings: Surroundings) -> Iterator[Finding]:
    """MLflow's tracking database or server, as the active stack names it."""
    address = tracking_address(surroundings)
    if address is None:
        yield well("no store yet, or no MLflow tracker in the active stack (see the check of the stack)")
    elif (file := sqlite_file(address)) is None:
        yield from check_server(address)
    else:
        yield from _look(file, surroundings)


def check_studies(surroundings: Surroundings) -> Iterator[Finding]:
    """The database of learning-rate studies."""
    file = sqlite_file(surroundings.study)
    if file is None:
        yield from check_server(surroundings.study)
    else:
        yield from _look(file, surroundings, _stale_trials)


def check_ledger(surroundings: Surroundings) -> Iterator[Finding]:
    """The ledger of paid and slow engines: what is lost in it is paid for again."""
    path = surroundings.home / LEDGER
    log, index = (path.with_name(f"{path.name}{suffix}") for suffix in ("-wal", "-shm"))
    if not path.exists() and log.exists() and log.stat().st_size:
        yield wrong(f"the ledger's log {log} is there, but the ledger {path} is gone", advice(path))
    elif path.exists() and index.exists() and not log.exists():
        yield wrong(
            f"the ledger's log {log} is gone, though its index is there: the last calls paid for were in it",
            f"put it back, or remove {index.name} to go on without them",
        )
    else:
        yield from _look(path, surroundings, _ledger_version, advice(path))


def check_answers(surroundings: Surroundings) -> Iterator[Finding]:
    """The answers of chat models, each paid for once."""
    yield from _look(surroundings.home / ANSWERS, surroundings, _answers_version)


def _look(
    path: Path, surroundings: Surroundings, look: Look | None = None, mending: str = _BACKUP
) -> Iterator[Finding]:
    """Whether the file is sound, and what ``look`` finds in it."""
    if not path.exists():
        yield well(f"none yet at {path}")
        return
    try:
        check_pages(path, thorough=surroundings.thorough)
        found = list(look(path)) if look is not None else []
    except UnsoundDatabaseError as error:
        yield wrong(str(error), mending)
    except BusyDatabaseError as error:
        yield unknown(str(error), _LATER)
    else:
        yield well(f"sound, {path.stat().st_size / 1e6:.1f} MB at {path}")
        yield from found


def _zenml_version(path: Path) -> Iterator[Finding]:
    found, installed = store_version(path), version("zenml")
    if found == installed:
        return
    try:
        newer = Version(found) > Version(installed)
    except InvalidVersion:
        newer = False
    if newer:
        yield wrong(
            f"ZenML's store was written by ZenML {found}, but {installed} is installed, which can't read it",
            "run `make setup` for the locked version, or name another store in ZENML_CONFIG_PATH",
        )
    else:
        yield note(
            f"ZenML's store was written by ZenML {found}; the next start brings it to {installed}, and not back",
            f"keep a copy of {path} if you may go back",
        )


def _stale_trials(path: Path) -> Iterator[Finding]:
    with looked_at(path) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not {"studies", "trials", "trial_heartbeats"} <= tables:
            raise UnsoundDatabaseError(f"{path} holds no studies")
        (stale,) = database.execute(_STALE, (STALE_AFTER,)).fetchone()
    if stale:
        yield note(
            f"{stale} trial(s) of the studies were left by a killed process",
            "start the run again: it tries them anew and goes on with the study",
        )


def _ledger_version(path: Path) -> Iterator[Finding]:
    with looked_at(path) as database:
        (application,) = database.execute("PRAGMA application_id").fetchone()
        (found,) = database.execute("PRAGMA user_version").fetchone()
    if application != APPLICATION:
        yield wrong(f"{path} is another program's database, no ledger", advice(path))
    elif found != LEDGER_VERSION:
        yield wrong(f"the ledger {path} is of version {found}; this program knows {LEDGER_VERSION}", advice(path))


def _answers_version(path: Path) -> Iterator[Finding]:
    with looked_at(path) as database:
        (found,) = database.execute("PRAGMA user_version").fetchone()
    if found != ANSWERS_VERSION:
        yield wrong(
            f"{path} is of version {found}; this program knows {ANSWERS_VERSION}",
            "use the version of the project that wrote it, or move it away (the questions would be paid for again)",
        )
