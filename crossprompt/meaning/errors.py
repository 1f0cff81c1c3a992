"""The error of a screening that can't be made."""

from __future__ import annotations


class MeaningError(ValueError):
    """The prompt is missing, or there are too few turns; the message says what to do."""
