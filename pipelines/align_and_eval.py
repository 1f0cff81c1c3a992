"""The main job: learn an aligned prompt from translations, tune on English, evaluate in every locale."""

from __future__ import annotations

from infra.tracker import tracking_options
from pipelines.plan import Experiment, Stage, make_plan
from pipelines.sections import laid_out_from
from pipelines.translations import checked_translations
from steps.align_prompts import align_prompts
from steps.evaluate_locales import evaluate_locales
from steps.ingest_dialogues import ingest_dialogues
from steps.ingest_utterances import ingest_utterances
from steps.publish_report import publish_report
from steps.tune_learning_rate import tune_learning_rate
from steps.tune_task import tune_task


@laid_out_from(Experiment)
def align_and_eval(experiment: Experiment) -> None:
    """Run the chain."""
    plan = make_plan(experiment)

    english, english_refused, english_summary = plan.dialogues(ingest_dialogues)()
    labelled, labelled_refused, labelled_summary = plan.utterances(ingest_utterances)()

    accepted, refused, verdict, _, docs = checked_translations(plan, english, experiment.validation)

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
