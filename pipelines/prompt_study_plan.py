"""From the sections of a study of translated prompts to what each of its steps is given."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.corpora.settings import NliCorpusSettings
from crossprompt.corpora.sources import data_root_folder
from crossprompt.factory.chain import load_chain
from crossprompt.factory.ledger_reader import FILE, Retries, read_retries
from crossprompt.factory.settings import FactorySettings
from crossprompt.reports.settings import PromptStudyReporting
from crossprompt.translator.auxiliary import XNLI_LANGUAGES
from crossprompt.translator.settings import AuxiliarySettings, PromptStudySettings
from infra.home import project_home
from pipelines.corpus_plan import chain_recipe, factory_places
from pipelines.plan import Stage, backbone_stage, source_stage
from pipelines.sections import Sections

_STRANGE = re.compile(r"[^a-z0-9]+")


class PromptStudy(Sections):
    """All sections of a configuration, validated."""

    study: PromptStudySettings = PromptStudySettings()
    backbone: BackboneSettings = BackboneSettings()
    factory: FactorySettings = FactorySettings()
    """The engines that translate the parallel pairs, where ``study.auxiliary.source`` is ``engine``."""
    statistics: StatisticsSettings = StatisticsSettings()
    reporting: PromptStudyReporting = PromptStudyReporting()


@dataclass(frozen=True)
class PromptStudyPlan:
    """A study with its sources found."""

    sections: PromptStudy
    pairs: Stage
    paraphrases: Stage
    measuring: Stage
    translation: Stage | None
    """None: the parallel pairs are PAWS-X's own rows."""

    def alone(self, name: str) -> PromptStudySettings:
        """The study as far as one contender is concerned: another one more or less must not measure it again."""
        study = self.sections.study
        cells = tuple(
            cell.model_copy(update={"contenders": (name,)}) for cell in study.cells if name in cell.contenders
        )
        return study.model_copy(
            update={
                "contenders": {name: study.contenders[name]},
                "cells": tuple(cells),
                "data": NliCorpusSettings(),
                "auxiliary": AuxiliarySettings(),
            }
        )

    def step_of(self, name: str) -> str:
        """The name of the step that measures a contender."""
        return f"measure_{_STRANGE.sub('_', name.lower())}"


def make_prompt_study_plan(sections: PromptStudy) -> PromptStudyPlan:
    """Find sources, backbone and engines; nothing is fetched that need not be.

    Raises:
        SettingsError: A contender or an engine is wrong.
        SourceError: A source is missing.
        BackboneError: The backbone is missing or no masked language model.
    """
    study = sections.study
    for name in study.measured:
        study.contender(name)
    root = data_root_folder(sections.data_root)
    backbone = backbone_stage(sections.backbone)
    return PromptStudyPlan(
        sections=sections,
        pairs=source_stage(study.data, root),
        paraphrases=source_stage(study.auxiliary.corpus, root),
        measuring=backbone,
        translation=_translation(sections, root) if study.auxiliary.source == "engine" else None,
    )


def _translation(sections: PromptStudy, root: Path | None) -> Stage:
    """The factory's chain for each language of the parallel pairs."""
    factory = sections.factory
    chain = load_chain(factory, root, project_home())
    retries = read_retries(project_home() / FILE)
    languages = chain.require(sections.study.auxiliary.languages or XNLI_LANGUAGES)
    recipes = {locale: chain_recipe(locale, chain, factory, retries.get(locale, Retries())) for locale in languages}
    return Stage({"recipes": recipes}, factory_places(factory, root))
