"""From the sections of a comparison's configuration to what each of its steps is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from crossprompt.alignment.settings import AlignmentSettings, PairSettings
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.chat.settings import ChatSettings
from crossprompt.comparison.contenders import Way, way_of
from crossprompt.comparison.settings import CellSettings, MeasuringSettings, StatisticsSettings
from crossprompt.corpora.settings import (
    DialogueSettings,
    SentenceSettings,
    SourceSettings,
    TatoebaSettings,
    UtteranceSettings,
)
from crossprompt.corpora.sources import data_root_folder, resolve_source
from crossprompt.quality.settings import ValidationSettings
from crossprompt.retrieval.settings import RetrievalSettings
from crossprompt.settings import Settings, all_different
from crossprompt.translation.engine import engine_locales
from crossprompt.translation.settings import TranslationSettings
from infra.addresses import shown_address
from infra.home import project_home
from pipelines.plan import Sections, Stage, backbone_stage, source_stage, translation_stage

CONVERSATION, SENTENCES = "APT-conversation", "APT-non-conversation"


class PairAblation(Settings):
    """Prompts aligned on conversation and on other text, equal in number, languages, lengths (paper 001, table 2)."""

    sentences: SourceSettings = SourceSettings(corpus="sib-200")
    """The other text; only its train split is aligned on."""
    pairs: PairSettings = PairSettings()
    """How both are matched; its ``languages`` are read."""
    alignment: dict[str, Any] = Field(default_factory=dict)
    """Changes to the section ``alignment`` for both."""

    def sentence_settings(self) -> SentenceSettings:
        """What is read of the other text, English included."""
        languages = self.pairs.languages
        wanted = None if languages is None else ("en", *(tag for tag in languages if tag != "en"))
        return SentenceSettings(source=self.sentences, languages=wanted, splits=("train",))


class RetrievalTest(Settings):
    """Finding translations with each aligned prompt and with none (paper 001, section 6)."""

    pairs: TatoebaSettings = TatoebaSettings()
    contenders: tuple[str, ...] = ("APT",)
    settings: RetrievalSettings = RetrievalSettings()


class ReportingSettings(Settings):
    """What the report says of itself."""

    title: str = "Three ways to tune: the paper's tables beside ours"
    pretraining: str = "not stated"
    """How the backbone was made, with or without translation pairs."""
    findings: tuple[str, ...] = ()
    """Sentences that explain from evidence what did not turn out as in the paper."""
    not_run: dict[str, str] = Field(default_factory=dict)
    """Why tasks were not measured, by task."""
    experiment: str = "compare_methods"


class Comparison(Sections):
    """All sections of a configuration, validated."""

    dialogues: DialogueSettings = DialogueSettings()
    utterances: UtteranceSettings = UtteranceSettings()
    translation: TranslationSettings = TranslationSettings()
    validation: ValidationSettings = ValidationSettings()
    backbone: BackboneSettings = BackboneSettings()
    alignment: AlignmentSettings = AlignmentSettings()
    variants: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """Aligned contenders beside ``APT``: their names, and what they change in the section ``alignment``."""
    pair_ablation: PairAblation | None = None
    cells: tuple[CellSettings, ...] = (CellSettings(task="intent", shots=5),)
    measuring: MeasuringSettings = MeasuringSettings()
    retrieval: RetrievalTest | None = None
    parallel_dialogues: SourceSettings = SourceSettings(corpus="cod")
    """Dialogues in other languages that task xsgd is tested on."""
    chat: ChatSettings = ChatSettings()
    statistics: StatisticsSettings = StatisticsSettings()
    reporting: ReportingSettings = ReportingSettings()
    data_root: str | None = None
    """A folder with the public archives under their own names; None: ``CROSSPROMPT_DATA_ROOT``, or their addresses."""

    @field_validator("cells")
    @classmethod
    def _once_each(cls, cells: tuple[CellSettings, ...]) -> tuple[CellSettings, ...]:
        all_different(tuple(cell.name for cell in cells))
        return cells

    @field_validator("variants")
    @classmethod
    def _aligned_names(cls, variants: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name in variants:
            if name in ("APT", CONVERSATION, SENTENCES) or way_of(name) is not Way.ALIGNED:
                raise ValueError(f"{name!r} can't name a variant: take APT-<something>, but none of the project's own")
        return variants

    @model_validator(mode="after")
    def _every_prompt_is_made(self) -> Self:
        asked = {name for cell in self.cells for name in cell.contenders}
        asked |= set(self.retrieval.contenders) if self.retrieval else set()
        missing = sorted(name for name in asked if way_of(name) is Way.ALIGNED and name not in self.prompts)
        if missing:
            raise ValueError(f"{', '.join(missing)}: no such alignment; there are {', '.join(self.prompts)}")
        return self

    @property
    def prompts(self) -> tuple[str, ...]:
        """The aligned contenders, in the order in which they are made."""
        ablation = () if self.pair_ablation is None else (CONVERSATION, SENTENCES)
        return ("APT", *self.variants, *ablation)

    def alignments(self) -> dict[str, AlignmentSettings]:
        """The settings of each alignment on the whole parallel text.

        Raises:
            SettingsError: A variant changes something that there is not, or to a value that is not valid.
        """
        whole = {name: self.changed_alignment(changes, f"variants.{name}") for name, changes in self.variants.items()}
        return {"APT": self.alignment, **whole}

    def changed_alignment(self, changes: dict[str, Any], section: str) -> AlignmentSettings:
        """The section ``alignment`` with ``changes``, which may reach into its prompt."""
        values = self.alignment.model_dump()
        prompt = {**values["prompt"], **changes.get("prompt", {})}
        return AlignmentSettings.parse({**values, **changes, "prompt": prompt}, section)

    def shown(self) -> dict[str, Any]:
        """All settings as plain values for people: no address of a study's database."""
        values = self.model_dump(mode="json")
        if self.measuring.tuning.storage:
            values["measuring"]["tuning"]["storage"] = shown_address(self.measuring.tuning.storage)
        return values


