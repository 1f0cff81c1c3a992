"""Is a translation about as long as translations into its language are?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

SLACK = 8.0
"""Characters added on both sides of a ratio, so that ``Yes.`` may become a polite sentence."""

MIN_SOURCE = 10
"""Shorter sources say nothing about what is usual for a locale, in characters."""

USUAL_BOUNDS = (0.2, 2.5)
"""What a whole language may expand or shrink by: Chinese is near 0.35, Tamil and Malayalam near 1.2."""


def usual_ratio(sources: Sequence[str], targets: Sequence[str]) -> float:
    """Median of target by source length (characters) in a locale, within bounds; 1 if there is none."""
    lengths = ([len(text) for text in texts] for texts in (sources, targets))
    return usual_ratio_of_lengths(*(np.array(side, dtype=np.int64) for side in lengths))


def usual_ratio_of_lengths(sources: npt.NDArray[np.integer], targets: npt.NDArray[np.integer]) -> float:
    """:func:`usual_ratio` of texts of these lengths, ``[texts]``; a missing text has none."""
    telling = (targets > 0) & (sources >= MIN_SOURCE)
    if not telling.any():
        return 1.0
    low, high = USUAL_BOUNDS
    return float(np.clip(np.median(targets[telling] / sources[telling]), low, high))


def scaled_ratio(source: str, target: str, usual: float) -> float:
    """How many times longer ``target`` is than is ``usual`` for this source; below 1 is shorter."""
    return (len(target) + SLACK) / (len(source) * usual + SLACK)
