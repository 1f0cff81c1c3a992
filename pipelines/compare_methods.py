"""The comparison: ways to tune, tasks, shots, ablations, and whether the paper's claims hold."""

from __future__ import annotations

from dataclasses import dataclass

from infra.tracker import tracking_options
from pipelines.comparison_plan import CONVERSATION, SENTENCES, Comparison, ComparisonPlan, make_comparison_plan
from pipelines.plan import Artifact
from pipelines.sections import laid_out_from
from pipelines.translations import checked_translations
from steps.align_matched_prompts import align_matched_prompts
from steps.align_prompts import align_prompts
from steps.ask_chat_model import ask_chat_model
from steps.ingest_dialogue_intents import ingest_dialogue_intents
from steps.ingest_dialogues import ingest_dialogues
from steps.ingest_sentences import ingest_sentences
from steps.ingest_utterances import ingest_utterances
from steps.measure_cell import measure_cell
from steps.publish_comparison import publish_comparison
from steps.retrieve_translations import retrieve_translations


@laid_out_from(Comparison)
def compare_methods(comparison: Comparison) -> None:
    """Run the comparison."""
    plan = make_comparison_plan(comparison)
    english, _, summary = plan.dialogues(ingest_dialogues)()
    labelled, _, _ = plan.utterances(ingest_utterances)()
    aligned = _align(plan, english, labelled)
    publish_comparison.with_options(**tracking_options(comparison.reporting.experiment))(
        results=_measure(plan, aligned.prompts, english, summary, labelled),
        prompts=list(aligned.prompts.values()),
        names=list(aligned.prompts),
        statistics=comparison.statistics,
        reporting=comparison.reporting,
        configuration=comparison.shown(),
        curves=aligned.curves,
        retrieval=_retrieve(plan, aligned.prompts),
        chat=ask_chat_model(labelled, comparison.chat),
        matching=aligned.matching,
    )


@dataclass(frozen=True)
class _Aligned:
    """What the alignments give: prompts by contender, curves of those on the whole parallel text, the matched pairs."""

    prompts: dict[str, Artifact]
    curves: list[Artifact]
    matching: Artifact | None


def _align(plan: ComparisonPlan, english: Artifact, labelled: Artifact) -> _Aligned:
    """Translations, and a prompt for each aligned contender."""
    comparison = plan.comparison
    accepted, *_ = checked_translations(plan, english, comparison.validation)
    prompts, curves, matching = {}, [], None
    align = plan.backbone(align_prompts)
    for name, settings in comparison.alignments().items():
        pairs = labelled if settings.utterance_pairs else None
        prompts[name], curve = align(english, accepted, settings, utterances=pairs, id=f"align_{name}")
        curves.append(curve)
    if comparison.pair_ablation is not None and plan.sentences is not None:
        sentences, _, _ = plan.sentences(ingest_sentences)()
        changed = comparison.changed_alignment(comparison.pair_ablation.alignment, "pair_ablation.alignment")
        prompts[CONVERSATION], prompts[SENTENCES], matching = plan.backbone(align_matched_prompts)(
            labelled, accepted, sentences, comparison.pair_ablation.pairs, changed
        )
    return _Aligned(prompts, curves, matching)


def _measure(
    plan: ComparisonPlan, prompts: dict[str, Artifact], english: Artifact, summary: Artifact, labelled: Artifact
) -> list[Artifact]:
    """A folder of results per cell, in the order of the configuration."""
    dialogues: dict[str, Artifact] = {}
    if plan.dialogue_intents is not None:
        turns, services = plan.dialogue_intents(ingest_dialogue_intents)(english, summary)
        dialogues = {"turns": turns, "services": services}
    measured = []
    for cell in plan.comparison.cells:
        names = [name for name in cell.contenders if name in prompts]
        own = [prompts[name] for name in names]
        extra = dialogues if cell.task == "xsgd" else {}
        measured.append(plan.measuring(measure_cell)(labelled, own, names, cell, id=f"measure_{cell.name}", **extra))
    return measured


def _retrieve(plan: ComparisonPlan, prompts: dict[str, Artifact]) -> Artifact | None:
    """Translations found with each prompt that is to be tested so; None if none is."""
    retrieval = plan.comparison.retrieval
    if retrieval is None or plan.retrieval is None:
        return None
    names = list(retrieval.contenders)
    return plan.retrieval(retrieve_translations)([prompts[name] for name in names], names)
