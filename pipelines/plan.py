"""From the sections of a configuration to what each step is given.

A step's parameters are part of its cache key, so they say *what* is read (a fingerprint) and never *where* it lies:
paths, addresses and data bases travel beside them, as the step's ``extra``, which ZenML leaves out of the key.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import UnionType
from typing import Any, Self, get_args

from zenml.steps import BaseStep

from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.backbones.loading import MASKED_LM, PACKAGED, ModelKind, locate_backbone
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.corpora.downloads import without_secrets
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
from crossprompt.settings import Settings
from crossprompt.tasks.settings import TaskSettings
from crossprompt.translation.engine import engine_locales, engine_module, load_engine
from crossprompt.translation.settings import TranslationSettings
from crossprompt.tuning.settings import TuningSettings
from infra.addresses import shown_address
from infra.code_version import step_code_version
from infra.home import project_home
from steps.places import PLACES

Section = dict[str, Any] | None
"""A section as it stands in the configuration file; None: all defaults."""

Artifact = Any
"""A step's output while a pipeline is laid out: ZenML types it so itself."""


class Sections(Settings):
    """The sections of a configuration, each of a type of its own."""

    @classmethod
    def from_sections(cls, **sections: Any) -> Self:
        """Validate each section under its own name; one that is None has its defaults.

        Raises:
            SettingsError: One line per wrong field of the first wrong section.
        """
        parsed = {}
        for name, value in sections.items():
            if value is not None:
                kind = cls._kind_of(name)
                parsed[name] = value if kind is None else kind.parse(value, name)
        return cls.parse(parsed, "parameters")

    @classmethod
    def _kind_of(cls, name: str) -> type[Settings] | None:
        """The settings that a section holds, also of one that may be None; None: it is a plain value, or unknown."""
        annotation = cls.model_fields[name].annotation if name in cls.model_fields else None
        choices = get_args(annotation) if isinstance(annotation, UnionType) else (annotation,)
        return next((kind for kind in choices if isinstance(kind, type) and issubclass(kind, Settings)), None)


class Experiment(Sections):
    """All sections of a configuration, validated."""

    dialogues: DialogueSettings = DialogueSettings()
    utterances: UtteranceSettings = UtteranceSettings()
    translation: TranslationSettings = TranslationSettings()
    validation: ValidationSettings = ValidationSettings()
    backbone: BackboneSettings = BackboneSettings()
    alignment: AlignmentSettings = AlignmentSettings()
    tuning: TuningSettings = TuningSettings()
    task: TaskSettings = TaskSettings()
    evaluation: EvaluationSettings = EvaluationSettings()
    report: ReportSettings = ReportSettings()
    data_root: str | None = None
    """A folder with the public archives under their own names; None: ``CROSSPROMPT_DATA_ROOT``, or their addresses."""

    def shown(self) -> dict[str, Any]:
        """All settings as plain values for people: addresses without names, passwords and queries."""
        values = self.model_dump(mode="json")
        for section in (values["dialogues"], values["utterances"], values["translation"]["engine"]):
            source = section["source"]
            if source and "://" in (source["location"] or ""):
                source["location"] = without_secrets(source["location"])
        if self.tuning.storage:
            values["tuning"]["storage"] = shown_address(self.tuning.storage)
        return values


@dataclass(frozen=True)
class Stage:
    """What one step is given: ``parameters`` count in its cache key, ``places`` do not."""

    parameters: Mapping[str, Any]
    places: Mapping[str, Any]

    def __call__(self, step: BaseStep) -> Callable[..., Any]:
        """``step``, given the places and, when it is called, the parameters."""
        return partial(step.with_options(extra={PLACES: json.dumps(self.places)}), **self.parameters)


@dataclass(frozen=True)
class Plan:
    """An experiment with its sources found: what the pipeline needs to lay out its steps."""

    experiment: Experiment
    locales: tuple[str, ...]
    dialogues: Stage
    utterances: Stage
    translation: Stage
    backbone: Stage
    tuning: Stage


def make_plan(experiment: Experiment) -> Plan:
    """Find the sources, the backbone and the languages of an experiment; nothing is fetched that need not be.

    Raises:
        SettingsError: The engine has not a locale that is set.
        SourceError: A source is missing.
        BackboneError: The backbone is missing or no masked language model.
    """
    root = data_root_folder(experiment.data_root)
    backbone = backbone_stage(experiment.backbone)
    return Plan(
        experiment=experiment,
        locales=engine_locales(experiment.translation, root, project_home()),
        dialogues=source_stage(experiment.dialogues, root),
        utterances=source_stage(experiment.utterances, root),
        translation=translation_stage(experiment.translation, root),
        backbone=backbone,
        tuning=tuning_stage(experiment.tuning, backbone),
    )


ReadCorpus = (
    DialogueSettings | UtteranceSettings | SentenceSettings | TatoebaSettings | NliCorpusSettings | ParaphraseSettings
)


def source_stage(settings: ReadCorpus, root: Path | None) -> Stage:
    """A step that reads a corpus: what it is, and where it lies."""
    found = resolve_source(settings.source, root)
    what = settings.model_copy(update={"source": SourceSettings(corpus=settings.source.corpus)})
    return Stage(
        parameters={"settings": what, "fingerprint": found.fingerprint},
        places={"source": settings.source.model_dump(mode="json"), "data_root": _text(root)},
    )


def translation_stage(settings: TranslationSettings, root: Path | None) -> Stage:
    """The languages are left out of the parameters: one more of them must not translate the others again."""
    engine = settings.engine
    what = settings.model_copy(update={"locales": (), "engine": engine.model_copy(update={"source": None})})
    return Stage(
        parameters={
            "settings": what,
            "revision": load_engine(engine, root, project_home()).revision,
            "engine_code": step_code_version(engine_module(engine.name)),
        },
        places={"engine": engine.model_dump(mode="json"), "data_root": _text(root)},
    )


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
    """A step that keeps a study: which backbone, and where the study lies."""
    return Stage(
        parameters={**backbone.parameters, "tuning": settings.model_copy(update={"storage": None})},
        places={**backbone.places, "storage": settings.storage},
    )


def _text(folder: Path | None) -> str | None:
    return None if folder is None else str(folder)
