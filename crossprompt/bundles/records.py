"""What a bundle says of itself: the content of ``bundle.json``."""

from __future__ import annotations

from typing import Any

from crossprompt.backbones.records import BackboneIdentity
from crossprompt.records import Record
from crossprompt.tasks.records import Method

FORMAT = 1


class BundledFile(Record):
    """Size in bytes and hex SHA-256 of one file."""

    size: int
    sha256: str


class BundledClassifier(Record):
    """One classifier of a task, by what it is known by among the task's files and predictions."""

    method: Method
    seed: int
    dev_score: float
    """On English dev, in percent."""


class BundledTask(Record):
    """A task that the bundle serves."""

    name: str
    """``intent`` or ``slots``."""
    score_name: str
    """Such as ``accuracy`` or ``F1``; always in percent."""
    labels: tuple[str, ...]
    """What the logits stand for, in their order."""
    classifiers: tuple[BundledClassifier, ...]
    """The aligned one, which serves, and the fresh one if it is shown beside it."""
    locales: tuple[str, ...]
    """BCP-47 tags of the locales with predictions, sorted."""
    settings: dict[str, Any]
    """Of the task, as far as answering needs them: how the words of a text are found."""


class BundleIndex(Record):
    """The content of ``bundle.json``, which is written last and names every other file of the bundle."""

    format: int = FORMAT
    fingerprint: str
    """Hex SHA-256 of what the bundle says: equal for equal models, whenever and wherever they were put together."""
    backbone: BackboneIdentity
    max_tokens: int
    """Longest text in tokens, as in training."""
    languages: tuple[str, ...]
    """BCP-47 tags of the languages aligned with English, sorted."""
    tasks: tuple[BundledTask, ...]
    """In order of their names."""
    data: dict[str, str]
    """Fingerprints of what was learned from and tested on, by name."""
    created: str
    """UTC, ISO 8601, to the second."""
    created_by: str
    versions: dict[str, str]
    """Of the libraries that results depend on."""
    files: dict[str, BundledFile]
    """Every other file by its path inside the bundle."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales with predictions of any task, sorted."""
        return tuple(sorted({locale for task in self.tasks for locale in task.locales}))
