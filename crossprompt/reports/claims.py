"""What a paper claims, the differences that decide it, and what became of it: for the reports of all studies."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import CellSummary, ComparisonStatistics, Difference
from crossprompt.evaluation.statistics import seeds_test
from crossprompt.reports.formats import number, p_phrase, plural, shots_in_words, signed, signed_interval

NOT_COMPARED = "no such pair of cells is in the configuration"
"""Why a study that is all of one configuration has no evidence."""


class Verdict(StrEnum):
    """What became of a claim."""

    HOLDS = "holds"
    DOES_NOT_HOLD = "does not hold"
    UNDECIDED = "not decided"
    NOT_MEASURED = "not measured"


@dataclass(frozen=True)
class Evidence:
    """One thing that the claim says: its name, the numbers in words, and whether they bear it out.

    A positive ``difference`` supports the claim; it is None where nothing was measured, ``p`` where nothing could be
    tested.
    """

    label: str
    words: str
    difference: float | None = None
    low: float | None = None
    high: float | None = None
    p: float | None = None
    p_over_seeds: float | None = None

    @property
    def measured(self) -> bool:
        """Whether there is anything to judge by."""
        return self.difference is not None


Inputs = TypeVar("Inputs")
"""What a study's report is made from."""


@dataclass(frozen=True)
class Claim(Generic[Inputs]):
    """What a paper says, or a question that its protocol leaves open; where; and how it is looked up in the inputs."""

    text: str
    source: str
    look_up: Callable[[Inputs], list[Evidence]]


@dataclass(frozen=True)
class JudgedClaim:
    """What is claimed, where, and what became of it; ``partly``: some of what it says was not measured."""

    text: str
    source: str
    evidence: tuple[Evidence, ...]
    verdict: Verdict

    @property
    def partly(self) -> bool:
        """Whether some of it was measured and some was not."""
        return self.verdict is not Verdict.NOT_MEASURED and not all(part.measured for part in self.evidence)


_COUNTED = {
    Verdict.HOLDS: ("holds", "hold"),
    Verdict.DOES_NOT_HOLD: ("does not", "do not"),
    Verdict.UNDECIDED: ("stays undecided", "stay undecided"),
    Verdict.NOT_MEASURED: ("was not measured", "were not measured"),
}
"""What one and what many claims do."""


def tally(verdicts: Iterable[Verdict]) -> str:
    """How claims came out: ``Of 5 claims 3 hold, 2 stay undecided.``"""
    found = list(verdicts)
    counts = {verdict: found.count(verdict) for verdict in Verdict}
    told = ", ".join(f"{count} {_COUNTED[verdict][count > 1]}" for verdict, count in counts.items() if count)
    return f"Of {plural(len(found), 'claim')} {told}."


def judge(evidence: Sequence[Evidence], alpha: float) -> Verdict:
    """A claim holds if all that was measured of it points its way and is significant at ``alpha``.

    It does not hold if anything points the other way significantly; else it is not decided.
    """
    measured = [part for part in evidence if part.measured]
    if not measured:
        return Verdict.NOT_MEASURED
    sure = [part.p is not None and part.p < alpha for part in measured]
    right = [(part.difference or 0.0) > 0 for part in measured]
    if any(certain and not fits for certain, fits in zip(sure, right, strict=True)):
        return Verdict.DOES_NOT_HOLD
    return Verdict.HOLDS if all(sure) and all(right) else Verdict.UNDECIDED


def judge_claims(claims: Iterable[Claim[Inputs]], inputs: Inputs, alpha: float) -> list[JudgedClaim]:
    """All claims with their verdicts, in their order."""
    found = [(claim, tuple(claim.look_up(inputs))) for claim in claims]
    return [JudgedClaim(claim.text, claim.source, evidence, judge(evidence, alpha)) for claim, evidence in found]


def difference_evidence(
    label: str, first: Cell, second: Cell, statistics: ComparisonStatistics, reason: str, besides: str = ""
) -> Evidence:
    """First minus second on the average over locales.

    Args:
        label: What it is called.
        first: Claimed to be the better one.
        second: The other.
        statistics: What was compared.
        reason: Why nothing was measured, where that is so.
        besides: Words on another test of the same difference.
    """
    found = statistics.comparison(first, second)
    if found is None:
        return Evidence(label, reason)
    pooled, seeds = found.pooled, found.over_seeds
    said = (in_words(pooled), besides, f"over seeds {p_phrase(seeds.p)}" if seeds else "")
    words = "; ".join(part for part in said if part)
    return Evidence(label, words, pooled.difference, pooled.low, pooled.high, pooled.p, seeds.p if seeds else None)


def seeds_evidence(label: str, by_seed: Sequence[float], confidence: float) -> Evidence | None:
    """A difference that each seed has one of, tested over seeds; None where there are too few."""
    tested = seeds_test(by_seed, confidence)
    if tested is None:
        return None
    mean, span, p = tested
    words = f"{in_words(Difference(difference=mean, low=span.low, high=span.high, p=p))} over seeds"
    return Evidence(label, words, mean, span.low, span.high, p, p)


def in_words(value: Difference) -> str:
    """``+3.1 (+1.0 to +5.2), p = 0.004``."""
    return f"{signed(value.difference)} ({signed_interval(value.low, value.high)}), {p_phrase(value.p)}"


def cell_name(cell: Cell) -> str:
    """``SPT-8, 4 shots``."""
    return f"{cell.contender}, {shots_in_words(cell.shots)}"


def difference_name(first: Cell, second: Cell, *, with_task: bool = True) -> str:
    """What differs, then what both have: ``APT − PT, intent, 5 shots``, or ``8 shots − 2 shots, SPT-8``."""
    sides = zip(_names(first, with_task), _names(second, with_task), strict=True)
    pairs = [(one, other) for one, other in sides]
    apart = [f"{one} − {other}" for one, other in pairs if one != other]
    return ", ".join([*apart, *(one for one, other in pairs if one == other)])


def contenders_apart(first: Cell, second: Cell) -> str:
    """``APT − PT``."""
    return f"{first.contender} − {second.contender}"


def best_in_words(cells: Sequence[CellSummary], what: str) -> str:
    """The cell with the best average: ``SPT-8, 8 shots gets 61.0 % of topics right, on average over 52 languages.``

    Args:
        cells: Any.
        what: What is right or wrong, such as ``topics``.
    """
    if not cells:
        return "Nothing was measured."
    best = max(cells, key=lambda own: own.average.mean)
    where = f"on average over {plural(len(best.locales), 'language')}"
    return f"{cell_name(best.cell)} gets {number(best.average.mean)} % of {what} right, {where}."


def _names(cell: Cell, with_task: bool) -> tuple[str, ...]:
    task = (cell.task,) if with_task else ()
    return (cell.contender, *task, shots_in_words(cell.shots))
