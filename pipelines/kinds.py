"""Which pipeline a configuration is for: its sections tell."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from zenml.pipelines.pipeline_definition import Pipeline

from pipelines.comparison_plan import Comparison
from pipelines.corpus_plan import CorpusJob
from pipelines.languages_plan import LanguagesJob
from pipelines.plan import Experiment
from pipelines.pretraining_plan import Pretraining
from pipelines.prompt_study_plan import PromptStudy
from pipelines.sections import Sections
from pipelines.transfer_plan import Transfer

KINDS: dict[str, type[Sections]] = {
    "align_and_eval": Experiment,
    "compare_methods": Comparison,
    "pretrain_mini": Pretraining,
    "build_corpus": CorpusJob,
    "add_languages": LanguagesJob,
    "soft_prompt_transfer": Transfer,
    "translate_prompts": PromptStudy,
}
"""The sections of each pipeline, by its name; the main job first."""


def kind_of(sections: Iterable[str]) -> type[Sections]:
    """The kind that knows most of the ``sections``; the main job's if there is a choice."""
    given = set(sections)
    return max(KINDS.values(), key=lambda kind: len(given & kind.model_fields.keys()))


def pipeline_of(sections: Sections) -> Pipeline:
    """The pipeline that these sections are for; its steps' modules are imported now."""
    name = next(name for name, kind in KINDS.items() if kind is type(sections))
    found: Pipeline = getattr(import_module(f"pipelines.{name}"), name)
    return found
