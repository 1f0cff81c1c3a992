"""What can go wrong between a corpus and its human ratings."""

from __future__ import annotations


class RatingError(ValueError):
    """One sentence that says what is wrong, in which file or language, and what to do."""
