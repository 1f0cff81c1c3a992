"""A comparison's end: statistics, the report beside the paper's tables, and everything in MLflow. Never cached."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from zenml import step

from crossprompt.alignment.records import AlignmentCurve, PairMatching
from crossprompt.chat.records import ChatResult
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.statistics import compute_statistics
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.reports.comparison import comparison_study
from crossprompt.reports.comparison_chat import chat_not_run, chat_scores
from crossprompt.reports.comparison_inputs import AlignmentFacts, ComparisonInputs, RetrievalRuns
from crossprompt.reports.files import Report
from crossprompt.reports.settings import ComparisonReporting
from crossprompt.reports.study_inputs import NotRun
from materializers.report import ReportMaterializer
from steps.measurements import Measured
from steps.publishing_studies import publish_study, study_facts

FOLDER = "comparison-report"


@step(enable_cache=False, output_materializers={"report": ReportMaterializer})
def publish_comparison(
    results: list[Path],
    prompts: list[AlignedPrompt],
    names: list[str],
    statistics: StatisticsSettings,
    reporting: ComparisonReporting,
    configuration: dict[str, Any],
    curves: list[AlignmentCurve],
    retrieval: RetrievalRuns | None = None,
    chat: ChatResult | None = None,
    matching: PairMatching | None = None,
) -> Annotated[Report, "report"]:
    """Compute what the measurements mean, write the report to the project's home, and log it to MLflow.

    Args:
        results: A folder of result files per cell.
        prompts: All aligned prompts.
        names: The contenders that they are, in the same order.
        statistics: How sure to be.
        reporting: Title, how the backbone was made, findings, and why tasks were not measured.
        configuration: All settings of the run.
        curves: Of the alignments on the whole parallel text; the first prompts are theirs.
        retrieval: If translations were retrieved.
        chat: If a chat model was planned.
        matching: If prompts were aligned on matched pairs.
    """
    measurements = Measured(results)
    measured = compute_statistics(measurements, statistics)
    reasons = [NotRun(reason=reason, task=task) for task, reason in reporting.not_run.items()]
    inputs = ComparisonInputs(
        statistics=measured,
        retrieval=() if retrieval is None else retrieval.runs,
        chat=() if chat is None else chat_scores(chat),
        backbone=prompts[0].header.backbone.name,
        alignments=tuple(_facts(*pair) for pair in zip(names, prompts, _pairs(curves, matching, names), strict=True)),
        not_run=(*reasons, *(() if chat is None else chat_not_run(chat))),
        **study_facts(reporting, measurements.hours),
    )
    return publish_study(comparison_study(inputs), FOLDER, configuration)


def _pairs(curves: list[AlignmentCurve], matching: PairMatching | None, names: list[str]) -> list[int]:
    """How many pairs each prompt was aligned on."""
    matched = [] if matching is None else [matching.pairs] * (len(names) - len(curves))
    return [*(curve.pairs for curve in curves), *matched]


def _facts(name: str, prompt: AlignedPrompt, pairs: int) -> AlignmentFacts:
    header = prompt.header
    weight = header.settings["contrastive_weight"]
    return AlignmentFacts(
        contender=name,
        description="masked LM and contrast" if weight else "masked LM alone",
        pairs=pairs,
        locales=len(header.languages),
        length=header.shape.length,
        updates=header.steps,
    )
