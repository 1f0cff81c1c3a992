"""What an alignment run tells about itself."""

from __future__ import annotations

from crossprompt.records import Record


class AlignmentPoint(Record):
    """One update: losses are means over the batch; ``accuracy`` is the share of x whose nearest y is its own."""

    step: int
    loss: float
    mlm_loss: float
    contrastive_loss: float
    accuracy: float
    learning_rate: float


class AlignmentCurve(Record):
    """The whole run; one point per update."""

    points: tuple[AlignmentPoint, ...]
    pairs: int
    """Distinct (dialogue or utterance, locale) pairs in the corpus."""
    monolingual: int
    locales: tuple[str, ...]
    dtype: str
    device: str
    seconds: float
    """Wall time over all sessions of the run, resumes included."""
