"""How many trials fit into memory, estimated before the first one starts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from crossprompt.backbones.frozen import FrozenModel
from crossprompt.tasks.batches import padding_multiple
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Task
from crossprompt.training.device import free_memory
from crossprompt.training.randomness import numpy_generator
from crossprompt.trials.training import SharedTrial, TrialSpec

logger = logging.getLogger(__name__)

SHARE = 0.5
"""Of the free memory that a group may plan with: the estimate leaves out what a kernel needs for a moment."""

STATE_COPIES = 6
"""Float32 copies of each trained number: itself, its gradient, Adam's two moments, the best state, and one to spare."""


def trials_that_fit(task: Task, specs: Sequence[TrialSpec], settings: TaskSettings) -> int:
    """Trials that can be trained at once: all of them, or fewer where the estimate says that memory is short.

    On a backbone whose own dropout is on it is one (see :func:`crossprompt.trials.group.train_group`).
    """
    if task.backbone.dropout or not specs:
        return 1
    longest = max(specs, key=lambda spec: _length(spec, settings))
    return _fitting(task.backbone, bytes_per_trial(task, longest, settings), len(specs))


def fitting(trials: Sequence[SharedTrial[Any]]) -> int:
    """As :func:`trials_that_fit`, for trials of any kind: the neediest decides."""
    if not trials or trials[0].task.backbone.dropout:
        return 1
    return _fitting(trials[0].task.backbone, max(trial.needed_bytes() for trial in trials), len(trials))


def _fitting(backbone: FrozenModel, needed: int, wanted: int) -> int:
    free = free_memory(backbone.device)
    number = max(1, int(SHARE * free / needed))
    if number < wanted:
        logger.info("%d of %d trials fit into %.1f GB of free memory at once", number, wanted, free / 1e9)
    return min(number, wanted)


def bytes_per_trial(task: Task, spec: TrialSpec, settings: TaskSettings) -> int:
    """Estimated bytes of one trial: what one update keeps for its backward pass, and the trained state.

    The longest rows that the trial could draw are assumed to come together in one batch.
    """
    backbone = task.encoder
    length = _length(spec, settings)
    kept = sum(kept_bytes(backbone, 1, tokens, length) for tokens in longest_rows(task, settings, spec.seed))
    prompt = 1
    for dimension in backbone.prompt_shape(length).sizes:
        prompt *= dimension
    trained = prompt + backbone.width * (backbone.width + len(task.labels))
    return kept + 4 * STATE_COPIES * trained


def longest_rows(task: Task, settings: TaskSettings, seed: int) -> list[int]:
    """Padded lengths of the rows of an update, if the longest that the trial could draw came together."""
    examples = task.draw(settings.shots, seed)
    size = min(settings.batch_size, len(examples))
    rows = task.rows(examples[: 8 * size], numpy_generator(seed, "memory"))
    per_example = len(rows.sequences) / len(examples[: 8 * size])
    longest = sorted((len(sequence) for sequence in rows.sequences), reverse=True)
    multiple = padding_multiple(task.backbone)
    return [-(-tokens // multiple) * multiple for tokens in longest[: max(1, round(per_example * size))]]


def _length(spec: TrialSpec, settings: TaskSettings) -> int:
    return settings.prompt.length if spec.prompt is None else int(spec.prompt.shape[-2])


def kept_bytes(backbone: FrozenModel, rows: int, tokens: int, prompt_length: int) -> int:
    """Bytes of hidden states that a forward with a trained prompt keeps for the backward pass.

    A frozen matrix product keeps nothing. In each layer these stay: queries, inputs of both layer norms and one more
    to spare, the inner states before the activation, keys and values with the prompt's, and attention before and after
    the softmax.
    """
    width, inner, heads, layers = backbone.sizes
    seen = prompt_length + tokens
    numbers = tokens * (4 * width + inner) + 2 * seen * width + 2 * heads * tokens * seen
    return int(rows * layers * numbers * backbone.dtype.itemsize)
