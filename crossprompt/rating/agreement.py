"""How far raters agree: Krippendorff's alpha by NLTK (Apache 2.0), and the plain difference between two answers.

Alpha weighs the disagreement within items against that of answers put together at random. Where nearly all answers are
alike it is low even if raters hardly differ, so the plain difference stands beside it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from itertools import combinations

from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import interval_distance

Rated = tuple[str, str, float]
"""Rater, item, answer."""


def krippendorff_alpha(answers: Sequence[Rated]) -> float | None:
    """Krippendorff's alpha with the interval metric; raters may have left out items.

    Items with a single answer can't disagree and don't count.

    Returns:
        At most 1; 0 is what chance gives. None where alpha does not exist: no item has two answers, or all answers
        (of items that do) are equal, so that there is nothing to disagree about.
    """
    pairable = [(rater, item, answer) for item, group in _by_item(answers) for rater, answer in group]
    if len({answer for _, _, answer in pairable}) < 2:
        return None
    return float(AnnotationTask(data=pairable, distance=interval_distance).alpha())


def mean_difference(answers: Sequence[Rated]) -> float | None:
    """Mean absolute difference between two raters of one item, over all pairs; None if no item has two answers."""
    differences = [
        abs(first - second) for _, group in _by_item(answers) for (_, first), (_, second) in combinations(group, 2)
    ]
    return sum(differences) / len(differences) if differences else None


def _by_item(answers: Sequence[Rated]) -> list[tuple[str, list[tuple[str, float]]]]:
    """Each item that has two answers or more, with them."""
    groups: dict[str, list[tuple[str, float]]] = defaultdict(list)
    for rater, item, answer in answers:
        groups[item].append((rater, answer))
    return [(item, group) for item, group in groups.items() if len(group) > 1]
