"""What a comparison measures, one record per file and locale."""

from __future__ import annotations

from crossprompt.records import Record
from crossprompt.tasks.task import ScoredAnswers


class Cell(Record):
    """What is measured together: one contender on one task with so many shots.

    ``contender`` names a way to tune as the configuration does: ``FT``, ``FT-matched`` (fine-tuning with as many
    updates as prompt tuning), ``PT``, ``APT``, or an aligned prompt of an ablation such as ``APT-mlm-only`` or
    ``APT-length-1``. ``shots`` is per label; None: all data.
    """

    contender: str
    task: str
    shots: int | None


class Measurement(Record):
    """One result file: a trained model of a cell, by its seed, on the test of one locale."""

    cell: Cell
    seed: int
    answers: ScoredAnswers
    learning_rate: float
    updates: int
    """Updates that were done; the best look at English dev decides which state was kept."""
    dev_score: float
    """On English dev, in percent."""
    fingerprint: str
    """Hex SHA-256 of all that decides the numbers: data, backbone, prompt, settings, code."""
    seconds: float | None = None
    """Wall-clock seconds since the result before it was there, or since measuring began; None: not known. The sum over
    all results is what measuring took at least, over all runs: what one did between its last result and its end is not
    in it.
    """
