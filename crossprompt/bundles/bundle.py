"""A bundle that is opened: every file checked once, its parts loaded when they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pydantic import ValidationError

from crossprompt.backbones.settings import BackboneSettings
from crossprompt.bundles.predictions import load_predictions
from crossprompt.bundles.records import FORMAT, BundledFile, BundledTask, BundleIndex
from crossprompt.prompts.file import AlignedPrompt, load_prompt
from crossprompt.storage.fingerprint import fingerprint_file
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.file import load_classifiers
from crossprompt.tasks.records import Method

INDEX = "bundle.json"
PROMPT = "prompt.safetensors"
TASKS = "tasks"
PREDICTIONS = "predictions"
DECISION = "decision.json"


class BundleError(ValueError):
    """A bundle can't be written or read; the message says which part is wrong and what to do."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """An opened bundle. ``index`` says what it holds; the files were those that it names when it was opened."""

    folder: Path
    index: BundleIndex

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of what the bundle says."""
        return self.index.fingerprint

    def task(self, name: str) -> BundledTask:
        """What the bundle says of the task ``name``.

        Raises:
            BundleError: It has no such task.
        """
        for task in self.index.tasks:
            if task.name == name:
                return task
        known = ", ".join(task.name for task in self.index.tasks)
        raise BundleError(f"the bundle in {self.folder} has no task {name!r}; it has {known}")

    def load_prompt(self) -> AlignedPrompt:
        """The aligned prompt that the classifiers were tuned from."""
        return load_prompt(self.folder / PROMPT)

    def load_classifiers(self, task: str) -> tuple[TunedClassifier, ...]:
        """The classifiers of a task: the aligned one, then the fresh one if it is there.

        Raises:
            BundleError: The bundle has no such task.
        """
        return load_classifiers(self.folder / TASKS / self.task(task).name)

    def load_classifier(self, task: str, method: Method = Method.ALIGNED) -> TunedClassifier | None:
        """The classifier of a task that serves, or (``fresh``) is shown beside it; None where that one is not there."""
        return next((own for own in self.load_classifiers(task) if own.history.method is method), None)

    def load_predictions(self, task: str) -> pa.Table:
        """Rows of ``crossprompt.bundles.predictions.PREDICTION_SCHEMA``.

        Raises:
            BundleError: The bundle has no such task.
        """
        return load_predictions(self.folder / PREDICTIONS / f"{self.task(task).name}.parquet")

    def read_decision(self) -> str | None:
        """The gate's record as JSON, or None where no gate has judged the bundle yet."""
        if DECISION not in self.index.files:
            return None
        return (self.folder / DECISION).read_text(encoding="utf-8")

    def backbone_settings(self, settings: BackboneSettings | None = None) -> BackboneSettings:
        """What to load the backbone with that the bundle needs.

        Args:
            settings: Number format, attention, and as the name where the backbone lies on this machine; None: defaults
                and the backbone's own name. Their revision and length do not count.
        """
        own = self.index.backbone
        given = settings or BackboneSettings(name=own.name, revision=own.revision)
        return given.model_copy(update={"revision": own.revision, "max_tokens": self.index.max_tokens})


def open_bundle(folder: Path) -> Bundle:
    """Open the bundle in ``folder`` after checking every file that it names.

    Raises:
        BundleError: There is no finished bundle, it is of another format, or a file is missing or was altered.
    """
    index = read_index(folder)
    for name, expected in index.files.items():
        _check_file(folder, name, expected)
    return Bundle(folder, index)


def read_index(folder: Path) -> BundleIndex:
    """What the bundle in ``folder`` says it is, its other files unseen.

    Raises:
        BundleError: See :func:`open_bundle`.
    """
    path = folder / INDEX
    try:
        index = BundleIndex.model_validate_json(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise BundleError(
            f"{folder} holds no finished bundle: {INDEX}, which is written last, is missing; run the pipeline again"
        ) from None
    except ValidationError as error:
        fields = ", ".join(sorted({".".join(map(str, item["loc"])) or "all of it" for item in error.errors()}))
        raise BundleError(f"{path} can't be understood (fields: {fields}); take the bundle from its source") from None
    if index.format != FORMAT:
        raise BundleError(f"{path} has format {index.format}, this program reads {FORMAT}: use the version it names")
    return index


def seal(path: Path) -> BundledFile:
    """Size and SHA-256 of a file."""
    return BundledFile(size=path.stat().st_size, sha256=fingerprint_file(path))


def _check_file(folder: Path, name: str, expected: BundledFile) -> None:
    path = folder / name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise BundleError(f"{folder / INDEX} names {name}, which lies outside the bundle: don't use it")
    if not path.is_file():
        raise BundleError(f"the bundle in {folder} lacks {name}; take it from its source again, or run the pipeline")
    if seal(path) != expected:
        raise BundleError(
            f"{path} was altered: it is not the file that {INDEX} names; take the bundle from its source again"
        )
