"""Few-shot intent classification on English: a deep prompt and a head on ``<s>``, the backbone frozen.

The seed draws the shots, the batches, the dropout, the head, and the prompt where it is a fresh one. It draws them
from separate streams, so both methods get the same shots, the same batches and the same head from the same seed.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from tqdm import tqdm

from crossprompt.backbones.encoder import Backbone
from crossprompt.backbones.records import BackboneIdentity
from crossprompt.prompts.deep import DeepPrompt
from crossprompt.tasks.batches import (
    InferenceBatch,
    inference_batches,
    inference_multiple,
    inference_tokens,
    padding_multiple,
    training_positions,
)
from crossprompt.tasks.head import IntentHead
from crossprompt.tasks.records import Method, TrainingHistory, TrainingPoint
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.shots import IntentData, draw_shots
from crossprompt.training.guard import NonFiniteError, check_finite_gradients, check_finite_loss
from crossprompt.training.randomness import torch_generator
from crossprompt.training.schedule import warmup_factor
from crossprompt.training.stopping import EarlyStopping

logger = logging.getLogger(__name__)

OnLook = Callable[[int, float], None]
"""Called after each look at English dev with the update and the accuracy in percent."""


@dataclass(frozen=True, slots=True, eq=False)
class TunedClassifier:
    """A trained prompt and head, float32 on the CPU.

    Attributes:
        prompt: ``[layers, 2, heads, P, head_dim]``.
        head: The parameters of an :class:`IntentHead`.
        labels: Intents in the order of the logits.
        history: The training, with method, seed and learning rate.
        backbone: The frozen encoder that it was trained on and needs.
    """

    prompt: Tensor
    head: dict[str, Tensor]
    labels: tuple[str, ...]
    history: TrainingHistory
    backbone: BackboneIdentity

    @property
    def key(self) -> tuple[Method, int]:
        """``(method, seed)``, unique in a collection."""
        return self.history.method, self.history.seed


class IntentTask:
    """English train and dev tokenised once, for all trainings on one backbone."""

    def __init__(self, data: IntentData, backbone: Backbone) -> None:
        """Tokenise ``data``; dev goes into padded batches of similar lengths."""
        self.data = data
        self.backbone = backbone
        tokenizer = backbone.tokenizer
        self._sequences = dict(zip(data.train.ids, tokenizer.encode(data.train.texts), strict=True))
        dev = tokenizer.encode(data.dev.texts)
        batches = inference_batches(dev, tokenizer, inference_tokens(backbone), inference_multiple(backbone))
        self._dev = [InferenceBatch(b.positions, b.tokens.to(backbone.device)) for b in batches]
        self._dev_labels = torch.tensor(data.dev.labels)

    def sequence(self, identifier: str) -> list[int]:
        """The token ids of a training example."""
        return self._sequences[identifier]

    @torch.inference_mode()
    def dev_accuracy(self, prompt: Tensor, head: IntentHead) -> float:
        """Share of English dev utterances with the right intent, in percent."""
        right = 0
        for batch in self._dev:
            hidden = self.backbone.encode(batch.tokens.input_ids, batch.tokens.attention_mask, prompt)
            predicted = head(hidden[:, 0]).argmax(dim=-1).cpu()
            right += int((predicted == self._dev_labels[list(batch.positions)]).sum())
        return 100.0 * right / len(self._dev_labels)


class _Training:
    """The moving parts of one training: parameters, optimiser, and where it stands."""

    def __init__(
        self, task: IntentTask, initial: Tensor | None, learning_rate: float, seed: int, settings: TaskSettings
    ) -> None:
        self.task, self.settings, self.seed, self.learning_rate = task, settings, seed, learning_rate
        backbone = task.backbone
        self.examples = draw_shots(task.data, settings.shots, seed).examples
        self.prompt = _initial_prompt(initial, backbone, seed, settings).to(backbone.device)
        head = torch_generator(seed, "head")
        self.head = IntentHead.fresh(backbone.width, len(task.data.labels), settings.head_dropout, head)
        self.head.to(backbone.device)
        self.parameters = [*self.prompt.parameters(), *self.head.parameters()]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=learning_rate, weight_decay=settings.weight_decay)
        self.batches = training_positions(len(self.examples), settings.batch_size, seed)
        self.update = 0

    def step(self) -> float:
        """One update; its loss.

        Raises:
            NonFiniteError: The loss or a gradient is no number; the parameters are as they were before.
        """
        batch = self.examples.take(next(self.batches))
        loss = self._loss([self.task.sequence(i) for i in batch.ids], batch.labels)
        check_finite_loss(loss, self.update + 1, batch.ids)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own annotation is missing
        check_finite_gradients(self.parameters, self.update + 1, batch.ids)
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate * rate_factor(self.update, self.settings)
        self.optimizer.step()
        self.update += 1
        return loss.item()

    def look(self) -> float:
        """Accuracy on English dev in percent, without dropout."""
        return self.task.dev_accuracy(self.prompt.values, self.head)

    def state(self) -> tuple[Tensor, dict[str, Tensor]]:
        """Copies of the prompt's values and the head's parameters, float32 on the CPU."""
        head = {name: value.detach().cpu().clone() for name, value in self.head.state_dict().items()}
        return self.prompt.values.detach().cpu().clone(), head

    def _loss(self, sequences: list[list[int]], labels: tuple[int, ...]) -> Tensor:
        backbone = self.task.backbone
        tokens = backbone.tokenizer.pad(sequences, padding_multiple(backbone)).to(backbone.device)
        dropout = torch_generator(self.seed, "dropout", self.update, device=backbone.device)
        prompt = self.prompt(dropout)
        hidden = backbone.encode(tokens.input_ids, tokens.attention_mask, prompt, training=True)
        logits = self.head(hidden[:, 0], dropout)
        return torch.nn.functional.cross_entropy(logits, torch.tensor(labels, device=backbone.device))


def train_intent_classifier(
    task: IntentTask,
    method: Method,
    prompt: Tensor | None,
    learning_rate: float,
    seed: int,
    settings: TaskSettings,
    on_look: OnLook | None = None,
) -> TunedClassifier:
    """Train a prompt and a head on English shots, keep the state that was best on English dev (the first of equals).

    A training whose loss or gradients stop being numbers ends there: the best state so far is kept and the history says
    at which update it was (``diverged_at``).

    Args:
        task: The tokenised data and the frozen backbone.
        method: What the prompt is; only for the history.
        prompt: Where the prompt starts, ``[layers, 2, heads, P, head_dim]``; None: drawn from the seed.
        learning_rate: Peak rate of prompt and head.
        seed: Draws shots, batches, dropout, head, and a fresh prompt.
        settings: The budget, the dropouts and the schedule.
        on_look: See :data:`OnLook`; an exception from it ends the training.
    """
    started = time.perf_counter()
    training = _Training(task, prompt, learning_rate, seed, settings)
    best, points, stopping, diverged_at = _run(training, settings, on_look)
    history = TrainingHistory(
        method=method,
        seed=seed,
        learning_rate=learning_rate,
        points=tuple(points),
        best_update=max(stopping.best_position, 0),
        best_dev_accuracy=max(stopping.best_score, 0.0),
        updates=training.update,
        stopped_early=training.update < settings.max_updates,
        seconds=time.perf_counter() - started,
        diverged_at=diverged_at,
    )
    return TunedClassifier(*best, task.data.labels, history, task.backbone.identity)


def rate_factor(update: int, settings: TaskSettings) -> float:
    """The share of the peak learning rate at ``update`` (from 0): linear warm-up, then as ``settings.decay`` says."""
    factor = warmup_factor(update, settings.max_updates, settings.warmup_share)
    if settings.decay == "none":
        return factor
    warmup = int(settings.max_updates * settings.warmup_share)
    return min(factor, (settings.max_updates - update) / (settings.max_updates - warmup))


def _run(
    training: _Training, settings: TaskSettings, on_look: OnLook | None
) -> tuple[tuple[Tensor, dict[str, Tensor]], list[TrainingPoint], EarlyStopping, int | None]:
    best, stopping = training.state(), EarlyStopping(settings.patience)
    points: list[TrainingPoint] = []
    name = f"rate {training.learning_rate:g}, seed {training.seed}"
    with tqdm(total=settings.max_updates, unit="updates", desc=name, leave=False, mininterval=1.0) as progress:
        while training.update < settings.max_updates and not stopping.exhausted:
            try:
                losses = [training.step() for _ in range(_updates_until_look(training.update, settings))]
            except NonFiniteError as error:
                logger.warning("%s: the training diverged: %s", name, error)
                return best, points, stopping, error.step
            update, accuracy = training.update, training.look()
            points.append(TrainingPoint(update=update, train_loss=sum(losses) / len(losses), dev_accuracy=accuracy))
            if stopping.update(accuracy, update):
                best = training.state()
            if on_look is not None:
                on_look(update, accuracy)
            progress.update(len(losses))
            progress.set_postfix(dev=f"{accuracy:.1f}")
    return best, points, stopping, None


def _updates_until_look(update: int, settings: TaskSettings) -> int:
    return min(settings.evaluate_every, settings.max_updates - update)


def _initial_prompt(initial: Tensor | None, backbone: Backbone, seed: int, settings: TaskSettings) -> DeepPrompt:
    if initial is not None:
        return DeepPrompt(initial, settings.prompt.dropout)
    shape = backbone.prompt_shape(settings.prompt.length)
    return DeepPrompt.fresh(shape, settings.prompt, torch_generator(seed, "prompt"))
