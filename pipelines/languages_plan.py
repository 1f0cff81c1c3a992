"""From the sections of a configuration that adds languages to what each of its steps is given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from crossprompt.alignment.replay import ReplaySettings
from crossprompt.alignment.settings import AlignmentSettings
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.corpora.settings import DialogueSettings, UtteranceSettings
from crossprompt.corpora.sources import data_root_folder
from crossprompt.factory.settings import FactorySettings
from crossprompt.promotion.journal import Event
from crossprompt.promotion.settings import GateSettings
from crossprompt.quality.settings import ValidationSettings
from crossprompt.reports.settings import PromotionReporting
from crossprompt.settings import Settings, SettingsError
from crossprompt.tasks.settings import SlotSettings, TaskSettings
from crossprompt.tuning.settings import TuningSettings
from infra import registry
from infra.registry_place import connect
from pipelines.corpus_plan import CorpusJob, CorpusPlan, ProductionSettings, make_corpus_plan
from pipelines.plan import Stage, backbone_stage, source_stage, tuning_stage
from pipelines.sections import Sections


def _served(tasks: tuple[CellSettings, ...]) -> tuple[CellSettings, ...]:
    names = [task.task for task in tasks]
    if not names or len(set(names)) < len(names) or set(names) - {"intent", "slots"}:
        raise ValueError(f"what is served is intent, slots or both, each once, not {', '.join(names) or 'nothing'}")
    return tasks


class GrowthSettings(Settings):
    """How a champion's prompt learns more languages."""

    replay: ReplaySettings = ReplaySettings()
    alignment: dict[str, Any] = Field(default_factory=dict)
    """Changes to the section ``alignment`` where a champion is gone on from: it needs fewer updates than the first."""


class LanguagesJob(Sections):
    """All sections of a configuration, validated. The wanted languages are ``factory.locales``."""

    dialogues: DialogueSettings = DialogueSettings()
    utterances: UtteranceSettings = UtteranceSettings()
    factory: FactorySettings = FactorySettings()
    production: ProductionSettings = ProductionSettings()
    validation: ValidationSettings = ValidationSettings()
    backbone: BackboneSettings = BackboneSettings()
    alignment: AlignmentSettings = AlignmentSettings()
    growth: GrowthSettings = GrowthSettings()
    tasks: Annotated[tuple[CellSettings, ...], AfterValidator(_served)] = (
        CellSettings(task="intent"),
        CellSettings(task="slots"),
    )
    """What is served; their contenders do not count."""
    task: TaskSettings = TaskSettings()
    """The budget of each training, the same for all tasks; ``shots`` is each task's own."""
    slots: SlotSettings = SlotSettings()
    tested_locales: tuple[str, ...] | None = None
    """Where the tasks are tested; None: wherever there are tests."""
    tuning: TuningSettings = TuningSettings()
    gate: GateSettings = GateSettings()
    reporting: PromotionReporting = PromotionReporting()

    def corpus_job(self) -> CorpusJob:
        """The part that the corpus factory does."""
        return CorpusJob(
            dialogues=self.dialogues,
            factory=self.factory,
            production=self.production,
            validation=self.validation,
            data_root=self.data_root,
        )

    def alignment_of(self, champion: Event | None) -> AlignmentSettings:
        """The settings of the alignment, with the wanted languages: the first, or one that goes on from a champion.

        Raises:
            SettingsError: ``growth.alignment`` changes something that there is not, or to a value that is not valid.
        """
        changes = {} if champion is None else self.growth.alignment
        changed = AlignmentSettings.parse({**self.alignment.model_dump(), **changes}, "growth.alignment")
        return changed if changed.languages else changed.model_copy(update={"languages": self.factory.locales})

    def measuring(self) -> MeasuringSettings:
        """The budget and the tasks as the tasks' own steps take them."""
        return MeasuringSettings(locales=self.tested_locales, training=self.task, slots=self.slots)


@dataclass(frozen=True)
class LanguagesPlan:
    """A run with its sources, engines and champion found."""

    job: LanguagesJob
    champion: Event | None
    corpus: CorpusPlan
    utterances: Stage
    backbone: Stage
    tuning: Stage

    @property
    def data(self) -> dict[str, str]:
        """Fingerprints of the sources, by name."""
        return {
            "dialogues": str(self.corpus.dialogues.parameters["fingerprint"]),
            "utterances": str(self.utterances.parameters["fingerprint"]),
        }


def make_languages_plan(job: LanguagesJob) -> LanguagesPlan:
    """Find the champion, the sources, the engines and the languages; no service is called.

    While a pipeline is laid out, ZenML's client answers with promises, so the registry is read and not mended here.

    Raises:
        SettingsError: No language is wanted, no engine has one that is, or a setting does not fit.
        SourceError: A source is missing.
        RegistryError: The active stack has no registry.
    """
    if not job.factory.locales:
        raise SettingsError("factory.locales: name the languages that the champion is to have, as BCP-47 tags")
    root = data_root_folder(job.data_root)
    backbone = backbone_stage(job.backbone)
    return LanguagesPlan(
        job=job,
        champion=registry.champion(connect()),
        corpus=make_corpus_plan(job.corpus_job()),
        utterances=source_stage(job.utterances, root),
        backbone=backbone,
        tuning=tuning_stage(job.tuning, backbone),
    )
