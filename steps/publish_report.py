"""Stage 8: the report for people, and everything in MLflow. Never cached, and the only step that tracks."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from datasets import Dataset
from optuna.exceptions import StorageInternalError
from zenml import step
from zenml.logger import get_logger

from crossprompt.alignment.records import AlignmentCurve
from crossprompt.corpora.records import CorpusSummary
from crossprompt.evaluation.records import EvaluationResult
from crossprompt.prompts.file import AlignedPrompt
from crossprompt.quality.records import ValidationSummary
from crossprompt.reports.inputs import ReportInputs
from crossprompt.reports.report import Report, build_report, summary_lines
from crossprompt.reports.settings import ReportSettings
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tuning.records import TuningResult
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.storage import StudyError, open_storage, quiet_optuna
from infra import tracking
from infra.home import project_home
from infra.lineage import dashboards, library_versions, run_times, stages_so_far
from infra.machine import describe_machine
from infra.registry_prompts import register_prompt
from infra.secrets import SecretError, fill_in
from infra.settings import STUDY_FILES
from infra.study_notes import annotate_studies
from materializers.report import ReportMaterializer
from steps.places import given_place
from steps.publishing import command_line, publish

logger = get_logger(__name__)

FOLDER = "report"


@step(enable_cache=False, output_materializers={"report": ReportMaterializer})
def publish_report(
    dialogues: CorpusSummary,
    utterances: CorpusSummary,
    dialogue_quarantine: Dataset,
    utterance_quarantine: Dataset,
    validation: ValidationSummary,
    translation_quarantine: Dataset,
    data_docs: Path,
    prompt: AlignedPrompt,
    alignment: AlignmentCurve,
    tuning: TuningResult,
    classifiers: tuple[TunedClassifier, ...],
    evaluation: EvaluationResult,
    settings: ReportSettings,
    configuration: dict[str, Any],
) -> Annotated[Report, "report"]:
    """Write the report to the project's home, and log results and files to the MLflow run, if there is one.

    The inputs are the outputs of all steps before; ``configuration`` holds all settings of the run.
    """
    started, seconds = run_times()
    inputs = ReportInputs(
        settings=settings,
        dialogues=dialogues,
        utterances=utterances,
        dialogue_quarantine=dialogue_quarantine,
        utterance_quarantine=utterance_quarantine,
        validation=validation,
        translation_quarantine=translation_quarantine,
        prompt=prompt.header,
        alignment=alignment,
        tuning=tuning,
        trainings=[classifier.history for classifier in classifiers],
        evaluation=evaluation,
        stages=stages_so_far(),
        versions=library_versions(),
        configuration=configuration,
        command=command_line(),
        dashboards=dashboards(),
        machine=describe_machine(),
        started=started,
        seconds=seconds,
    )
    report = build_report(inputs)
    page = publish(
        report, FOLDER, configuration, summary_lines(inputs), lambda: _track(inputs, alignment, prompt, data_docs)
    )
    _annotate(tuning, configuration, page)
    return report


def _annotate(tuning: TuningResult, configuration: dict[str, Any], page: Path) -> None:
    """Make the studies readable in the Optuna dashboard; if their database is gone by now, the run is no worse."""
    storage = given_place("storage")
    home = project_home()
    quiet_optuna()
    try:
        opened = open_storage(TuningSettings(storage=storage and fill_in(storage)), home)
        annotate_studies(opened, tuning, configuration, page, home / STUDY_FILES if storage is None else None)
    except (SecretError, StudyError, StorageInternalError, KeyError) as error:
        logger.warning("The studies in %s got no notes: %s", tuning.storage, error)


def _track(inputs: ReportInputs, alignment: AlignmentCurve, prompt: AlignedPrompt, data_docs: Path) -> None:
    tracking.log_evaluation(inputs.evaluation)
    tracking.log_alignment(alignment)
    tracking.log_trainings(inputs.trainings)
    tracking.log_trials(inputs.tuning)
    tracking.log_files(data_docs, "data_docs")
    name = inputs.settings.registered_model
    logger.info("The aligned prompt is version %s of the registered model %s.", register_prompt(prompt, name), name)
