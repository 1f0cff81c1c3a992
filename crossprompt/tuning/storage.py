"""Where studies are kept: an RDB with heartbeats, its address possibly with secrets from the environment."""

from __future__ import annotations

import os
import re
import warnings
from pathlib import Path
from typing import Any

import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from crossprompt.tuning.settings import DATABASE, TuningSettings

GRACE = 2
"""A trial is dead after so many heartbeats without a sign of it."""

_VARIABLE = re.compile(r"\$\{(\w+)\}")


class StudyError(RuntimeError):
    """A study can't be opened or finished."""


def open_storage(settings: TuningSettings, home: Path) -> RDBStorage:
    """Open (and make, if need be) the database of studies.

    Raises:
        StudyError: An environment variable of the address is not set, or the database can't be opened. The message
            never holds what the variables hold.
    """
    address = _fill_in(_template(settings, home))
    home.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        retry = RetryHeartbeatStaleTrialCallback(max_retry=settings.max_retries)
        try:
            return RDBStorage(
                address,
                heartbeat_interval=settings.heartbeat_seconds,
                grace_period=GRACE * settings.heartbeat_seconds,
                heartbeat_stale_trial_callback=retry,
                engine_kwargs=_engine(address),
            )
        except (SQLAlchemyError, ImportError, ValueError) as error:
            kind = type(error).__name__
    # outside the handler: the original error and its context may hold the password
    raise StudyError(
        f"the study's database {safe_address(settings, home)} can't be opened ({kind}); check tuning.storage"
    )


def _engine(address: str) -> dict[str, Any]:
    """SQLite waits for other writers; a server's connections are tried before use, as it may have been restarted."""
    return {"connect_args": {"timeout": 60}} if address.startswith("sqlite") else {"pool_pre_ping": True}


def safe_address(settings: TuningSettings, home: Path) -> str:
    """The address for people to see: variables not filled in, a password that is written out as ``***``."""
    template = _template(settings, home)
    try:
        return make_url(template).render_as_string(hide_password=True)
    except (ArgumentError, ValueError):
        return template if _VARIABLE.fullmatch(template) else "(an address that can't be understood)"


def quiet_optuna() -> None:
    """Let Optuna log through Python's logging like everything else, instead of writing to stderr by itself."""
    optuna.logging.disable_default_handler()
    optuna.logging.enable_propagation()


def _template(settings: TuningSettings, home: Path) -> str:
    return f"sqlite:///{home / DATABASE}" if settings.storage is None else settings.storage


def _fill_in(template: str) -> str:
    missing = [name for name in _VARIABLE.findall(template) if name not in os.environ]
    if missing:
        raise StudyError(f"tuning.storage needs the environment variable {missing[0]}, which is not set")
    return _VARIABLE.sub(lambda match: os.environ[match.group(1)], template)
