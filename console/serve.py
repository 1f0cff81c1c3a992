"""``crossprompt dashboards``: serve all three, say where, and end them properly."""

from __future__ import annotations

import signal
import sys
import time
import webbrowser
from types import FrameType
from typing import Any

import typer

from console.errors import CommandError
from infra.dashboards import Dashboard, served_dashboards
from infra.home import project_home
from infra.settings import DashboardSettings
from infra.stores import decline_welcome_survey, find_stores

WATCH_SECONDS = 2.0


def serve_until_interrupted(ports: dict[str, Any], study: str | None, *, open_pages: bool) -> None:
    """Serve the dashboards until Ctrl-C or a termination signal.

    Raises:
        CommandError: There is nothing to show yet, or a server ended by itself.
    """
    signal.signal(signal.SIGTERM, _leave)
    home = project_home()
    settings = DashboardSettings.parse(ports, "dashboards")
    decline_welcome_survey()
    typer.echo("Starting the dashboards ...")
    try:
        with served_dashboards(find_stores(home, study), settings, home) as dashboards:
            if not any(dashboard.url for dashboard in dashboards):
                raise CommandError("there is nothing to show yet: run `make run` first")
            typer.echo(table(dashboards))
            for dashboard in dashboards if open_pages else ():
                if dashboard.url:
                    webbrowser.open(dashboard.url)
            _watch(dashboards)
    except KeyboardInterrupt:
        typer.echo("\nThe dashboards are closed.")


def table(dashboards: list[Dashboard]) -> str:
    """Name, state, address and store of each dashboard, in columns."""
    rows = [("Dashboard", "State", "Address", "Shows")]
    rows += [(d.name, d.health(), d.url or "make run first", d.store) for d in dashboards]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "Ctrl-C ends them."])


def _watch(dashboards: list[Dashboard]) -> None:
    """Stay until interrupted, or until a server dies."""
    while True:
        time.sleep(WATCH_SECONDS)
        for dashboard in dashboards:
            if dashboard.server and dashboard.server.process.poll() is not None:
                raise CommandError(f"the {dashboard.name} dashboard ended by itself; its log: {dashboard.server.log}")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)
