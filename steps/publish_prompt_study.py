"""The end of a study of translated prompts: statistics, the report beside the paper's tables, MLflow. Never cached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from zenml import step

from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.reports.files import Report
from crossprompt.reports.settings import PromptStudyReporting
from crossprompt.reports.translator import translator_study
from crossprompt.reports.translator_inputs import PromptStudyInputs
from crossprompt.translator.comparing import language_tests, study_pairs
from crossprompt.translator.describing import describe_auxiliary, describe_contenders
from crossprompt.translator.settings import PromptStudySettings
from materializers.report import ReportMaterializer
from steps.measurements import Measured
from steps.publishing_studies import publish_study, study_facts

FOLDER = "translated-prompts-report"


@step(enable_cache=False, output_materializers={"report": ReportMaterializer})
def publish_prompt_study(
    results: list[Path],
    study: PromptStudySettings,
    statistics: StatisticsSettings,
    backbone: BackboneSettings,
    reporting: PromptStudyReporting,
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
    measurements = Measured(results)
    found = list(measurements)
    pairs = study_pairs(own.cell for own in found)
    measured = compute_statistics(found, statistics, pairs)
    inputs = PromptStudyInputs(
        statistics=measured,
        tests=language_tests(measured, pairs),
        contenders=describe_contenders(study),
        backbone=Path(backbone.name).name,
        verbalizer=study.verbalizer,
        auxiliary=describe_auxiliary(study.auxiliary),
        **study_facts(reporting, measurements.hours),
    )
    return publish_study(translator_study(inputs), FOLDER, configuration)
