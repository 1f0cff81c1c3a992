"""Many trials in one forward and backward of the frozen backbone.

The backbone is the same for all, so rows of different trials can share its matrix products; each row carries the
prompt of its trial into attention, and each trial's head reads its own rows. The losses are summed: since no row sees
another, a trial's gradient is the one that it has alone. Everything else (data order, dropout, optimizer, schedule,
early stopping) a trial keeps for itself, in :class:`crossprompt.trials.training.PromptTraining`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from crossprompt.backbones.encoder import Backbone
from crossprompt.backbones.tokenizer import TokenBatch
from crossprompt.tasks.batches import padding_multiple
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import IGNORED, Rows, Task
from crossprompt.training.randomness import seeded_torch
from crossprompt.trials.memory import trials_that_fit
from crossprompt.trials.training import PromptTraining, Training, TrialSpec

OnLook = Callable[[int, int, float], None]
"""Called after each look at English dev with the trial's place among the specs, its update and the score in percent."""

OnDone = Callable[[int, TunedClassifier], None]
"""Called when a trial ends, with its place among the specs and its result."""

CPU_CHUNK_TOKENS, GPU_CHUNK_TOKENS = 1024, 65536
"""Padded tokens that are encoded at once while training: what stays in a CPU's caches, what keeps a GPU busy."""


class GroupError(ValueError):
    """Trials can't share a forward."""


def train_group(
    task: Task,
    specs: Sequence[TrialSpec],
    settings: TaskSettings,
    at_most: int | None = None,
    on_look: OnLook | None = None,
    on_done: OnDone | None = None,
    progress: bool = True,
) -> tuple[TunedClassifier, ...]:
    """Train all ``specs``, as many at once as fit; a trial that ends makes room for the next.

    Each trial gets the result that it has alone, but for rounding: float sums come in another order where rows of other
    lengths are in the same matrix. A trial whose loss or gradients stop being numbers ends there, and the others go on.

    Args:
        task: The task, tokenised, with its frozen backbone.
        specs: What is to be trained.
        settings: The budget, the dropouts and the schedule, the same for all.
        at_most: Trials at once; None: what memory allows. One at a time is the plain path.
        on_look: See :data:`OnLook`; an exception from it ends all trainings.
        on_done: See :data:`OnDone`.
        progress: Show a bar.

    Returns:
        One classifier per spec, in their order.

    Raises:
        GroupError: Prompts of different lengths, or several at once on a backbone whose own dropout is on: its random
            stream can't be split by trial.
    """
    size = at_most or trials_that_fit(task, specs, settings)
    _check(task, specs, settings, size)
    waiting = deque(enumerate(specs))
    running: dict[int, PromptTraining] = {}
    results: dict[int, TunedClassifier] = {}
    total = len(specs) * settings.max_updates
    with tqdm(total=total, unit="updates", desc="train", mininterval=1.0, leave=False, disable=not progress) as bar:
        while waiting or running:
            while waiting and len(running) < size:
                place, spec = waiting.popleft()
                running[place] = PromptTraining(task, spec, settings)
            _shared_update(task, list(running.values()))
            bar.update(len(running))
            _look(running, on_look)
            for place in [place for place, training in running.items() if training.finished]:
                training = running.pop(place)
                bar.update(settings.max_updates - training.update)
                results[place] = training.result()
                if on_done is not None:
                    on_done(place, results[place])
            bar.set_postfix(trials=len(running), done=len(results), refresh=False)
    return tuple(results[place] for place in range(len(specs)))


def _check(task: Task, specs: Sequence[TrialSpec], settings: TaskSettings, size: int) -> None:
    lengths = {settings.prompt.length if spec.prompt is None else int(spec.prompt.shape[-2]) for spec in specs}
    if size > 1 and len(lengths) > 1:
        raise GroupError(f"prompts of {sorted(lengths)} positions can't share a forward: train them in separate groups")
    if size > 1 and task.backbone.dropout:
        raise GroupError(
            "the backbone's own dropout is on: its random stream can't be split by trial; train one at once"
        )


def _look(running: dict[int, PromptTraining], on_look: OnLook | None) -> None:
    for place, training in running.items():
        if training.due:
            score = training.look()
            if on_look is not None:
                on_look(place, training.update, score)


def _shared_update(task: Task, trainings: Sequence[PromptTraining]) -> None:
    """One update of every trial: one forward, one backward, as many optimizer steps as there are trials."""
    rows = [training.next_rows() for training in trainings]
    dropouts = [training.dropout() for training in trainings]
    prompts = torch.stack([t.prompt(d) for t, d in zip(trainings, dropouts, strict=True)])
    first = trainings[0]
    with seeded_torch(first.seed, "backbone dropout", first.update):
        hidden = encode_rows(task, rows, _prompted_rows(task, prompts))
    step(task, trainings, rows, hidden, dropouts)


