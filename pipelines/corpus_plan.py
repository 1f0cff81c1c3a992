"""From the sections of a corpus's configuration to what each of its steps is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field

from crossprompt.corpora.settings import DialogueSettings
from crossprompt.corpora.sources import data_root_folder, resolve_source
from crossprompt.factory.chain import Chain, load_chain
from crossprompt.factory.ledger_reader import FILE, Retries, read_retries
from crossprompt.factory.recipe import ChainRecipe, EngineRecipe
from crossprompt.factory.settings import FactorySettings
from crossprompt.meaning.settings import MeaningSettings
from crossprompt.publishing.engines import engine_facts
from crossprompt.publishing.facts import CorpusOrigin
from crossprompt.publishing.seal import seal_of
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.quality.settings import ValidationSettings
from crossprompt.quality.verdict import required_share
from crossprompt.settings import Settings
from crossprompt.translation.engine import engine_module
from infra.code_version import step_code_version
from infra.home import project_home
from pipelines.plan import Stage, data_root_place, source_stage
from pipelines.sections import Sections


class ProductionSettings(Settings):
    """How the work is cut into steps."""

    shards: int = Field(default=1, ge=1, le=1000)
    """Parts of the dialogues that are translated apart, in each language: a part that failed runs alone again."""
    rounds: int = Field(default=1, ge=0)
    """How many times refused turns go to the next engine of the chain, where there is one."""


class CorpusJob(Sections):
    """All sections of a configuration, validated."""

    dialogues: DialogueSettings = DialogueSettings()
    factory: FactorySettings = FactorySettings()
    production: ProductionSettings = ProductionSettings()
    validation: ValidationSettings = ValidationSettings()
    meaning: MeaningSettings | None = None
    """Whether translations are screened for their meaning, and how; None: they are not."""
    publishing: PublishingSettings = PublishingSettings()


@dataclass(frozen=True)
class LanguagePlan:
    """One language of the corpus. Nothing in it depends on the others, so that one more of them runs alone."""

    locale: str
    translation: Stage
    validation: ValidationSettings
    retranslation: Stage
    rounds: int
    """0 where no second engine offers the language."""


@dataclass(frozen=True)
class CorpusPlan:
    """A corpus with its sources and engines found."""

    job: CorpusJob
    dialogues: Stage
    languages: tuple[LanguagePlan, ...]
    origin: CorpusOrigin
    """What the card says of the engines and the source."""
    meaning: Stage | None = None
    """Of the screening, the same for all languages; None: there is none."""

    @property
    def shards(self) -> range:
        """The numbers of the parts of each language."""
        return range(self.job.production.shards)


def make_corpus_plan(job: CorpusJob) -> CorpusPlan:
    """Find the sources, the engines and the languages; no service is called.

    Raises:
        SettingsError: No engine has a locale that is set, or an engine's options are wrong.
        SourceError: A source is missing.
        EngineError: An engine's source is damaged.
        LedgerError: The ledger is damaged.
        MeaningError: The prompt of the screening is missing, or another backbone's.
    """
    root = data_root_folder(job.data_root)
    chain = load_chain(job.factory, root, project_home())
    retries = read_retries(project_home() / FILE)
    locales = chain.require(job.factory.locales)
    return CorpusPlan(
        job=job,
        dialogues=source_stage(job.dialogues, root),
        languages=tuple(_language(locale, chain, job, root, retries.get(locale, Retries())) for locale in locales),
        origin=CorpusOrigin(
            engines=tuple(engine_facts(link.engine, link.settings.source) for link in chain.links),
            own_copy=job.dialogues.source.location is not None,
            seal=seal_of(resolve_source(job.dialogues.source, root)),
        ),
        meaning=None if job.meaning is None else _meaning(job.meaning),
    )


def _meaning(settings: MeaningSettings) -> Stage:
    """Its modules are imported only here, so that nothing of a screening is there where none is asked for."""
    from pipelines.meaning_plan import meaning_stage

    return meaning_stage(settings)


def _language(locale: str, chain: Chain, job: CorpusJob, root: Path | None, retries: Retries) -> LanguagePlan:
    links, factory = chain.links_for(locale), job.factory
    recipe = chain_recipe(locale, chain, factory, retries)
    places = factory_places(factory, root)
    shared = {"locale": locale, "recipe": recipe}
    return LanguagePlan(
        locale=locale,
        translation=Stage({**shared, "splits": list(factory.splits), "shards": job.production.shards}, places),
        validation=_thresholds(job.validation, locale),
        retranslation=Stage(shared, places),
        rounds=job.production.rounds if len(links) > 1 else 0,
    )


def factory_places(factory: FactorySettings, root: Path | None) -> dict[str, Any]:
    """Where the engines of a chain are, and the archives that they may read."""
    return {"factory": factory.model_dump(mode="json"), **data_root_place(root)}


def chain_recipe(locale: str, chain: Chain, factory: FactorySettings, retries: Retries) -> ChainRecipe:
    """What decides the texts that ``chain`` gives for ``locale``."""
    engines = [
        EngineRecipe(
            name=link.name,
            revision=link.engine.revision_for(locale),
            code=step_code_version(engine_module(link.settings.name)),
            limits=link.limits,
        )
        for link in chain.links_for(locale)
    ]
    return ChainRecipe(
        engines=tuple(engines),
        max_utterances_per_call=factory.max_utterances_per_call,
        missing=factory.missing,
        retries=retries.made,
        to_retry=retries.left if factory.dispatch.retry_failed else 0,
    )


def _thresholds(settings: ValidationSettings, locale: str) -> ValidationSettings:
    """What counts for one language: another one's exception, and what happens to a failed one, do not."""
    own = {"min_accepted_share": required_share(locale, settings), "min_accepted_share_by_locale": {}}
    return settings.model_copy(update={**own, "failed_locale": "drop", "data_docs_pages": 1})
