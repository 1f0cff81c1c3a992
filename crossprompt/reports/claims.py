"""What somebody claims, the differences that decide it, and what became of it: for the reports of all studies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from crossprompt.comparison.records import Cell
from crossprompt.comparison.summaries import ComparisonStatistics, Difference
from crossprompt.reports.formats import p_phrase, signed


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
    Verdict.HOLDS: "{} hold",
    Verdict.DOES_NOT_HOLD: "{} do not",
    Verdict.UNDECIDED: "{} stay undecided",
    Verdict.NOT_MEASURED: "{} were not measured",
}


def tally(verdicts: Iterable[Verdict]) -> str:
    """How claims came out: ``Of 5 claims 3 hold, 2 stay undecided.``"""
    found = list(verdicts)
    counts = {verdict: found.count(verdict) for verdict in Verdict}
    told = ", ".join(_COUNTED[verdict].format(count) for verdict, count in counts.items() if count)
    return f"Of {len(found)} claims {told}."


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


def judged(text: str, source: str, evidence: Sequence[Evidence], alpha: float) -> JudgedClaim:
    """A claim with its verdict."""
    return JudgedClaim(text=text, source=source, evidence=tuple(evidence), verdict=judge(evidence, alpha))


def difference_evidence(
    label: str, first: Cell, second: Cell, statistics: ComparisonStatistics, reason: str
) -> Evidence:
    """First minus second on the average over locales.

    Args:
        label: What it is called.
        first: Claimed to be the better one.
        second: The other.
        statistics: What was compared.
        reason: Why nothing was measured, where that is so.
    """
    found = statistics.comparison(first, second)
    if found is None:
        return Evidence(label, reason)
    pooled, seeds = found.pooled, found.over_seeds
    words = in_words(pooled) + (f"; over seeds {p_phrase(seeds.p)}" if seeds else "")
    return Evidence(label, words, pooled.difference, pooled.low, pooled.high, pooled.p, seeds.p if seeds else None)


def in_words(value: Difference) -> str:
    """``+3.1 (+1.0 to +5.2), p = 0.004``."""
    return f"{signed(value.difference)} ({signed(value.low)} to {signed(value.high)}), {p_phrase(value.p)}"
