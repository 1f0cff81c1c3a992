"""How a bundle comes to be: all files first, then the index that names them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pyarrow as pa

from crossprompt.bundles.bundle import (
    DECISION,
    INDEX,
    PREDICTIONS,
    PROMPT,
    TASKS,
    Bundle,
    BundleError,
    open_bundle,
    read_index,
    seal,
)
from crossprompt.bundles.predictions import classifier_keys, fingerprint_predictions, save_predictions
from crossprompt.bundles.records import BundledClassifier, BundledFile, BundledTask, BundleIndex
from crossprompt.prompts.file import AlignedPrompt, created_by, save_prompt
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.storage.tensors import fingerprint_tensor
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.file import save_classifiers
from crossprompt.tasks.records import Method

LIBRARIES = ("torch", "transformers", "safetensors", "numpy")


@dataclass(frozen=True, slots=True)
class TaskPart:
    """What a bundle is to hold of one task.

    Attributes:
        name: ``intent`` or ``slots``.
        score_name: Such as ``accuracy``.
        classifiers: One of :data:`~crossprompt.tasks.records.Method.ALIGNED`, at most one fresh one.
        predictions: Rows of ``PREDICTION_SCHEMA`` of just these classifiers.
        settings: Of the task, as far as answering needs them.
    """

    name: str
    score_name: str
    classifiers: Sequence[TunedClassifier]
    predictions: pa.Table
    settings: Mapping[str, Any] = field(default_factory=dict)


def choose_serving(classifiers: Sequence[TunedClassifier], *, with_fresh: bool = True) -> list[TunedClassifier]:
    """Of the classifiers of all seeds the aligned one that is best on English dev, and the fresh one of its seed.

    The first of equals is taken; test data have no say.

    Raises:
        BundleError: None is aligned.
    """
    aligned = [own for own in classifiers if own.history.method is Method.ALIGNED]
    if not aligned:
        raise BundleError("none of the classifiers is aligned: a bundle serves an aligned one")
    best = max(aligned, key=lambda own: own.history.best_dev_accuracy)
    fresh = [own for own in classifiers if own.key == (Method.FRESH, best.history.seed)]
    return [best, *(fresh if with_fresh else [])]


def rows_of(predictions: pa.Table, classifiers: Sequence[TunedClassifier]) -> pa.Table:
    """Those rows of ``predictions`` that ``classifiers`` gave."""
    keys = {(own.history.method.value, own.history.seed) for own in classifiers}
    pairs = zip(predictions["method"].to_pylist(), predictions["seed"].to_pylist(), strict=True)
    return predictions.filter(pa.array([pair in keys for pair in pairs]))


def write_bundle(
    folder: Path,
    prompt: AlignedPrompt,
    tasks: Sequence[TaskPart],
    *,
    data: Mapping[str, str],
    max_tokens: int,
    created: datetime | None = None,
) -> Bundle:
    """Write a bundle to ``folder``; what a killed writer left there is written anew.

    A folder that holds the same bundle already is left as it is.

    Args:
        folder: Is made; may hold an unfinished bundle.
        prompt: The aligned prompt.
        tasks: At least one; all on the prompt's backbone.
        data: Fingerprints of what was learned from and tested on, by name.
        max_tokens: Longest text in tokens, as in training.
        created: None: now.

    Raises:
        BundleError: Parts don't fit together, or the folder holds another bundle or something else.
    """
    _check_parts(prompt, tasks)
    index = BundleIndex(
        fingerprint=_fingerprint(prompt, tasks, data, max_tokens),
        backbone=prompt.header.backbone,
        max_tokens=max_tokens,
        languages=prompt.header.languages,
        tasks=tuple(sorted((_describe(part) for part in tasks), key=lambda task: task.name)),
        data=dict(sorted(data.items())),
        created=(created or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat(),
        created_by=created_by(),
        versions={name: version(name) for name in LIBRARIES},
        files={},
    )
    if (folder / INDEX).exists():
        return _known(folder, index.fingerprint)
    _clear(folder)
    save_prompt(prompt, folder / PROMPT)
    for part in tasks:
        save_classifiers(part.classifiers, folder / TASKS / part.name)
        save_predictions(part.predictions, folder / PREDICTIONS / f"{part.name}.parquet")
    return _finish(folder, index)


def add_decision(bundle: Bundle, decision: str) -> Bundle:
    """Put the gate's record (JSON) into the bundle; one that is there is replaced. The fingerprint stays.

    Killed at any moment it leaves a bundle that opens, with the decision or without one.
    """
    files = {name: file for name, file in bundle.index.files.items() if name != DECISION}
    if DECISION in bundle.index.files:
        _write_index(bundle.folder, bundle.index, files)
    write_text_atomic(bundle.folder / DECISION, decision)
    return _write_index(bundle.folder, bundle.index, {**files, DECISION: seal(bundle.folder / DECISION)})


def _finish(folder: Path, index: BundleIndex) -> Bundle:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return _write_index(folder, index, {path.relative_to(folder).as_posix(): seal(path) for path in files})


def _write_index(folder: Path, index: BundleIndex, files: Mapping[str, BundledFile]) -> Bundle:
    finished = index.model_copy(update={"files": dict(sorted(files.items()))})
    write_text_atomic(folder / INDEX, finished.model_dump_json(indent=1))
    return Bundle(folder, finished)


def _known(folder: Path, fingerprint: str) -> Bundle:
    if read_index(folder).fingerprint != fingerprint:
        raise BundleError(f"{folder} holds another bundle: give a new folder")
    return open_bundle(folder)


def _clear(folder: Path) -> None:
    """Make ``folder`` empty, if nothing but parts of an unfinished bundle is in it."""
    folder.mkdir(parents=True, exist_ok=True)
    for entry in folder.iterdir():
        if entry.name not in {PROMPT, TASKS, PREDICTIONS, DECISION} and not entry.name.endswith(".part"):
            raise BundleError(f"{folder} holds {entry.name}, which is no part of a bundle: give an empty or new folder")
    for entry in folder.iterdir():
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


def _check_parts(prompt: AlignedPrompt, tasks: Sequence[TaskPart]) -> None:
    names = [part.name for part in tasks]
    if not names or len(set(names)) < len(names):
        raise BundleError(f"a bundle needs at least one task and each once, got {', '.join(names) or 'none'}")
    for part in tasks:
        _check_part(part, prompt.header.backbone.fingerprint)


def _check_part(part: TaskPart, backbone: str) -> None:
    methods = [own.history.method for own in part.classifiers]
    if methods not in ([Method.ALIGNED], [Method.ALIGNED, Method.FRESH]):
        raise BundleError(f"task {part.name}: give the aligned classifier, then the fresh one or none, got {methods}")
    if any(own.backbone.fingerprint != backbone for own in part.classifiers):
        raise BundleError(f"task {part.name}: its classifiers were tuned on another backbone than the prompt was")
    keys = {(own.history.method.value, own.history.seed) for own in part.classifiers}
    if classifier_keys(part.predictions) != keys:
        raise BundleError(f"task {part.name}: the predictions are not those of its classifiers {sorted(keys)}")


def _describe(part: TaskPart) -> BundledTask:
    classifiers = [
        BundledClassifier(method=own.history.method, seed=own.history.seed, dev_score=own.history.best_dev_accuracy)
        for own in part.classifiers
    ]
    return BundledTask(
        name=part.name,
        score_name=part.score_name,
        labels=part.classifiers[0].labels,
        classifiers=tuple(classifiers),
        locales=tuple(sorted(set(part.predictions["locale"].to_pylist()))),
        settings=dict(part.settings),
    )


def _fingerprint(prompt: AlignedPrompt, tasks: Sequence[TaskPart], data: Mapping[str, str], max_tokens: int) -> str:
    """Of what is served and how it answers the tests; not of when, where and how fast it came to be."""
    parts = {part.name: _content(part) for part in tasks}
    header = prompt.header.model_dump(mode="json", exclude={"created_by"})
    return fingerprint_value([fingerprint_tensor(prompt.values), header, parts, dict(data), max_tokens])


def _content(part: TaskPart) -> list[Any]:
    classifiers = [
        [
            fingerprint_tensor(own.prompt),
            {name: fingerprint_tensor(value) for name, value in own.head.items()},
            own.history.method.value,
            own.history.seed,
        ]
        for own in part.classifiers
    ]
    labels = list(part.classifiers[0].labels)
    return [classifiers, labels, fingerprint_predictions(part.predictions), dict(part.settings)]
