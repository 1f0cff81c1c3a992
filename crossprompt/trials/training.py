"""A training and where it stands: what every training has, what those have that share forwards, and a deep prompt's.

The seed draws the shots, the batches, the dropout, the head, and the prompt where it is a fresh one. It draws them
from separate streams, so both methods get the same shots, the same batches and the same head from the same seed.
"""

from __future__ import annotations

import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import torch
from torch import Tensor, nn

from crossprompt.backbones.tokenizer import TokenBatch
from crossprompt.prompts.deep import DeepPrompt
from crossprompt.tasks.batches import training_positions
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import Head
from crossprompt.tasks.records import Method, TrainingHistory, TrainingNumbers, TrainingPoint
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Encode, Rows, Task
from crossprompt.training.guard import NonFiniteError, check_finite_gradients, check_finite_loss
from crossprompt.training.randomness import numpy_generator, torch_generator
from crossprompt.training.schedule import decayed_factor
from crossprompt.training.stopping import EarlyStopping

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

EncodeRows = Callable[[TokenBatch, list[int]], Tensor]
"""From a padded batch and the trial of each of its rows to hidden states ``[rows, tokens, width]``, or, where the
task reads one token of each row, its alone, ``[rows, 1, width]``."""


@dataclass(frozen=True, slots=True, eq=False)
class TrialSpec:
    """What one training is.

    Attributes:
        method: What the prompt is; only for the history.
        learning_rate: Peak rate of prompt and head.
        seed: Draws shots, batches, dropout, head, and a fresh prompt.
        prompt: Where the prompt starts, ``[layers, 2, heads, P, head_dim]``; None: drawn from the seed.
    """

    method: Method
    learning_rate: float
    seed: int
    prompt: Tensor | None = None

    @property
    def name(self) -> str:
        """For messages."""
        return f"{self.method.value}, rate {self.learning_rate:g}, seed {self.seed}"


class Training(ABC):
    """The moving parts of one training: parameters, optimizer, data order, early stopping, curve."""

    def __init__(self, task: Task, name: str, learning_rate: float, seed: int, settings: TaskSettings) -> None:
        """Draw everything that the seed draws; nothing is computed yet."""
        self.task, self.name, self.learning_rate, self.seed, self.settings = task, name, learning_rate, seed, settings
        self.examples = task.draw(settings.shots, seed)
        own = self.new_parameters()
        self.head = self.new_head().to(task.backbone.device)
        self.parameters = [*own, *self.head.parameters()]
        # Fused: one pass over each tensor instead of ten; with all of `mini` tuned 16 ms an update, not 81, on a CPU.
        self._optimizer = torch.optim.AdamW(
            self.parameters, lr=learning_rate, weight_decay=settings.weight_decay, fused=True
        )
        self._batches = training_positions(len(self.examples), settings.batch_size, seed)
        self._stopping = EarlyStopping(settings.patience)
        self.best = self.state()
        self._points: list[TrainingPoint] = []
        self._losses: list[float] = []
        self._diverged_at: int | None = None
        self._started = time.perf_counter()
        self.update = 0

    @abstractmethod
    def new_parameters(self) -> Sequence[nn.Parameter]:
        """Make what is trained beside the head, and give its parameters."""

    def new_head(self) -> Head:
        """The task's head as the seed draws it; called after :meth:`new_parameters`."""
        return self.task.fresh_head(self.settings.head_dropout, torch_generator(self.seed, "head"))

    @abstractmethod
    def encode(self) -> Encode:
        """Encoding with the parameters as they are now, without dropout."""

    @abstractmethod
    def state(self) -> Any:
        """A copy of all parameters on the CPU."""

    @property
    def finished(self) -> bool:
        """Whether the budget is spent, patience is over, or the numbers are none."""
        spent = self.update >= self.settings.max_updates
        return spent or self._stopping.exhausted or self._diverged_at is not None

    @property
    def due(self) -> bool:
        """Whether it is time for a look at English dev."""
        at_the_end = self.update == self.settings.max_updates
        return self._diverged_at is None and (at_the_end or self.update % self.settings.evaluate_every == 0)

    def next_rows(self) -> Rows:
        """The rows of the next update."""
        examples = [self.examples[place] for place in next(self._batches)]
        return self.task.rows(examples, numpy_generator(self.seed, "rows", self.update))

    def dropout(self) -> torch.Generator:
        """The generator of the next update's dropout: first the prompt's, then the head's."""
        return torch_generator(self.seed, "dropout", self.update, device=self.task.backbone.device)

    def check(self, loss: Tensor, rows: Rows) -> bool:
        """Whether the update's loss is a number; if not, the trial has diverged."""
        try:
            check_finite_loss(loss, self.update + 1, rows.ids)
        except NonFiniteError as error:
            self._diverge(error)
        return self._diverged_at is None

    def zero_grad(self) -> None:
        """Forget the last update's gradients."""
        self._optimizer.zero_grad(set_to_none=True)

    def apply(self, loss: float, rows: Rows) -> None:
        """Take the optimizer's step, if the gradients are numbers; else the trial has diverged."""
        try:
            check_finite_gradients(self.parameters, self.update + 1, rows.ids)
        except NonFiniteError as error:
            self._diverge(error)
            return
        settings = self.settings
        factor = decayed_factor(self.update, settings.max_updates, settings.warmup_share, settings.decay)
        for group in self._optimizer.param_groups:
            group["lr"] = self.learning_rate * factor
        self._optimizer.step()
        self.update += 1
        self._losses.append(loss)

    def look(self) -> float:
        """The score on English dev in percent; the state is kept if it is the best so far (the first of equals)."""
        score = self.task.dev_score(self.encode(), self.head)
        mean = sum(self._losses) / len(self._losses)
        self._points.append(TrainingPoint(update=self.update, train_loss=mean, dev_accuracy=score))
        self._losses.clear()
        if self._stopping.update(score, self.update):
            self.best = self.state()
        return score

    def numbers(self) -> TrainingNumbers:
        """The curve so far, and where it was best."""
        return TrainingNumbers(
            seed=self.seed,
            learning_rate=self.learning_rate,
            points=tuple(self._points),
            best_update=max(self._stopping.best_position, 0),
            best_dev_accuracy=max(self._stopping.best_score, 0.0),
            updates=self.update,
            stopped_early=self.update < self.settings.max_updates,
            seconds=time.perf_counter() - self._started,
            diverged_at=self._diverged_at,
        )

    def head_state(self) -> dict[str, Tensor]:
        """A copy of the head's parameters, float32 on the CPU."""
        return {name: value.detach().cpu().clone() for name, value in self.head.state_dict().items()}

    def _diverge(self, error: NonFiniteError) -> None:
        logger.warning("%s: the training diverged: %s", self.name, error)
        self._diverged_at = error.step


