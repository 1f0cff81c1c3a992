"""Everything that the report of translated prompts is made from, in one value."""

from __future__ import annotations

from pydantic import Field

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellSummary, ComparisonStatistics
from crossprompt.records import Record
from crossprompt.reports.comparison_inputs import ChatScore, NotRun
from crossprompt.translator.records import ContenderFacts, LanguageTest


class PromptStudyInputs(Record):
    """The results of translated prompts and of what they are compared with, and how they came to be.

    ``pretraining`` says how the backbone was made. ``findings`` are sentences that explain from evidence what did not
    turn out as in the paper. ``started`` is UTC, ISO 8601.
    """

    title: str = "Prompts that are translated: the paper's tables beside ours"
    statistics: ComparisonStatistics
    tests: tuple[LanguageTest, ...] = ()
    contenders: tuple[ContenderFacts, ...] = ()
    backbone: str
    pretraining: str
    verbalizer: dict[str, str]
    auxiliary: str
    """What the parallel pairs are, in words."""
    findings: tuple[str, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    machine: dict[str, str] = Field(default_factory=dict)
    command: str = ""
    started: str = ""
    hours: float | None = None

    @property
    def chat(self) -> tuple[ChatScore, ...]:
        """No chat model is asked here."""
        return ()

    @property
    def alpha(self) -> float:
        """Below which a p value counts."""
        return 1 - self.statistics.confidence

    @property
    def shots(self) -> tuple[int, ...]:
        """All numbers of examples of a label, in order."""
        return tuple(sorted({own.cell.shots for own in self.statistics.cells if own.cell.shots is not None}))

    def summary(self, contender: str, shots: int) -> CellSummary | None:
        """A cell, where it was measured."""
        return self.statistics.cell(cell_of(contender, shots))

    def test(self, first: Cell, second: Cell) -> LanguageTest | None:
        """The test over languages, where it was made."""
        return next((own for own in self.tests if (own.first, own.second) == (first, second)), None)


def cell_of(contender: str, shots: int) -> Cell:
    """The cell of a contender."""
    return Cell(contender=contender, task="xnli", shots=shots)
