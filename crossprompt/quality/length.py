"""Is a translation about as long as translations into its language are?"""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

SLACK = 8.0
"""Characters added on both sides of a ratio, so that ``Yes.`` may become a polite sentence."""

MIN_SOURCE = 10
"""Shorter sources say nothing about what is usual for a locale, in characters."""

USUAL_BOUNDS = (0.2, 2.5)
"""What a whole language may expand or shrink by: Chinese is near 0.35, Tamil and Malayalam near 1.2."""


def usual_ratio(sources: Sequence[str], targets: Sequence[str]) -> float:
    """Median of target by source length (characters) in a locale, within bounds; 1 if there is none."""
    ratios = [len(t) / len(s) for s, t in zip(sources, targets, strict=True) if t and len(s) >= MIN_SOURCE]
    low, high = USUAL_BOUNDS
    return min(high, max(low, median(ratios))) if ratios else 1.0


def scaled_ratio(source: str, target: str, usual: float) -> float:
    """How many times longer ``target`` is than is ``usual`` for this source; below 1 is shorter."""
    return (len(target) + SLACK) / (len(source) * usual + SLACK)
