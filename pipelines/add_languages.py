"""New languages for the champion: translated, checked, learned beside the old ones, promoted if nothing gets worse."""

from __future__ import annotations

from infra.tracker import tracking_options
from pipelines.checked_languages import CheckedLanguage, checked_languages
from pipelines.languages_plan import LanguagesJob, LanguagesPlan, make_languages_plan
from pipelines.plan import Artifact
from pipelines.sections import laid_out_from
from steps.answer_tests import answer_tests
from steps.extend_prompt import extend_prompt
from steps.gate_candidate import gate_candidate
from steps.ingest_dialogues import ingest_dialogues
from steps.ingest_utterances import ingest_utterances
from steps.load_champion import load_champion
from steps.package_candidate import package_candidate
from steps.promote_candidate import promote_candidate
from steps.report_promotion import report_promotion
from steps.tune_served_task import tune_served_task


@laid_out_from(LanguagesJob)
def add_languages(job: LanguagesJob) -> None:
    """Translate, check, learn, measure, and ask the gate."""
    plan = make_languages_plan(job)
    english, _, _ = plan.corpus.dialogues(ingest_dialogues)()
    labelled, _, _ = plan.utterances(ingest_utterances)()
    languages = list(checked_languages(plan.corpus, english))
    prompt, curve = _align(plan, english, languages, labelled)
    candidate = _tune(plan, prompt, labelled)
    decision = plan.backbone(gate_candidate)(candidate, job.gate, list(job.tasks), job.measuring(), labelled)
    proposal = promote_candidate(candidate, decision)
    report_promotion.with_options(**tracking_options(job.reporting.experiment))(
        decision, proposal, curve, job.reporting.title, job.shown()
    )


def _align(
    plan: LanguagesPlan, english: Artifact, languages: list[CheckedLanguage], labelled: Artifact
) -> tuple[Artifact, Artifact]:
    """The prompt, gone on with from the champion's if there is one."""
    job = plan.job
    settings = job.alignment_of(plan.champion)
    present = None if plan.champion is None else load_champion(plan.champion.version)
    prompt, curve = plan.backbone(extend_prompt)(
        english,
        [language.accepted for language in languages],
        [language.verdict for language in languages],
        job.validation.failed_locale,
        settings,
        job.growth.replay,
        champion=present,
        utterances=labelled if settings.utterance_pairs else None,
    )
    return prompt, curve


def _tune(plan: LanguagesPlan, prompt: Artifact, labelled: Artifact) -> Artifact:
    """Each task tuned on English and tested everywhere, in one bundle."""
    settings, names, classifiers, answers = plan.job.measuring(), [], [], []
    for own in plan.job.tasks:
        tuned = plan.tuning(tune_served_task)(labelled, prompt, own, settings, id=f"tune_{own.task}")
        answers.append(plan.backbone(answer_tests)(labelled, tuned, own, settings, id=f"answer_{own.task}"))
        classifiers.append(tuned)
        names.append(own.task)
    return package_candidate(prompt, names, classifiers, answers, settings, plan.data, plan.job.backbone.max_tokens)
