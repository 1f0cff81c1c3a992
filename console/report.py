"""``crossprompt report``: the report of the last run."""

from __future__ import annotations

import webbrowser

from console.errors import CommandError
from infra.home import project_home
from infra.whereabouts import last_report


def open_report() -> str:
    """Open the last report in the web browser and return its address.

    Raises:
        CommandError: There is none yet.
    """
    page = last_report()
    if page is None:
        raise CommandError(f"no report in {project_home() / 'report'} yet: run `make run` first")
    webbrowser.open(page.as_uri())
    return page.as_uri()
