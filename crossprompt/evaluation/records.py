"""Scores per locale and overall. All accuracies, gaps and intervals are in percent (points)."""

from __future__ import annotations

from crossprompt.records import Record
from crossprompt.tasks.records import Method


class MethodScore(Record):
    """One method in one locale: mean and standard deviation over seeds, bootstrap interval over utterances.

    ``std`` is with n - 1, and None where there is one seed; the interval is that of the mean over these seeds.
    """

    method: Method
    mean: float
    std: float | None
    low: float
    high: float
    gap_to_english: float
    """English mean minus this locale's mean."""
    by_seed: tuple[float, ...]


class PairedTest(Record):
    """Aligned minus fresh on the same predictions: difference in points, interval, p and p corrected over locales.

    ``test`` names the test, as the report says it.
    """

    difference: float
    low: float
    high: float
    p: float
    p_corrected: float | None
    test: str


class LocaleScore(Record):
    """One locale."""

    locale: str
    utterances: int
    majority: float
    """Accuracy of always answering the most frequent intent of English train."""
    methods: tuple[MethodScore, ...]
    comparison: PairedTest


class EvaluationResult(Record):
    """All locales in order of their tags, the averages over locales, and the pooled tests."""

    locales: tuple[LocaleScore, ...]
    average: tuple[MethodScore, ...]
    """Mean over locales per seed, then over seeds; ``gap_to_english`` is English minus the average of the others."""
    average_majority: float
    pooled: PairedTest
    """Clustered by utterance id: the translations of one sentence are not independent."""
    pooled_mcnemar: PairedTest
    """McNemar over all single predictions, for comparison with the literature."""
    seeds: tuple[int, ...]
    confidence: float
    over_seeds: PairedTest | None = None
    """Student's paired test over seeds on the averages over locales: would other shots and starts say the same? None
    with one seed; the other tests take the trained classifiers as given."""
