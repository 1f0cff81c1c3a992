"""From the sections of a configuration of soft prompts to what each of their steps is given."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from pydantic import model_validator

from crossprompt.backbones.loading import CAUSAL_LM, PACKAGED, BackboneError
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.corpora.settings import SentenceSettings, UtteranceSettings
from crossprompt.corpora.sources import data_root_folder
from crossprompt.reports.settings import TransferReporting
from crossprompt.settings import Settings
from crossprompt.soft_prompts.languages import PAPER_LANGUAGES
from crossprompt.soft_prompts.settings import CellSettings, MeasuringSettings
from infra.home import project_home
from pipelines.plan import Stage, backbone_stage, source_stage
from pipelines.sections import Sections


class TopicSettings(Settings):
    """The texts with topics."""

    sentences: SentenceSettings = SentenceSettings(languages=PAPER_LANGUAGES)
    """In SIB-200's layout; the paper's 52 languages unless others are named."""
    utterances: UtteranceSettings | None = None
    """Utterances instead, whose scenarios are the topics; None: the sentences."""


class Transfer(Sections):
    """All sections of a configuration, validated."""

    topics: TopicSettings = TopicSettings()
    decoder: BackboneSettings = BackboneSettings(name="mini-decoder")
    """The packaged decoder, one below ``backbones/`` in the project's home, a folder, or a hub model."""
    prompts: tuple[CellSettings, ...] = (
        CellSettings(shots=8, lengths=(1, 2, 4, 8, 16, 32)),
        CellSettings(shots=8, frozen=False),
        CellSettings(shots=8, reparameterized=True),
    )
    """Each is measured in a step of its own."""
    measuring: MeasuringSettings = MeasuringSettings()
    statistics: StatisticsSettings = StatisticsSettings()
    reporting: TransferReporting = TransferReporting()

    @model_validator(mode="after")
    def _once_each(self) -> Self:
        seen: set[tuple[int | None, str]] = set()
        for cell in self.prompts:
            for length in cell.lengths:
                key = cell.shots, cell.contender(length)
                if key in seen:
                    raise ValueError(f"{key[1]} with {key[0] or 'all'} shots is there twice: name it once")
                seen.add(key)
        return self


@dataclass(frozen=True)
class TransferPlan:
    """Soft prompts with their sources found."""

    transfer: Transfer
    topics: Stage
    measuring: Stage

    def step_of(self, place: int) -> str:
        """The name of the step that measures the cell at ``place``: names of cells may repeat with other lengths."""
        cells = self.transfer.prompts
        name = cells[place].name
        earlier = sum(cell.name == name for cell in cells[:place])
        return f"measure_{name}" + (f"_{earlier + 1}" if earlier else "")


def make_transfer_plan(transfer: Transfer) -> TransferPlan:
    """Find the source and the decoder; nothing is fetched that need not be.

    Raises:
        SourceError: The source is missing.
        BackboneError: The decoder is missing or no causal language model.
    """
    root = data_root_folder(transfer.data_root)
    decoder = decoder_stage(transfer.decoder)
    topics = transfer.topics
    return TransferPlan(
        transfer=transfer,
        topics=source_stage(topics.utterances or topics.sentences, root),
        measuring=Stage({**decoder.parameters, "measuring": transfer.measuring}, decoder.places),
    )


def decoder_stage(settings: BackboneSettings) -> Stage:
    """As :func:`pipelines.plan.backbone_stage`, for a decoder that may be one that was made on this machine.

    Raises:
        BackboneError: There is none of this name, or it is no causal language model.
    """
    if settings.name in PACKAGED:
        return backbone_stage(settings, CAUSAL_LM)
    made = project_home() / "backbones" / settings.name
    if made.is_dir():
        settings = settings.model_copy(update={"name": str(made)})
    elif settings.revision is None and not Path(settings.name).expanduser().is_dir():
        raise BackboneError(
            f"decoder {settings.name!r}: there is no such folder, here or in {made.parent}; take mini-decoder, which "
            f"comes with the package, make one of this name (package.name: {settings.name}) with 'zenml pipeline run "
            "pretrain_mini' from a copy of configs/pretrain_decoder.yaml, or give a hub id with its revision"
        )
    return backbone_stage(settings, CAUSAL_LM)
