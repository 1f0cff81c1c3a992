"""Everything that the report of translated prompts is made from, in one value."""

from __future__ import annotations

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellSummary
from crossprompt.reports.study_inputs import ChatScore, NotRun, StudyInputs
from crossprompt.translator.records import ContenderFacts, LanguageTest


class PromptStudyInputs(StudyInputs):
    """The results of translated prompts and of what they are compared with."""

    tests: tuple[LanguageTest, ...] = ()
    contenders: tuple[ContenderFacts, ...] = ()
    verbalizer: dict[str, str]
    auxiliary: str
    """What the parallel pairs are, in words."""
    not_run: tuple[NotRun, ...] = ()

    @property
    def chat(self) -> tuple[ChatScore, ...]:
        """No chat model is asked here."""
        return ()

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
