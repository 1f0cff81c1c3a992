"""The end of a study of soft prompts: statistics, what distance does, the report, MLflow. Never cached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from datasets import Dataset
from zenml import step

from crossprompt.comparison.records import Measurement
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.comparison.summaries import ComparisonStatistics
from crossprompt.reports.files import Report
from crossprompt.reports.settings import TransferReporting
from crossprompt.reports.transfer import transfer_study
from crossprompt.reports.transfer_inputs import TransferInputs
from crossprompt.soft_prompts.records import TransferFacts
from crossprompt.soft_prompts.settings import MeasuringSettings
from crossprompt.soft_prompts.topics import topic_rows
from crossprompt.soft_prompts.transfer import gold_topics, topic_scores, transfer_facts, transfer_pairs
from materializers.report import ReportMaterializer
from steps.measurements import Measured
from steps.publishing_studies import publish_study, study_facts

FOLDER = "transfer-report"


@step(enable_cache=False, output_materializers={"report": ReportMaterializer})
def publish_transfer(
    rows: Dataset,
    results: list[Path],
    measuring: MeasuringSettings,
    statistics: StatisticsSettings,
    backbone: str,
    reporting: TransferReporting,
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
    measurements = Measured(results)
    measured, facts = _compute(rows, list(measurements), measuring.english, statistics)
    inputs = TransferInputs(
        statistics=measured,
        facts=facts,
        backbone=backbone,
        verbalizer=measuring.verbalizer,
        **study_facts(reporting, measurements.hours),
    )
    return publish_study(transfer_study(inputs), FOLDER, configuration)


def _compute(
    rows: Dataset, measurements: list[Measurement], english: str, settings: StatisticsSettings
) -> tuple[ComparisonStatistics, TransferFacts]:
    cells = dict.fromkeys(found.cell for found in measurements)
    measured = compute_statistics(measurements, settings, transfer_pairs(cells))
    scores = topic_scores(measurements, gold_topics(topic_rows(rows).with_format("arrow")[:]))
    return measured, transfer_facts(measured, scores, english, settings)
