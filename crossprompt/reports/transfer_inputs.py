"""Everything that the report of soft prompts on decoders is made from, in one value."""

from __future__ import annotations

from pydantic import Field

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellSummary, ComparisonStatistics
from crossprompt.records import Record
from crossprompt.soft_prompts.records import TransferFacts
from crossprompt.soft_prompts.topics import TOPICS


class TransferInputs(Record):
    """The results of soft prompts on a decoder, and how they came to be.

    ``pretraining`` says how the decoder was made. ``findings`` are sentences that explain from evidence what did not
    turn out as in the paper. ``started`` is UTC, ISO 8601.
    """

    title: str = "Soft prompts on a decoder: transfer from English"
    statistics: ComparisonStatistics
    facts: TransferFacts
    backbone: str
    pretraining: str
    verbalizer: dict[str, str]
    findings: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    machine: dict[str, str] = Field(default_factory=dict)
    command: str = ""
    started: str = ""
    hours: float | None = None

    @property
    def cells(self) -> tuple[CellSummary, ...]:
        """Those whose answers are judged among the topics' words."""
        return tuple(own for own in self.statistics.cells if own.cell.task == TOPICS)

    @property
    def alpha(self) -> float:
        """Below which a p value counts."""
        return 1 - self.statistics.confidence

    def summary(self, cell: Cell | None) -> CellSummary | None:
        """The summary of ``cell``, where it was measured."""
        return None if cell is None else self.statistics.cell(cell)
