"""Leaves what is written to the operating system: tests kill processes, which loses nothing of it, and never machines.

A disk that confirms every commit takes longer than most of what is tested. Who asks a database for confirmed commits,
as the ledger of paid calls does, still gets them.
"""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from typing import Any

_connect = sqlite3.connect


def trust_the_page_cache() -> None:
    """In this process, from now on: files are not synced, and SQLite's databases only where that is asked for."""
    os.fsync = _take_for_synced
    sqlite3.connect = sqlite3.dbapi2.connect = _connect_unsynced


def _take_for_synced(descriptor: Any) -> None:
    """Nothing."""


def _connect_unsynced(*arguments: Any, **options: Any) -> sqlite3.Connection:
    connection = _connect(*arguments, **options)
    with suppress(sqlite3.Error):  # a file that is no database is for the test to find out
        connection.execute("PRAGMA synchronous = OFF")
    return connection