def step(
    task: Task,
    trainings: Sequence[Training],
    rows: Sequence[Rows],
    hidden: Sequence[Tensor],
    dropouts: Sequence[torch.Generator],
) -> None:
    """Backward through the sum of the losses, then each training's own optimizer.

    Args:
        task: Whose loss it is.
        trainings: Those that take the step.
        rows: Of each training.
        hidden: Of each training, ``[rows, tokens, width]``, with a graph.
        dropouts: Of each training; its head's dropout is drawn next from it.
    """
    losses = []
    for training, own, states, dropout in zip(trainings, rows, hidden, dropouts, strict=True):
        targets = pad_targets(own, states.shape[1]).to(states.device)
        losses.append(task.loss(training.head(states, dropout), targets))
        training.zero_grad()
    sound = [t.check(loss.detach(), r) for t, loss, r in zip(trainings, losses, rows, strict=True)]
    if any(sound):
        total = torch.stack([loss for loss, good in zip(losses, sound, strict=True) if good]).sum()
        total.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    for training, loss, own, good in zip(trainings, losses, rows, sound, strict=True):
        if good:
            training.apply(loss.item(), own)


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Rows of similar lengths: their places among all rows, and their trials."""

    places: list[int]
    owners: list[int]


EncodeRows = Callable[[TokenBatch, list[int]], Tensor]
"""From a padded batch and the trial of each of its rows to hidden states ``[rows, tokens, width]``, or, where the
task reads no other, the first token's alone, ``[rows, 1, width]``."""


def encode_rows(task: Task, batches: Sequence[Rows], encode: EncodeRows) -> list[Tensor]:
    """Hidden states of each trial's rows, in their order.

    All rows are sorted by length and cut into chunks, each padded for itself.

    Args:
        task: Says whether all tokens are needed or the first one alone.
        batches: One per trial.
        encode: Encodes one chunk.

    Returns:
        Per trial ``[rows, tokens, width]``, as wide as the trial's own longest row padded; ``[rows, 1, width]`` where
        the head reads the first token only.
    """
    backbone = task.backbone
    sequences = [sequence for batch in batches for sequence in batch.sequences]
    owners = [trial for trial, batch in enumerate(batches) for _ in batch.sequences]
    chunks = _chunks(sequences, owners, _chunk_tokens(backbone))
    parts = [encode(_pad_chunk(backbone, sequences, chunk), chunk.owners) for chunk in chunks]
    order = torch.tensor([place for chunk in chunks for place in chunk.places], device=backbone.device).argsort()
    if not task.per_token:
        states = torch.cat([part[:, :1] for part in parts]).index_select(0, order)
        return list(torch.split(states, [len(batch.sequences) for batch in batches]))
    return _split_by_trial(backbone, parts, order, batches)


def _split_by_trial(
    backbone: Backbone, parts: Sequence[Tensor], order: Tensor, batches: Sequence[Rows]
) -> list[Tensor]:
    """Each trial's rows in its own width, so that its head's dropout has the shape that it has alone."""
    widths = [_width(backbone, batch.sequences) for batch in batches]
    widest = max(*widths, *(part.shape[1] for part in parts))
    padded = [torch.nn.functional.pad(part, (0, 0, 0, widest - part.shape[1])) for part in parts]
    ordered = torch.cat(padded).index_select(0, order)
    states = torch.split(ordered, [len(batch.sequences) for batch in batches])
    return [own[:, :width] for own, width in zip(states, widths, strict=True)]


def _pad_chunk(backbone: Backbone, sequences: Sequence[Sequence[int]], chunk: _Chunk) -> TokenBatch:
    own = [sequences[place] for place in chunk.places]
    return backbone.tokenizer.pad(own, padding_multiple(backbone)).to(backbone.device)


def _prompted_rows(task: Task, prompts: Tensor) -> EncodeRows:
    """Encoding with ``prompts``, ``[trials, layers, 2, heads, P, head_dim]``; one alone needs no owners."""
    backbone, alone = task.backbone, len(prompts) == 1

    def encode(tokens: TokenBatch, owners: list[int]) -> Tensor:
        return backbone.encode(
            tokens.input_ids,
            tokens.attention_mask,
            prompts[0] if alone else prompts,
            owners=None if alone else torch.tensor(owners, device=backbone.device),
            training=True,
            first_only=not task.per_token,
        )

    return encode


def _chunks(sequences: Sequence[Sequence[int]], owners: Sequence[int], tokens: int) -> list[_Chunk]:
    """Rows by length, cut so that no chunk has more than ``tokens`` padded ones (or it has one row)."""
    order = sorted(range(len(sequences)), key=lambda place: (-len(sequences[place]), place))
    chunks = []
    start = 0
    while start < len(order):
        size = max(1, tokens // len(sequences[order[start]]))
        places = order[start : start + size]
        chunks.append(_Chunk(places, [owners[place] for place in places]))
        start += size
    return chunks


def pad_targets(rows: Rows, width: int) -> Tensor:
    """The targets as ``[rows, width]`` (one column where there is one target per row), filled with ``IGNORED``."""
    targets = torch.full((len(rows.targets), width), IGNORED, dtype=torch.int64)
    for row, own in enumerate(rows.targets):
        targets[row, : len(own)] = torch.as_tensor(own, dtype=torch.int64)
    return targets


def _width(backbone: Backbone, sequences: Sequence[Sequence[int]]) -> int:
    return int(backbone.tokenizer.pad([max(sequences, key=len)], padding_multiple(backbone)).input_ids.shape[1])


def _chunk_tokens(backbone: Backbone) -> int:
    return CPU_CHUNK_TOKENS if backbone.device.type == "cpu" else GPU_CHUNK_TOKENS
