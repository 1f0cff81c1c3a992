"""Fine-tuning: the encoder's own parameters are trained with the head, on English alone (paper 001, baseline FT)."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from tqdm import tqdm

from crossprompt.backbones.first_token import first_token_only
from crossprompt.backbones.tokenizer import TokenBatch
from crossprompt.tasks.heads import Head
from crossprompt.tasks.records import TrainingNumbers
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Encode, Task
from crossprompt.training.randomness import seeded_torch
from crossprompt.trials.group import encode_rows, step
from crossprompt.trials.training import Training


@dataclass(frozen=True, slots=True, eq=False)
class FineTuned:
    """A fine-tuned model: how it encodes, its head, and its training."""

    encode: Encode
    head: Head
    numbers: TrainingNumbers


class FineTuning(Training):
    """A training of all parameters: float32 weights, and the backbone's precision in the products."""

    def __init__(self, task: Task, learning_rate: float, seed: int, settings: TaskSettings, dropout: float) -> None:
        """Start from a copy of the task's backbone, whose own weights stay as they are."""
        self._dropout = dropout
        super().__init__(task, f"fine-tuning, rate {learning_rate:g}, seed {seed}", learning_rate, seed, settings)

    def new_parameters(self) -> Sequence[nn.Parameter]:
        """Those of the copied encoder that take part; its pooler and head for words do not."""
        exact = self.task.backbone.in_dtype(torch.float32)
        self.encoder = copy.deepcopy(exact.model.base_model).requires_grad_(True)
        for module in self.encoder.modules():
            if isinstance(module, nn.Dropout):
                module.p = self._dropout
        return list(self.encoder.parameters())

    def encode(self) -> Encode:
        """The encoder as it is now."""
        return self._encode

    def encode_training(self, tokens: TokenBatch, _: list[int]) -> Tensor:
        """Hidden states ``[rows, tokens, width]`` with the encoder's dropout, drawn from torch's own generator."""
        self.encoder.train()
        return self._encode(tokens.input_ids, tokens.attention_mask)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The encoder's and the head's parameters."""
        encoder = {name: value.detach().cpu().clone() for name, value in self.encoder.state_dict().items()}
        return encoder, self.head_state()

    def look(self) -> float:
        """As for every training, without the encoder's dropout."""
        self.encoder.eval()
        return super().look()

    def result(self) -> FineTuned:
        """The best state, ready to encode."""
        encoder, head = self.best
        self.encoder.load_state_dict(encoder)
        self.head.load_state_dict(head)
        self.encoder.eval()
        return FineTuned(self._encode, self.head, self.numbers())

    def _encode(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        with self._precision(), first_token_only(self.encoder, not self.task.per_token):
            hidden: Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return hidden

    def _precision(self) -> AbstractContextManager[None]:
        backbone = self.task.backbone
        return torch.autocast(backbone.device.type, torch.bfloat16, enabled=backbone.dtype == torch.bfloat16)


def fine_tune(
    task: Task,
    learning_rate: float,
    seed: int,
    settings: TaskSettings,
    dropout: float = 0.0,
    on_look: Callable[[int, float], None] | None = None,
    progress: bool = True,
) -> FineTuned:
    """Fine-tune a copy of the task's backbone and keep the state that was best on English dev (the first of equals).

    Args:
        task: The task, tokenised.
        learning_rate: Peak rate of all parameters.
        seed: Draws shots, batches, dropout and head; the same as a prompt's training draws from it.
        settings: The budget and the schedule.
        dropout: Of the encoder itself.
        on_look: Called after each look with the update and the score in percent.
        progress: Show a bar.
    """
    training = FineTuning(task, learning_rate, seed, settings, dropout)
    with tqdm(total=settings.max_updates, desc=training.name, unit="updates", leave=False, disable=not progress) as bar:
        while not training.finished:
            _update(task, training)
            bar.update()
            if training.due:
                score = training.look()
                bar.set_postfix(dev=f"{score:.1f}")
                if on_look is not None:
                    on_look(training.update, score)
    return training.result()


def _update(task: Task, training: FineTuning) -> None:
    rows, dropout = training.next_rows(), training.dropout()
    with seeded_torch(training.seed, "encoder dropout", training.update):
        hidden = encode_rows(task, [rows], training.encode_training)
    step(task, [training], [rows], hidden, [dropout])
