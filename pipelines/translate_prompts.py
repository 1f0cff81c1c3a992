"""Prompts that are translated to other languages (MPT), beside one prompt for all, templates and fine-tuning."""

from __future__ import annotations

from infra.tracker import tracking_options
from pipelines.plan import Artifact
from pipelines.prompt_study_plan import PromptStudy, PromptStudyPlan, make_prompt_study_plan
from pipelines.sections import laid_out_from
from steps.draw_parallel_pairs import draw_parallel_pairs
from steps.ingest_nli import ingest_nli
from steps.ingest_paraphrases import ingest_paraphrases
from steps.measure_contender import measure_contender
from steps.publish_prompt_study import publish_prompt_study
from steps.translate_pairs import translate_pairs


@laid_out_from(PromptStudy)
def translate_prompts(sections: PromptStudy) -> None:
    """Measure the contenders."""
    plan = make_prompt_study_plan(sections)
    pairs, _, _ = plan.pairs(ingest_nli)()
    auxiliary = _auxiliary(plan)
    measured = [
        plan.measuring(measure_contender)(pairs, auxiliary, plan.alone(name), name, id=plan.step_of(name))
        for name in sections.study.measured
    ]
    publish_prompt_study.with_options(**tracking_options(sections.reporting.experiment))(
        results=measured,
        study=sections.study,
        statistics=sections.statistics,
        backbone=sections.backbone,
        reporting=sections.reporting,
        configuration=sections.shown(),
    )


def _auxiliary(plan: PromptStudyPlan) -> Artifact:
    """PAWS-15, out of parallel rows or by the corpus factory."""
    paraphrases, _, _ = plan.paraphrases(ingest_paraphrases)()
    if plan.translation is None:
        return draw_parallel_pairs(paraphrases, plan.sections.study.auxiliary)
    return plan.translation(translate_pairs)(paraphrases, plan.sections.study.auxiliary)
