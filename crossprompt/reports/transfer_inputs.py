"""Everything that the report of soft prompts on decoders is made from, in one value."""

from __future__ import annotations

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellSummary
from crossprompt.reports.study_inputs import StudyInputs
from crossprompt.soft_prompts.records import TransferFacts
from crossprompt.soft_prompts.topics import TOPICS


class TransferInputs(StudyInputs):
    """The results of soft prompts on a decoder."""

    facts: TransferFacts
    verbalizer: dict[str, str]

    @property
    def cells(self) -> tuple[CellSummary, ...]:
        """Those whose answers are judged among the topics' words."""
        return tuple(own for own in self.statistics.cells if own.cell.task == TOPICS)

    def summary(self, cell: Cell | None) -> CellSummary | None:
        """The summary of ``cell``, where it was measured."""
        return None if cell is None else self.statistics.cell(cell)
