"""The end of a study of soft prompts: statistics, what distance does, the report, MLflow. Never cached."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import mlflow
from datasets import Dataset
from zenml import step
from zenml.logger import get_logger

from crossprompt.comparison.results import read_results
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.comparison.summaries import ComparisonStatistics
from crossprompt.reports.files import Report
from crossprompt.reports.report import write_report
from crossprompt.reports.transfer import build_transfer_report, write_transfer_results
from crossprompt.reports.transfer_claims import headline
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.soft_prompts.records import TransferFacts
from crossprompt.soft_prompts.settings import MeasuringSettings
from crossprompt.soft_prompts.topics import topic_rows
from crossprompt.soft_prompts.transfer import gold_topics, topic_scores, transfer_facts, transfer_pairs
from infra import tracking
from infra.home import project_home
from infra.lineage import library_versions, run_times
from infra.machine import describe_machine
from infra.whereabouts import leave_last_words
from materializers.report import ReportMaterializer

logger = get_logger(__name__)

FOLDER = "transfer-report"


@step(enable_cache=False, output_materializers={"report": ReportMaterializer})
def publish_transfer(
    rows: Dataset,
    results: list[Path],
    measuring: MeasuringSettings,
    statistics: StatisticsSettings,
    backbone: str,
    reporting: dict[str, Any],
    configuration: dict[str, Any],
) -> Annotated[Report, "report"]:
    """Compute what the measurements mean, write the report to the project's home, and log it to MLflow.

    Args:
        rows: What was tested, with its topics.
        results: A folder of result files per cell.
        measuring: How they were measured.
        statistics: How sure to be.
        backbone: The decoder's name.
        reporting: Title, how the decoder was made, and findings.
        configuration: All settings of the run.
    """
    started, seconds = run_times()
    measured, facts = _compute(rows, results, measuring.english, statistics)
    inputs = TransferInputs(
        title=reporting["title"],
        statistics=measured,
        facts=facts,
        backbone=backbone,
        pretraining=reporting["pretraining"],
        verbalizer=measuring.verbalizer,
        findings=tuple(reporting["findings"]),
        versions=library_versions(),
        machine=describe_machine(),
        command=" ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        started=started,
        hours=None if seconds is None else seconds / 3600,
    )
    report = build_transfer_report(inputs)
    page = write_report(report, project_home() / FOLDER)
    write_transfer_results(inputs, project_home() / FOLDER / "results")
    _track(inputs, configuration, page.parent)
    logger.info("The report is at %s", page)
    leave_last_words([headline(inputs)])
    return report


def _compute(
    rows: Dataset, results: list[Path], english: str, settings: StatisticsSettings
) -> tuple[ComparisonStatistics, TransferFacts]:
    measurements = [found for folder in results for found in read_results(folder)]
    cells = dict.fromkeys(found.cell for found in measurements)
    measured = compute_statistics(measurements, settings, transfer_pairs(cells))
    scores = topic_scores(measurements, gold_topics(topic_rows(rows).with_format("arrow")[:]))
    return measured, transfer_facts(measured, scores, english, settings)


def _track(inputs: TransferInputs, configuration: dict[str, Any], folder: Path) -> None:
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
