"""What a study of translated prompts says beside the statistics that all studies have."""

from __future__ import annotations

from crossprompt.comparison.records import Cell
from crossprompt.records import Record


class LanguageTest(Record):
    """First minus second, tested over languages: each is one value, its mean over seeds (paper 003, table II)."""

    first: Cell
    second: Cell
    languages: int
    difference: float
    low: float
    high: float
    p: float
    """Of Student's paired t-test, two-tailed."""


class ContenderFacts(Record):
    """How a contender learned."""

    contender: str
    description: str
    tunes_backbone: bool
    """Whether the backbone is trained too."""
    learning_rate: float
