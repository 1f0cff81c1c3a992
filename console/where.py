"""``crossprompt where``: the report, the stores, and how to look at them."""

from __future__ import annotations

from console.report import last_report
from infra.home import project_home
from infra.stores import find_stores

WIDTH = 16


def describe_places() -> str:
    """A few lines for the user: what lies where."""
    home = project_home()
    stores = find_stores(home)
    page = last_report()
    rows = {
        "Report": page.as_uri() if page else "none yet: make run",
        "Files": str(home),
        "MLflow runs": stores.tracking or "no MLflow tracker in the active stack",
        "Optuna study": stores.study,
        "ZenML runs": stores.zenml,
        "Dashboards": "make dashboards (or: crossprompt dashboards)",
    }
    return "\n".join(f"{name:<{WIDTH}}{value}" for name, value in rows.items())
