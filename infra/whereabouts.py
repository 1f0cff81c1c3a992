"""Where results and stores are, in lines for a user; and the last words of a run."""

from __future__ import annotations

import atexit
from collections.abc import Sequence
from pathlib import Path

from infra.addresses import shown_address
from infra.home import project_home
from infra.stores import find_stores

WIDTH = 16
LEDGER = Path("factory") / "ledger.db"
"""As ``crossprompt.factory.ledger_reader`` has it; if that were imported, its code would count as every report's."""
_last_words: list[str] = []


def last_report() -> Path | None:
    """The page of the last run, whichever pipeline it was of, or None before the first."""
    pages = sorted(project_home().glob("*report/*.html"), key=lambda page: page.stat().st_mtime)
    return pages[-1] if pages else None


def describe_places() -> str:
    """A few lines for the user: what lies where."""
    home = project_home()
    stores = find_stores(home)
    page = last_report()
    ledger = home / LEDGER
    rows = {
        "Report": page.as_uri() if page else "none yet: make run",
        "Files": str(home),
        **({"Ledger": f"{ledger} (what was paid for: keep it)"} if ledger.exists() else {}),
        "MLflow runs": shown_address(stores.tracking) if stores.tracking else "no MLflow tracker in the active stack",
        "Optuna study": shown_address(stores.study),
        "ZenML runs": shown_address(stores.zenml),
        "Dashboards": "make dashboards (or: crossprompt dashboards)",
    }
    return "\n".join(f"{name:<{WIDTH}}{value}" for name, value in rows.items())


def print_last_words_at_exit() -> None:
    """Let this process end with what :func:`leave_last_words` leaves, after ZenML's own last line."""
    atexit.unregister(_print_last_words)
    atexit.register(_print_last_words)


def leave_last_words(findings: Sequence[str]) -> None:
    """Leave the findings of a run, and where things are, for the end of the process."""
    _last_words[:] = ["", *findings, "", describe_places()]


def _print_last_words() -> None:
    if _last_words:
        print("\n".join(_last_words))
