"""Makes what is written to databases, such as the study's, pass the same write points as the files that are replaced.

A write is a commit of changed rows or a statement that changes the schema, which SQLite commits by itself. Heartbeats
are left out: a clock decides when they come, so they can't be numbered.
"""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Connection, Engine

from crossprompt.storage.faults import Moment, write_point

DATABASE = "optuna.db"
UNNUMBERED = "study heartbeat"
SCHEMA = ("CREATE", "ALTER", "DROP")

_numbered = {DATABASE}


def number_study_commits(*others: str) -> None:
    """From now on, in this process and its forks; also those to ``others``, by the names of their files."""
    _numbered.update(others)
    event.listen(Engine, "engine_connect", _wrap_commit)
    event.listen(Engine, "before_cursor_execute", lambda *arguments: _mark_schema("before", *arguments[:3]))
    event.listen(Engine, "after_cursor_execute", lambda *arguments: _mark_schema("after", *arguments[:3]))


def _wrap_commit(connection: Connection) -> None:
    dialect = connection.engine.dialect
    name = _numbered_name(connection)
    if name is None or "do_commit" in vars(dialect):
        return
    commit = dialect.do_commit

    def numbered(driver_connection: Any) -> None:
        changed = driver_connection.in_transaction
        if changed:
            _mark(name, "before")
        commit(driver_connection)
        if changed:
            _mark(name, "after")

    dialect.do_commit = numbered  # type: ignore[method-assign]  # this engine's dialect only


def _mark_schema(moment: Moment, connection: Connection, _cursor: Any, statement: str) -> None:
    name = _numbered_name(connection)
    if name is not None and statement.lstrip().upper().startswith(SCHEMA):
        _mark(name, moment)


def _numbered_name(connection: Connection) -> str | None:
    """The name of the database's file, if its commits are numbered."""
    name = Path(connection.engine.url.database or "").name
    return name if name in _numbered else None


def _mark(name: str, moment: Moment) -> None:
    if threading.current_thread().name != UNNUMBERED:
        write_point(name, moment)
