"""``crossprompt dashboards``: serve all three and a page that links them, say where, and end them properly."""

from __future__ import annotations

import signal
import sys
import time
import webbrowser
from types import FrameType
from typing import Any

import typer

from console.errors import CommandError
from infra.dashboards import READY, Dashboard, served_dashboards
from infra.home import project_home
from infra.overview_server import served_overview
from infra.secrets import fill_in
from infra.settings import DashboardSettings
from infra.stores import decline_welcome_survey, find_stores

WATCH_SECONDS = 2.0


def serve_until_interrupted(ports: dict[str, Any], study: str | None, *, open_page: bool) -> None:
    """Serve the dashboards and their page until Ctrl-C or a termination signal.

    Raises:
        CommandError: There is nothing to show yet, or all servers ended by themselves.
    """
    signal.signal(signal.SIGTERM, _leave)
    home = project_home()
    settings = DashboardSettings.parse(ports, "dashboards")
    decline_welcome_survey()
    typer.echo("Starting the dashboards ...")
    try:
        stores = find_stores(home, study and fill_in(study))
        with served_dashboards(stores, settings, home) as dashboards:
            if not any(dashboard.url for dashboard in dashboards):
                raise CommandError("there is nothing to show yet: run `make run` first")
            with served_overview(dashboards, home, settings) as page:
                typer.echo(table(dashboards, page))
                if open_page:
                    webbrowser.open(page)
                _watch(dashboards)
    except KeyboardInterrupt:
        typer.echo("\nThe dashboards are closed.")


def table(dashboards: list[Dashboard], page: str) -> str:
    """Name, state, address and store of each dashboard, in columns; the page that links them first."""
    rows = [("Dashboard", "State", "Address", "Shows"), ("All of them", READY, page, "health, last reports")]
    rows += [(d.name, d.health(), d.url or "make run first", d.store) for d in dashboards]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([*lines, "Ctrl-C ends them."])


def _watch(dashboards: list[Dashboard]) -> None:
    """Stay until interrupted, or until the last server has died; say so when one does."""
    alive = {d.name: d.server for d in dashboards if d.server is not None}
    elsewhere = any(d.url and d.server is None for d in dashboards)
    while alive or elsewhere:
        time.sleep(WATCH_SECONDS)
        for name, server in list(alive.items()):
            if server.process.poll() is not None:
                typer.echo(f"The {name} dashboard ended by itself; its log: {server.log}", err=True)
                del alive[name]
    raise CommandError("all dashboards ended by themselves; start them again when their logs say nothing is wrong")


def _leave(_signal: int, _frame: FrameType | None) -> None:
    sys.exit(128 + signal.SIGTERM)
