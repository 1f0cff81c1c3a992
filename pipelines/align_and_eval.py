"""The main job: learn an aligned prompt from translations, tune on English, evaluate in every locale."""

from __future__ import annotations

from zenml import pipeline
from zenml.enums import ExecutionMode

from infra.tracker import tracking_options
from pipelines.plan import Experiment, Section, Stage, make_plan
from steps.align_prompts import align_prompts
from steps.evaluate_locales import evaluate_locales
from steps.ingest_dialogues import ingest_dialogues
from steps.ingest_utterances import ingest_utterances
from steps.publish_report import publish_report
from steps.translate_dialogues import translate_dialogues
from steps.tune_learning_rate import tune_learning_rate
from steps.tune_task import tune_task
from steps.validate_translations import validate_translations


@pipeline(name="align_and_eval", execution_mode=ExecutionMode.FAIL_FAST)
def align_and_eval(
    dialogues: Section = None,
    utterances: Section = None,
    translation: Section = None,
    validation: Section = None,
    backbone: Section = None,
    alignment: Section = None,
    tuning: Section = None,
    task: Section = None,
    evaluation: Section = None,
    report: Section = None,
    data_root: str | None = None,
) -> None:
    """Run the chain. Each section of the configuration is a mapping; None means its defaults.

    Raises:
        SettingsError: A section is wrong; the message names the field and its valid values.
    """
    experiment = Experiment.from_sections(
        dialogues=dialogues,
        utterances=utterances,
        translation=translation,
        validation=validation,
        backbone=backbone,
        alignment=alignment,
        tuning=tuning,
        task=task,
        evaluation=evaluation,
        report=report,
        data_root=data_root,
    )
    plan = make_plan(experiment)

    english, english_refused, english_summary = plan.dialogues(ingest_dialogues)()
    labelled, labelled_refused, labelled_summary = plan.utterances(ingest_utterances)()

    translate = plan.translation(translate_dialogues)
    translated = [translate(english, locale, id=f"translate_{locale}") for locale in plan.locales]
    accepted, refused, verdict, _, docs = validate_translations(
        english, [table for table, _ in translated], experiment.validation, list(plan.locales)
    )

    pairs = labelled if experiment.alignment.utterance_pairs else None
    prompt, curve = plan.backbone(align_prompts)(english, accepted, experiment.alignment, utterances=pairs)
    tuned_rates = plan.tuning(tune_learning_rate)(labelled, prompt, experiment.task)
    classifiers = plan.backbone(tune_task)(labelled, prompt, tuned_rates, experiment.task)
    _, scores = plan.backbone(evaluate_locales)(labelled, classifiers, experiment.evaluation)

    publish = Stage(parameters={}, places={"storage": experiment.tuning.storage})
    publish(publish_report.with_options(**tracking_options(experiment.report.experiment)))(
        dialogues=english_summary,
        utterances=labelled_summary,
        dialogue_quarantine=english_refused,
        utterance_quarantine=labelled_refused,
        validation=verdict,
        translation_quarantine=refused,
        data_docs=docs,
        prompt=prompt,
        alignment=curve,
        tuning=tuned_rates,
        classifiers=classifiers,
        evaluation=scores,
        settings=experiment.report,
        configuration=experiment.shown(),
    )
