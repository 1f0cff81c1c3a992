"""From the sections of a comparison's configuration to what each of its steps is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from pydantic import Field, field_validator, model_validator

from crossprompt.alignment.settings import AlignmentSettings, PairSettings
from crossprompt.chat.settings import ChatSettings
from crossprompt.comparison.contenders import Way, way_of
from crossprompt.comparison.settings import CellSettings, MeasuringSettings, StatisticsSettings
from crossprompt.corpora.settings import (
    SentenceSettings,
    SourceSettings,
    TatoebaSettings,
)
from crossprompt.corpora.sources import data_root_folder, resolve_source
from crossprompt.reports.settings import ComparisonReporting
from crossprompt.retrieval.settings import RetrievalSettings
from crossprompt.settings import Settings, all_different
from infra.secrets import refuse_written_password
from pipelines.plan import AligningPlan, AligningSections, Stage, begin_plan, source_places, source_stage

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


class Comparison(AligningSections):
    """All sections of a configuration, validated."""

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
    reporting: ComparisonReporting = ComparisonReporting()

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


@dataclass(frozen=True)
class ComparisonPlan(AligningPlan):
    """A comparison with its sources found."""

    comparison: Comparison
    measuring: Stage
    sentences: Stage | None
    retrieval: Stage | None
    dialogue_intents: Stage | None


def make_comparison_plan(comparison: Comparison) -> ComparisonPlan:
    """Find the sources of a comparison.

    Raises:
        SettingsError: A variant is wrong; see also :func:`pipelines.plan.begin_plan`.
        SourceError, BackboneError: See :func:`pipelines.plan.begin_plan`.
    """
    begun, root = begin_plan(comparison), data_root_folder(comparison.data_root)
    ablation, retrieval = comparison.pair_ablation, comparison.retrieval
    with_dialogues = any(cell.task == "xsgd" for cell in comparison.cells)
    return ComparisonPlan(
        **vars(begun),
        comparison=comparison,
        measuring=_measuring_stage(comparison.measuring, begun.backbone),
        sentences=None if ablation is None else source_stage(ablation.sentence_settings(), root),
        retrieval=None if retrieval is None else _retrieval_stage(retrieval, begun.backbone, root),
        dialogue_intents=_dialogue_stage(comparison, root) if with_dialogues else None,
    )


def _measuring_stage(settings: MeasuringSettings, backbone: Stage) -> Stage:
    refuse_written_password(settings.tuning.storage or "", "measuring.tuning.storage")
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
        places=source_places(source, root),
    )