class SharedTraining(Training, Generic[Result]):
    """A training on the frozen backbone that shares its forwards with others of its kind (:mod:`.group`)."""

    @abstractmethod
    def prompt(self, generator: torch.Generator) -> Tensor:
        """What the backbone is given beside the rows, with a graph; ``generator`` draws its dropout."""

    @staticmethod
    @abstractmethod
    def encode_together(trainings: Sequence[Any], prompts: Sequence[Tensor]) -> EncodeRows:
        """How rows of several trainings of this kind are encoded at once, each with its own of ``prompts``."""

    @abstractmethod
    def result(self) -> Result:
        """The best state and the history."""


class SharedTrial(Protocol[Result]):
    """What a shared training is, before it begins: a group starts it when there is room."""

    @property
    def name(self) -> str:
        """For messages."""

    @property
    def task(self) -> Task:
        """What is learned, tokenised for the backbone of the whole group."""

    @property
    def settings(self) -> TaskSettings:
        """The budget, the dropouts and the schedule."""

    def start(self) -> SharedTraining[Result]:
        """Draw everything that the seed draws."""

    def needed_bytes(self) -> int:
        """Estimated bytes while it runs (:mod:`.memory`)."""


class PromptTraining(SharedTraining[TunedClassifier]):
    """One trial: a deep prompt and a head on the frozen backbone."""

    def __init__(self, task: Task, spec: TrialSpec, settings: TaskSettings) -> None:
        """Start from the prompt of ``spec``, or from one that its seed draws."""
        self.spec = spec
        super().__init__(task, spec.name, spec.learning_rate, spec.seed, settings)

    def new_parameters(self) -> Sequence[nn.Parameter]:
        """The prompt's values."""
        backbone, settings, start = self.task.encoder, self.settings.prompt, self.spec.prompt
        if start is None:
            generator = torch_generator(self.seed, "prompt")
            self.deep = DeepPrompt.fresh(backbone.prompt_shape(settings.length), settings, generator)
        else:
            self.deep = DeepPrompt(start, settings.dropout)
        self.deep.to(backbone.device)
        return list(self.deep.parameters())

    def prompt(self, generator: torch.Generator) -> Tensor:
        """``[layers, 2, heads, P, head_dim]`` with dropout."""
        values: Tensor = self.deep(generator)
        return values

    @staticmethod
    def encode_together(trainings: Sequence[Any], prompts: Sequence[Tensor]) -> EncodeRows:
        """Each row carries the deep prompt of its trial; one alone needs no owners."""
        task, stacked = trainings[0].task, torch.stack(list(prompts))
        backbone, alone = task.encoder, len(prompts) == 1

        def encode(tokens: TokenBatch, owners: list[int]) -> Tensor:
            hidden: Tensor = backbone.encode(
                tokens.input_ids,
                tokens.attention_mask,
                stacked[0] if alone else stacked,
                owners=None if alone else torch.tensor(owners, device=backbone.device),
                training=True,
                first_only=not task.per_token,
            )
            return hidden

        return encode

    def encode(self) -> Encode:
        """The frozen backbone with the prompt."""
        return prompted(self.task, self.deep.values)

    def state(self) -> tuple[Tensor, dict[str, Tensor]]:
        """The prompt's values and the head's parameters, float32."""
        return self.deep.values.detach().cpu().clone(), self.head_state()

    def result(self) -> TunedClassifier:
        """The best state and the history."""
        history = TrainingHistory(method=self.spec.method, **dict(self.numbers()))
        prompt, head = self.best
        return TunedClassifier(prompt, head, self.task.labels, history, self.task.backbone.identity)


def prompted(task: Task, prompt: Tensor | None) -> Encode:
    """Encoding by the task's frozen backbone with ``prompt``, ``[layers, 2, heads, P, head_dim]``, or with none."""
    backbone, first_only = task.encoder, not task.per_token
    return lambda input_ids, attention_mask: backbone.encode(input_ids, attention_mask, prompt, first_only=first_only)
