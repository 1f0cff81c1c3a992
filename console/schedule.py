"""``crossprompt schedule``: what cron or a systemd timer calls on one machine."""

from __future__ import annotations

import logging
import sys
import time
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.errors import CommandError
from infra.home import project_home

if TYPE_CHECKING:
    from infra.scheduling import Look

LOG = Path("logs") / "schedule.log"
_LOG_BYTES, _OLDER_LOGS = 1_000_000, 3


def schedule_command(
    file: Annotated[Path, typer.Option("--config", "-c", help="Of add_languages, such as configs/languages.yaml.")],
    once: Annotated[
        bool, typer.Option("--once", help="Look once, and start the run if languages are missing.")
    ] = False,
    again: Annotated[
        bool, typer.Option("--again", help="Start it also if the same run was refused when it was tried last.")
    ] = False,
) -> None:
    """Add the languages that a configuration wants and the champion has not: for cron and systemd timers.

    Without --once it says what would be done. Exit status: 0 nothing is missing or the run added it, 1 the run failed,
    3 languages are still missing (the gate refused; the same run is not tried again), 75 another run is under way.
    """
    from infra.scheduling import SchedulingError, look, schedule_once

    home = project_home()
    try:
        if not once:
            typer.echo(describe(look(file), home))
            return
        _log_to(home / LOG)
        ending = schedule_once(file, home, again=again)
    except SchedulingError as error:
        raise CommandError(str(error)) from None
    raise typer.Exit(int(ending))


def describe(found: Look, home: Path) -> str:
    """What is wanted, what is missing, and what a start would do."""
    from infra.scheduling import last_attempt

    lines = [
        f"Wanted     {', '.join(found.wanted)}",
        f"Served     {', '.join(found.served.languages) or 'none: there is no champion yet'}",
        f"Missing    {', '.join(found.missing) or 'none'}",
    ]
    before = last_attempt(home)
    if found.missing and before is not None and before.key == found.key:
        lines.append(f"Last try   {before.at}: {before.sentence} It is not tried again unless --again is given.")
    return "\n".join([*lines, f"Log        {home / LOG}"])


def _log_to(file: Path) -> None:
    """Log to ``file`` and, in the same words, to standard output, which cron mails and systemd keeps."""
    file.parent.mkdir(parents=True, exist_ok=True)
    kept = RotatingFileHandler(file, maxBytes=_LOG_BYTES, backupCount=_OLDER_LOGS, encoding="utf-8")
    formatter = logging.Formatter("%(asctime)sZ %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    own = logging.getLogger("infra")
    own.setLevel(logging.INFO)
    own.propagate = False
    for handler in (kept, logging.StreamHandler(sys.stdout)):
        handler.setFormatter(formatter)
        own.addHandler(handler)
