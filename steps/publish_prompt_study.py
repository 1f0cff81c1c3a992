"""The end of a study of translated prompts: statistics, the report beside the paper's tables, MLflow. Never cached."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import mlflow
from zenml import step
from zenml.logger import get_logger

from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.results import read_results
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.reports.files import Report
from crossprompt.reports.report import write_report
from crossprompt.reports.translator import build_study_report, write_study_results
from crossprompt.reports.translator_claims import headline
from crossprompt.reports.translator_inputs import PromptStudyInputs
from crossprompt.translator.comparing import language_tests, study_pairs
from crossprompt.translator.describing import describe_auxiliary, describe_contenders
from crossprompt.translator.settings import PromptStudySettings
from infra import tracking
from infra.home import project_home
from infra.lineage import library_versions, run_times
from infra.machine import describe_machine
from infra.whereabouts import leave_last_words
from materializers.report import ReportMaterializer

logger = get_logger(__name__)

FOLDER = "translated-prompts-report"


@step(enable_cache=False, output_materializers={"report": ReportMaterializer})
def publish_prompt_study(
    results: list[Path],
    study: PromptStudySettings,
    statistics: StatisticsSettings,
    backbone: BackboneSettings,
    reporting: dict[str, Any],
    configuration: dict[str, Any],
) -> Annotated[Report, "report"]:
    """Compute what the measurements mean, write the report to the project's home, and log it to MLflow.

    Args:
        results: A folder of result files per contender.
        study: What was measured.
        statistics: How sure to be.
        backbone: The encoder.
        reporting: Title, how the backbone was made, and findings.
        configuration: All settings of the run.
    """
    started, seconds = run_times()
    measurements = [found for folder in results for found in read_results(folder)]
    pairs = study_pairs(found.cell for found in measurements)
    measured = compute_statistics(measurements, statistics, pairs)
    inputs = PromptStudyInputs(
        title=reporting["title"],
        statistics=measured,
        tests=language_tests(measured, pairs),
        contenders=describe_contenders(study),
        backbone=Path(backbone.name).name,
        pretraining=reporting["pretraining"],
        verbalizer=study.verbalizer,
        auxiliary=describe_auxiliary(study.auxiliary),
        findings=tuple(reporting["findings"]),
        versions=library_versions(),
        machine=describe_machine(),
        command=" ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        started=started,
        hours=None if seconds is None else seconds / 3600,
    )
    report = build_study_report(inputs)
    page = write_report(report, project_home() / FOLDER)
    write_study_results(inputs, project_home() / FOLDER / "results")
    _track(inputs, configuration, page.parent)
    logger.info("The report is at %s", page)
    leave_last_words([headline(inputs)])
    return report


def _track(inputs: PromptStudyInputs, configuration: dict[str, Any], folder: Path) -> None:
    if mlflow.active_run() is None:
        logger.warning("The active stack has no MLflow tracker: the results are in the report and in ZenML alone.")
        return
    tracking.log_parameters(configuration)
    mlflow.log_metrics(
        {
            f"{cell.cell.task}/{cell.cell.shots or 'all'}/{cell.cell.contender}": cell.average.mean
            for cell in inputs.statistics.cells
        }
    )
    mlflow.log_artifacts(str(folder), "report")
