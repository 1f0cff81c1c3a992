"""The end of every run that has a report: its folder in the project's home, MLflow, the last words.

A report's folder is written so that a reader never sees a part of a file, and its list of tables, written last, fits
wherever it stands (:func:`crossprompt.reports.files.write_report`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import mlflow
from zenml.logger import get_logger

from crossprompt.reports.files import Report, write_report
from infra import tracking
from infra.home import project_home
from infra.whereabouts import leave_last_words

logger = get_logger(__name__)


def command_line() -> str:
    """How this process was called."""
    return " ".join([Path(sys.argv[0]).name, *sys.argv[1:]])


def publish(
    report: Report, folder: str, configuration: Mapping[str, Any], words: Sequence[str], track: Callable[[], object]
) -> Path:
    """Write a report, log it to the MLflow run if there is one, and leave the run's last words.

    Args:
        report: What is published.
        folder: Its name in the project's home.
        configuration: All settings of the run; logged as parameters.
        words: What the user is told at the end.
        track: Logs what else there is.

    Returns:
        The path of the page.
    """
    page = write_report(report, project_home() / folder)
    if is_tracked("the results are in the report and in ZenML alone"):
        tracking.log_parameters(configuration)
        track()
        tracking.log_files(page.parent, "report")
    logger.info("The report is at %s", page)
    leave_last_words(words)
    return page


def is_tracked(otherwise: str) -> bool:
    """Whether the running step has an MLflow run; if not, the log says where the results are: ``otherwise``."""
    if mlflow.active_run() is not None:
        return True
    logger.warning("The active stack has no MLflow tracker: %s.", otherwise)
    return False
