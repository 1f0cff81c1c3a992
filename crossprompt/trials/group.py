"""Many trials in one forward and backward of the frozen backbone.

The backbone is the same for all, so rows of different trials can share its matrix products; each row carries the
prompt of its trial, into attention or at the input, and each trial's head reads its own rows. The losses are summed:
since no row sees another, a trial's gradient is the one that it has alone. Everything else (task, data order, dropout,
optimizer, schedule, early stopping) a trial keeps for itself, in :class:`crossprompt.trials.training.SharedTraining`.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Rows, Task
from crossprompt.training.randomness import seeded_torch
from crossprompt.trials.memory import bytes_per_trial, fitting, trials_that_fit
from crossprompt.trials.rows import encode_rows
from crossprompt.trials.training import PromptTraining, Result, SharedTraining, SharedTrial, Training, TrialSpec

OnLook = Callable[[int, int, float], None]
"""Called after each look at English dev with the trial's place among the trials, its update and the score in percent.
"""

OnDone = Callable[[int, Result], None]
"""Called when a trial ends, with its place among the trials and its result."""


class GroupError(ValueError):
    """Trials can't share a forward."""


@dataclass(frozen=True, slots=True)
class DeepTrial:
    """A trial of a deep prompt, before it begins."""

    task: Task
    spec: TrialSpec
    settings: TaskSettings

    @property
    def name(self) -> str:
        """For messages."""
        return self.spec.name

    def start(self) -> PromptTraining:
        """Draw everything that the seed draws."""
        return PromptTraining(self.task, self.spec, self.settings)

    def needed_bytes(self) -> int:
        """See :func:`crossprompt.trials.memory.bytes_per_trial`."""
        return bytes_per_trial(self.task, self.spec, self.settings)


def train_group(
    task: Task,
    specs: Sequence[TrialSpec],
    settings: TaskSettings,
    at_most: int | None = None,
    on_look: OnLook | None = None,
    on_done: OnDone[TunedClassifier] | None = None,
    progress: bool = True,
) -> tuple[TunedClassifier, ...]:
    """Train deep prompts, as many at once as fit; see :func:`train_together`.

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
    lengths = {settings.prompt.length if spec.prompt is None else int(spec.prompt.shape[-2]) for spec in specs}
    if size > 1 and len(lengths) > 1:
        raise GroupError(f"prompts of {sorted(lengths)} positions can't share a forward: train them in separate groups")
    trials = [DeepTrial(task, spec, settings) for spec in specs]
    return train_together(trials, size, on_look, on_done, progress)


def train_together(
    trials: Sequence[SharedTrial[Result]],
    at_most: int | None = None,
    on_look: OnLook | None = None,
    on_done: OnDone[Result] | None = None,
    progress: bool = True,
) -> tuple[Result, ...]:
    """Train all ``trials``, as many at once as fit; a trial that ends makes room for the next.

    Each trial gets the result that it has alone, but for rounding: float sums come in another order where rows of other
    lengths are in the same matrix. A trial whose loss or gradients stop being numbers ends there, and the others go on.
    Trials may differ in everything but their kind, their backbone and what their tasks read.

    Args:
        trials: What is to be trained, all of one kind.
        at_most: Trials at once; None: what memory allows. One at a time is the plain path.
        on_look: See :data:`OnLook`; an exception from it ends all trainings.
        on_done: See :data:`OnDone`.
        progress: Show a bar.

    Returns:
        One result per trial, in their order.

    Raises:
        GroupError: Several at once on different backbones, with tasks that read other tokens, or on a backbone whose
            own dropout is on: its random stream can't be split by trial.
    """
    size = at_most or fitting(trials)
    if size > 1:
        _check(trials)
    waiting = deque(enumerate(trials))
    running: dict[int, SharedTraining[Result]] = {}
    results: dict[int, Result] = {}
    total = sum(trial.settings.max_updates for trial in trials)
    with tqdm(total=total, unit="updates", desc="train", mininterval=1.0, leave=False, disable=not progress) as bar:
        while waiting or running:
            while waiting and len(running) < size:
                place, trial = waiting.popleft()
                running[place] = trial.start()
            _shared_update(list(running.values()))
            bar.update(len(running))
            _look(running, on_look)
            for place in [place for place, training in running.items() if training.finished]:
                training = running.pop(place)
                bar.update(training.settings.max_updates - training.update)
                results[place] = training.result()
                if on_done is not None:
                    on_done(place, results[place])
            bar.set_postfix(trials=len(running), done=len(results), refresh=False)
    return tuple(results[place] for place in range(len(trials)))


def _check(trials: Sequence[SharedTrial[Result]]) -> None:
    if len({(id(trial.task.backbone), trial.task.reads) for trial in trials}) > 1:
        raise GroupError("trials on different backbones, or whose tasks read other tokens, can't share a forward")
    if trials and trials[0].task.backbone.dropout:
        raise GroupError(
            "the backbone's own dropout is on: its random stream can't be split by trial; train one at once"
        )


def _look(running: dict[int, SharedTraining[Result]], on_look: OnLook | None) -> None:
    for place, training in running.items():
        if training.due:
            score = training.look()
            if on_look is not None:
                on_look(place, training.update, score)


def _shared_update(trainings: Sequence[SharedTraining[Result]]) -> None:
    """One update of every trial: one forward, one backward, as many optimizer steps as there are trials."""
    rows = [training.next_rows() for training in trainings]
    dropouts = [training.dropout() for training in trainings]
    prompts = [training.prompt(dropout) for training, dropout in zip(trainings, dropouts, strict=True)]
    first = trainings[0]
    with seeded_torch(first.seed, "backbone dropout", first.update):
        hidden = encode_rows(first.task, rows, first.encode_together(trainings, prompts))
    step(trainings, rows, hidden, dropouts)


def step(
    trainings: Sequence[Training],
    rows: Sequence[Rows],
    hidden: Sequence[Tensor],
    dropouts: Sequence[torch.Generator],
) -> None:
    """Backward through the sum of the losses, then each training's own optimizer.

    Args:
        trainings: Those that take the step.
        rows: Of each training.
        hidden: Of each training, ``[rows, tokens, width]``, with a graph.
        dropouts: Of each training; its head's dropout is drawn next from it.
    """
    losses = []
    for training, own, states, dropout in zip(trainings, rows, hidden, dropouts, strict=True):
        losses.append(training.task.training_loss(training.head, states, own, dropout))
        training.zero_grad()
    sound = [t.check(loss.detach(), r) for t, loss, r in zip(trainings, losses, rows, strict=True)]
    if any(sound):
        total = torch.stack([loss for loss, good in zip(losses, sound, strict=True) if good]).sum()
        total.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    for training, loss, own, good in zip(trainings, losses, rows, sound, strict=True):
        if good:
            training.apply(loss.item(), own)