@dataclass(frozen=True)
class ComparisonPlan:
    """A comparison with its sources found."""

    comparison: Comparison
    locales: tuple[str, ...]
    dialogues: Stage
    utterances: Stage
    translation: Stage
    backbone: Stage
    measuring: Stage
    sentences: Stage | None
    retrieval: Stage | None
    dialogue_intents: Stage | None


def make_comparison_plan(comparison: Comparison) -> ComparisonPlan:
    """Find sources, backbone and languages; nothing is fetched that need not be.

    Raises:
        SettingsError: A variant is wrong, or the engine has not a locale that is set.
        SourceError: A source is missing.
        BackboneError: The backbone is missing or no masked language model.
    """
    root = data_root_folder(comparison.data_root)
    backbone = backbone_stage(comparison.backbone)
    ablation, retrieval = comparison.pair_ablation, comparison.retrieval
    with_dialogues = any(cell.task == "xsgd" for cell in comparison.cells)
    return ComparisonPlan(
        comparison=comparison,
        locales=engine_locales(comparison.translation, root, project_home()),
        dialogues=source_stage(comparison.dialogues, root),
        utterances=source_stage(comparison.utterances, root),
        translation=translation_stage(comparison.translation, root),
        backbone=backbone,
        measuring=_measuring_stage(comparison.measuring, backbone),
        sentences=None if ablation is None else source_stage(ablation.sentence_settings(), root),
        retrieval=None if retrieval is None else _retrieval_stage(retrieval, backbone, root),
        dialogue_intents=_dialogue_stage(comparison, root) if with_dialogues else None,
    )


def _measuring_stage(settings: MeasuringSettings, backbone: Stage) -> Stage:
    tuning = settings.tuning.model_copy(update={"storage": None})
    return Stage(
        parameters={**backbone.parameters, "measuring": settings.model_copy(update={"tuning": tuning})},
        places={**backbone.places, "storage": settings.tuning.storage},
    )


def _retrieval_stage(retrieval: RetrievalTest, backbone: Stage, root: Path | None) -> Stage:
    corpus = source_stage(retrieval.pairs, root)
    return Stage(
        parameters={
            **backbone.parameters,
            "pairs": corpus.parameters["settings"],
            "fingerprint": corpus.parameters["fingerprint"],
            "settings": retrieval.settings,
        },
        places={**backbone.places, **corpus.places},
    )


def _dialogue_stage(comparison: Comparison, root: Path | None) -> Stage:
    source = comparison.parallel_dialogues
    return Stage(
        parameters={
            "settings": comparison.measuring.xsgd,
            "corpus": source.corpus,
            "fingerprint": resolve_source(source, root).fingerprint,
        },
        places={"source": source.model_dump(mode="json"), "data_root": None if root is None else str(root)},
    )
