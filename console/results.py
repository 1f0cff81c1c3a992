"""``crossprompt results``: the results of the last run as a folder for version control."""

from __future__ import annotations

from pathlib import Path

from crossprompt.reports.results import export_results
from infra.home import project_home


def export(folder: Path) -> Path:
    """Write the results of the last report to ``folder``; the path of its page.

    Raises:
        ResultsError: There is no finished report.
    """
    return export_results(project_home() / "report", folder)
