"""Fine-tuning: the model's own parameters are trained, with a head, or with soft tokens and the model's own head.

With a head it is the baseline FT of paper 001; with soft tokens, or a template alone, the tuned backbone of METHODS
sections 2 and 3. Each training has weights of its own, so they run one after the other.
"""

from __future__ import annotations

from abc import abstractmethod
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
from crossprompt.trials.group import step
from crossprompt.trials.rows import encode_rows
from crossprompt.trials.soft import SoftTrial
from crossprompt.trials.training import Training


@dataclass(frozen=True, slots=True, eq=False)
class FineTuned:
    """A fine-tuned model: how it encodes, its head, and its training."""

    encode: Encode
    head: Head
    numbers: TrainingNumbers


class WholeTraining(Training):
    """A training of all parameters: float32 weights, and the backbone's precision in the products."""

    @property
    @abstractmethod
    def model(self) -> nn.Module:
        """The copy that is trained."""

    @abstractmethod
    def encode_training(self, tokens: TokenBatch, owners: list[int]) -> Tensor:
        """Hidden states ``[rows, tokens, width]`` with the model's dropout, drawn from torch's own generator."""

    @abstractmethod
    def result(self) -> FineTuned:
        """The best state, ready to encode."""

    def look(self) -> float:
        """As for every training, without the model's dropout."""
        self.model.eval()
        return super().look()

    def model_state(self) -> dict[str, Tensor]:
        """A copy of the model's parameters on the CPU."""
        return {name: value.detach().cpu().clone() for name, value in self.model.state_dict().items()}

    def precision(self) -> AbstractContextManager[None]:
        """The backbone's precision in matrix products while this is open."""
        backbone = self.task.backbone
        return torch.autocast(backbone.device.type, torch.bfloat16, enabled=backbone.dtype == torch.bfloat16)


class FineTuning(WholeTraining):
    """A training of the encoder with a head."""

    def __init__(self, task: Task, learning_rate: float, seed: int, settings: TaskSettings, dropout: float) -> None:
        """Start from a copy of the task's backbone, whose own weights stay as they are."""
        self._dropout = dropout
        super().__init__(task, f"fine-tuning, rate {learning_rate:g}, seed {seed}", learning_rate, seed, settings)

    @property
    def model(self) -> nn.Module:
        """The encoder."""
        return self.encoder

    def new_parameters(self) -> Sequence[nn.Parameter]:
        """Those of the copied encoder that take part; its pooler and head for words do not."""
        self.encoder = self.task.backbone.trainable_copy(self._dropout).base_model
        return list(self.encoder.parameters())

    def encode(self) -> Encode:
        """The encoder as it is now."""
        return self._encode

    def encode_training(self, tokens: TokenBatch, owners: list[int]) -> Tensor:
        """Hidden states ``[rows, tokens, width]`` with the encoder's dropout."""
        self.encoder.train()
        return self._encode(tokens.input_ids, tokens.attention_mask)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The encoder's and the head's parameters."""
        return self.model_state(), self.head_state()

    def result(self) -> FineTuned:
        """The best state, ready to encode."""
        encoder, head = self.best
        self.encoder.load_state_dict(encoder)
        self.head.load_state_dict(head)
        self.encoder.eval()
        return FineTuned(self._encode, self.head, self.numbers())

    def _encode(self, input_ids: Tensor, attention_mask: Tensor) -> Tensor:
        with self.precision(), first_token_only(self.encoder, not self.task.per_token):
            hidden: Tensor = self.encoder(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state
        return hidden


class SoftFineTuning(WholeTraining):
    """A training of the whole model, its own head included, with soft tokens or none."""

    def __init__(self, trial: SoftTrial, dropout: float) -> None:
        """Start from a copy of the backbone and the prompt that the trial's seed draws."""
        self.trial, self._dropout = trial, dropout
        super().__init__(trial.task, trial.name, trial.learning_rate, trial.seed, trial.settings)

    @property
    def model(self) -> nn.Module:
        """The model with its head."""
        return self.whole

    def new_parameters(self) -> Sequence[nn.Parameter]:
        """Those of the copy and of the prompt's module."""
        self.whole = self.task.backbone.trainable_copy(self._dropout)
        self.soft = self.trial.fresh_prompt()
        return [*self.whole.parameters(), *self.soft.parameters()]

    def new_head(self) -> Head:
        """What reads the copy's own head."""
        return self.task.head_of(self.whole)

    def encode(self) -> Encode:
        """The copy and the soft tokens as they are now."""
        with torch.no_grad():
            table: Tensor = self.soft()
        return self._encode_with(table)

    def encode_training(self, tokens: TokenBatch, owners: list[int]) -> Tensor:
        """The hidden state that is read, ``[rows, 1, width]``, with the copy's dropout."""
        self.whole.train()
        return self._encode_with(self.soft())(tokens.input_ids, tokens.attention_mask)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """The copy's and the prompt's parameters."""
        return self.model_state(), self.soft.state()

    def result(self) -> FineTuned:
        """The best state, ready to encode."""
        whole, soft = self.best
        self.whole.load_state_dict(whole)
        self.soft.load_state_dict(soft)
        self.whole.train(False)
        return FineTuned(self.encode(), self.head, self.numbers())

    def _encode_with(self, table: Tensor) -> Encode:
        def encode(input_ids: Tensor, attention_mask: Tensor) -> Tensor:
            backbone, reads = self.task.backbone, self.task.reads
            with self.precision():
                return backbone.encode_soft(input_ids, attention_mask, table, reads=reads, model=self.whole)

        return encode


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
    return _train(FineTuning(task, learning_rate, seed, settings, dropout), on_look, progress)


def fine_tune_softly(
    trial: SoftTrial, dropout: float = 0.0, on_look: Callable[[int, float], None] | None = None, progress: bool = True
) -> FineTuned:
    """Train a soft prompt together with a copy of the whole backbone, and keep the state that was best on English dev.

    Args:
        trial: As for the frozen backbone; a prompt of no tokens leaves the template alone.
        dropout: Of the model itself.
        on_look: Called after each look with the update and the score in percent.
        progress: Show a bar.
    """
    return _train(SoftFineTuning(trial, dropout), on_look, progress)


def _train(training: WholeTraining, on_look: Callable[[int, float], None] | None, progress: bool) -> FineTuned:
    total = training.settings.max_updates
    with tqdm(total=total, desc=training.name, unit="updates", leave=False, disable=not progress) as bar:
        while not training.finished:
            _update(training)
            bar.update()
            if training.due:
                score = training.look()
                bar.set_postfix(dev=f"{score:.1f}")
                if on_look is not None:
                    on_look(training.update, score)
    return training.result()


def _update(training: WholeTraining) -> None:
    rows, dropout = training.next_rows(), training.dropout()
    with seeded_torch(training.seed, "encoder dropout", training.update):
        hidden = encode_rows(training.task, [rows], training.encode_training)
    step([training], [rows], hidden, [dropout])
