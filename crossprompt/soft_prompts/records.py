"""What the measurements of soft prompts come to beside accuracy."""

from __future__ import annotations

from crossprompt.comparison.records import Cell
from crossprompt.records import Record


class TopicScore(Record):
    """A cell in one language: macro-F1 over topics in percent, seed by seed in the seeds' order."""

    cell: Cell
    locale: str
    macro_f1: tuple[float, ...]

    @property
    def mean(self) -> float:
        """Over seeds."""
        return sum(self.macro_f1) / len(self.macro_f1)


class Trend(Record):
    """Whether something rises with the distance from English: a rank correlation over languages."""

    languages: int
    rho: float
    """Spearman's; NaN never: without variation it is 0."""
    p: float
    """Two-sided, by permutation of the languages."""


class Distances(Record):
    """What distance from English does to one cell, or to the difference of two."""

    first: Cell
    second: Cell | None = None
    """Then what is looked at is ``first`` minus ``second``."""
    by_kinship: dict[str, float]
    """Mean accuracy, or its difference, in points, over the languages of each kinship that has any."""
    languages_by_kinship: dict[str, int]
    trend: Trend
    """English left out."""


class TransferFacts(Record):
    """All that is computed of the measurements beside ``ComparisonStatistics``."""

    english: str
    scores: tuple[TopicScore, ...]
    distances: tuple[Distances, ...]

    def score(self, cell: Cell, locale: str) -> TopicScore | None:
        """The macro-F1 of a cell in a language; None where it was not measured."""
        return next((own for own in self.scores if (own.cell, own.locale) == (cell, locale)), None)

    def average_f1(self, cell: Cell) -> float | None:
        """Mean macro-F1 over languages; None where nothing was measured."""
        own = [score.mean for score in self.scores if score.cell == cell]
        return sum(own) / len(own) if own else None

    def distance(self, first: Cell, second: Cell | None = None) -> Distances | None:
        """What distance does to a cell, or to a difference; None where it was not computed."""
        return next((own for own in self.distances if (own.first, own.second) == (first, second)), None)
