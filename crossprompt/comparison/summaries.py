"""What the statistics of a comparison say. Scores, differences and intervals are in percent (points)."""

from __future__ import annotations

from crossprompt.comparison.records import Cell
from crossprompt.records import Record


class SeedTraining(Record):
    """The training of one seed of a cell: the draw of examples, the start, and what it cost."""

    seed: int
    learning_rate: float
    updates: int
    dev_score: float


class ScoreSummary(Record):
    """A score over seeds: ``std`` with n - 1 (None with one seed); the interval is a bootstrap over utterance ids."""

    mean: float
    std: float | None
    low: float
    high: float
    by_seed: tuple[float, ...]


class LocaleSummary(Record):
    """A cell in one locale."""

    locale: str
    utterances: int
    score: ScoreSummary


class CellSummary(Record):
    """A cell: the average over its locales, seed by seed, and each locale."""

    cell: Cell
    average: ScoreSummary
    locales: tuple[LocaleSummary, ...]
    trainings: tuple[SeedTraining, ...]

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seeds, in order."""
        return tuple(training.seed for training in self.trainings)

    def score(self, locale: str | None) -> ScoreSummary | None:
        """The score in ``locale``, or on average (None); None where the locale was not measured."""
        if locale is None:
            return self.average
        return next((found.score for found in self.locales if found.locale == locale), None)

    @property
    def means(self) -> dict[str, float]:
        """The mean score in each locale."""
        return {found.locale: found.score.mean for found in self.locales}

    def mean_without(self, locale: str) -> float | None:
        """The mean over all locales but one; None where there is no other."""
        others = [mean for own, mean in self.means.items() if own != locale]
        return sum(others) / len(others) if others else None


def gains_between(first: CellSummary | None, second: CellSummary | None) -> dict[str, float]:
    """First minus second in each locale that both were measured in, in points; nothing where one was not measured."""
    if first is None or second is None:
        return {}
    other = second.means
    return {locale: mean - other[locale] for locale, mean in first.means.items() if locale in other}


class Difference(Record):
    """First minus second, with an interval, a two-sided p, and p corrected by Holm's method (None: not one of many)."""

    difference: float
    low: float
    high: float
    p: float
    p_corrected: float | None = None


class LocaleDifference(Record):
    """A paired comparison in one locale, over ``utterances`` that both answered."""

    locale: str
    utterances: int
    difference: Difference


class GroupDifference(Record):
    """A paired comparison on the average over the locales of one script or one family."""

    name: str
    locales: tuple[str, ...]
    first: float
    second: float
    difference: Difference


class CellComparison(Record):
    """Two cells on the same seeds, locales and utterances."""

    first: Cell
    second: Cell
    seeds: tuple[int, ...]
    utterances: int
    """Distinct ids."""
    test: str
    """The test behind all p values but ``over_seeds``', as the report names it."""
    pooled: Difference
    """On the average over locales, with the translations of one utterance taken together."""
    over_seeds: Difference | None
    """Student's paired t-test over seeds on the averages over locales: would other shots and starts say the same? None
    with one seed; the other tests take the trained models as given.
    """
    locales: tuple[LocaleDifference, ...]
    by_script: tuple[GroupDifference, ...]
    by_family: tuple[GroupDifference, ...]

    def reversed(self) -> CellComparison:
        """The same with first and second exchanged."""
        flipped = {
            name: tuple(
                part.model_copy(
                    update={"first": part.second, "second": part.first, "difference": _turn(part.difference)}
                )
                for part in getattr(self, name)
            )
            for name in ("by_script", "by_family")
        }
        return self.model_copy(
            update={
                "first": self.second,
                "second": self.first,
                "pooled": _turn(self.pooled),
                "over_seeds": None if self.over_seeds is None else _turn(self.over_seeds),
                "locales": tuple(
                    part.model_copy(update={"difference": _turn(part.difference)}) for part in self.locales
                ),
                **flipped,
            }
        )


class ComparisonStatistics(Record):
    """All cells, and the comparisons between them."""

    cells: tuple[CellSummary, ...]
    comparisons: tuple[CellComparison, ...]
    confidence: float

    def cell(self, cell: Cell) -> CellSummary | None:
        """The summary of ``cell``, or None where it was not measured."""
        return next((summary for summary in self.cells if summary.cell == cell), None)

    def comparison(self, first: Cell, second: Cell) -> CellComparison | None:
        """First minus second, or None where the two were not compared."""
        for found in self.comparisons:
            if (found.first, found.second) == (first, second):
                return found
            if (found.first, found.second) == (second, first):
                return found.reversed()
        return None


def _turn(value: Difference) -> Difference:
    return value.model_copy(
        update={"difference": -value.difference, "low": -value.high, "high": -value.low},
    )
