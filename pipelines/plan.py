"""From the sections of a configuration to what each step is given.

A step's parameters are part of its cache key, so they say *what* is read (a fingerprint) and never *where* it lies:
paths, addresses and data bases travel beside them, as the step's ``extra``, which ZenML leaves out of the key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from zenml.steps import BaseStep

from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.backbones.loading import MASKED_LM, PACKAGED, ModelKind, locate_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.settings import (
    DialogueSettings,
    NliCorpusSettings,
    ParaphraseSettings,
    SentenceSettings,
    SourceSettings,
    TatoebaSettings,
    UtteranceSettings,
)
from crossprompt.corpora.sources import data_root_folder, resolve_source
from crossprompt.evaluation.settings import EvaluationSettings
from crossprompt.quality.settings import ValidationSettings
from crossprompt.reports.settings import ReportSettings
from crossprompt.tasks.settings import TaskSettings
from crossprompt.translation.engine import engine_locales, engine_module, load_engine
from crossprompt.translation.settings import TranslationSettings
from crossprompt.tuning.settings import TuningSettings
from infra.code_version import step_code_version
from infra.home import project_home
from infra.secrets import refuse_written_password
from pipelines.sections import Sections
from steps.places import PLACES

Artifact = Any
"""A step's output while a pipeline is laid out: ZenML types it so itself."""


class AligningSections(Sections):
    """The sections of every pipeline that begins with translations and aligns prompts on them."""

    dialogues: DialogueSettings = DialogueSettings()
    utterances: UtteranceSettings = UtteranceSettings()
    translation: TranslationSettings = TranslationSettings()
    validation: ValidationSettings = ValidationSettings()
    backbone: BackboneSettings = BackboneSettings()
    alignment: AlignmentSettings = AlignmentSettings()


class Experiment(AligningSections):
    """All sections of a configuration, validated."""

    tuning: TuningSettings = TuningSettings()
    task: TaskSettings = TaskSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    report: ReportSettings = ReportSettings()


@dataclass(frozen=True)
class Stage:
    """What one step is given: ``parameters`` count in its cache key, ``places`` do not."""

    parameters: Mapping[str, Any]
    places: Mapping[str, Any]

    def __call__(self, step: BaseStep) -> Callable[..., Any]:
        """``step``, given the places and, when it is called, the parameters."""
        return partial(step.with_options(extra={PLACES: json.dumps(self.places)}), **self.parameters)


@dataclass(frozen=True)
class AligningPlan:
    """:class:`AligningSections` with their sources found: what the first steps of such a pipeline need."""

    locales: tuple[str, ...]
    dialogues: Stage
    utterances: Stage
    translations: Mapping[str, Stage]
    backbone: Stage


def begin_plan(sections: AligningSections) -> AligningPlan:
    """Find the sources, the backbone and the languages; nothing is fetched that need not be.

    Raises:
        SettingsError: The engine has not a locale that is set.
        SourceError: A source is missing.
        BackboneError: The backbone is missing or no masked language model.
    """
    root = data_root_folder(sections.data_root)
    locales = engine_locales(sections.translation, root, project_home())
    return AligningPlan(
        backbone=backbone_stage(sections.backbone),
        locales=locales,
        dialogues=source_stage(sections.dialogues, root),
        utterances=source_stage(sections.utterances, root),
        translations=translation_stages(sections.translation, locales, root),
    )


@dataclass(frozen=True)
class Plan(AligningPlan):
    """An experiment with its sources found: what the pipeline needs to lay out its steps."""

    experiment: Experiment
    tuning: Stage


def make_plan(experiment: Experiment) -> Plan:
    """Find the sources of an experiment.

    Raises:
        SettingsError, SourceError, BackboneError: See :func:`begin_plan`.
    """
    begun = begin_plan(experiment)
    return Plan(**vars(begun), experiment=experiment, tuning=tuning_stage(experiment.tuning, begun.backbone))


ReadCorpus = (
    DialogueSettings | UtteranceSettings | SentenceSettings | TatoebaSettings | NliCorpusSettings | ParaphraseSettings
)


def source_stage(settings: ReadCorpus, root: Path | None) -> Stage:
    """A step that reads a corpus: what it is, and where it lies."""
    found = resolve_source(settings.source, root)
    what = settings.model_copy(update={"source": SourceSettings(corpus=settings.source.corpus)})
    return Stage(
        parameters={"settings": what, "fingerprint": found.fingerprint},
        places=source_places(settings.source, root),
    )


def translation_stages(settings: TranslationSettings, locales: Iterable[str], root: Path | None) -> dict[str, Stage]:
    """One step per language, which knows nothing of the others: one more of them must not translate these again."""
    engine = load_engine(settings.engine, root, project_home())
    what = settings.engine.model_copy(update={"source": None})
    return {
        locale: Stage(
            parameters={
                "settings": settings.model_copy(update={"locales": (), "engine": what}),
                "revision": engine.revision_for(locale),
                "engine_code": step_code_version(engine_module(settings.engine.name)),
            },
            places={"engine": settings.engine.model_dump(mode="json"), **data_root_place(root)},
        )
        for locale in locales
    }


def backbone_stage(settings: BackboneSettings, kind: ModelKind = MASKED_LM) -> Stage:
    """A packaged backbone or a folder is checked and fingerprinted now; a hub model is known by its pinned commit."""
    if settings.name in PACKAGED or settings.revision is None or Path(settings.name).expanduser().is_dir():
        identity = locate_backbone(settings, kind).identity
        name, fingerprint = identity.name, identity.fingerprint
    else:
        name, fingerprint = settings.name, settings.revision
    return Stage(
        parameters={"backbone": settings.model_copy(update={"name": name}), "backbone_fingerprint": fingerprint},
        places={"backbone": settings.name},
    )


def tuning_stage(settings: TuningSettings, backbone: Stage) -> Stage:
    """A step that keeps a study: which backbone, and where the study lies.

    Raises:
        SecretError: The study's address holds a password that is written out.
    """
    refuse_written_password(settings.storage or "", "tuning.storage")
    return Stage(
        parameters={**backbone.parameters, "tuning": settings.model_copy(update={"storage": None})},
        places={**backbone.places, "storage": settings.storage},
    )


def source_places(source: SourceSettings, root: Path | None) -> dict[str, Any]:
    """Where a corpus lies."""
    return {"source": source.model_dump(mode="json"), **data_root_place(root)}


def data_root_place(root: Path | None) -> dict[str, Any]:
    """The folder of public archives, as a step is given it."""
    return {"data_root": None if root is None else str(root)}
