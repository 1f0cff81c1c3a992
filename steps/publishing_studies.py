"""The end of every study: its report and its results, what it is and how it came to be.

Apart from :mod:`steps.publishing`, so that steps with other reports need nothing that measures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mlflow

from crossprompt.reports.files import Report
from crossprompt.reports.settings import StudyReporting
from crossprompt.reports.study import Study
from infra.home import project_home
from infra.lineage import library_versions, run_times
from infra.machine import describe_machine
from steps.publishing import command_line, publish

RESULTS = "results"
"""Below a study's report: what may go under version control."""


def study_facts(reporting: StudyReporting, hours: float | None) -> dict[str, Any]:
    """The fields of :class:`crossprompt.reports.study_inputs.StudyInputs` that say what a study is and how it came.

    Args:
        reporting: What is told by settings.
        hours: Of all its measuring, in whichever run.
    """
    started, _ = run_times()
    return {
        **reporting.model_dump(include={"title", "pretraining", "findings"}),
        "versions": library_versions(),
        "machine": describe_machine(),
        "command": command_line(),
        "started": started,
        "hours": hours,
    }


def publish_study(study: Study, folder: str, configuration: Mapping[str, Any]) -> Report:
    """Publish a study's report with its results, and the averages of all cells as metrics.

    Args:
        study: What is published.
        folder: Its name in the project's home.
        configuration: All settings of the run.
    """
    study.write_results(project_home() / folder / RESULTS)
    metrics = {
        f"{own.cell.task}/{own.cell.shots or 'all'}/{own.cell.contender}": own.average.mean
        for own in study.inputs.statistics.cells
    }
    report = study.report()
    publish(report, folder, configuration, [study.headline], lambda: mlflow.log_metrics(metrics))
    return report
