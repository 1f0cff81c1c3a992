"""Trials of a soft prompt at the input of the frozen backbone, many in one forward."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from crossprompt.backbones.tokenizer import TokenBatch
from crossprompt.prompts.soft import SoftPrompt
from crossprompt.tasks.records import TrainingNumbers
from crossprompt.tasks.settings import TaskSettings
from crossprompt.tasks.task import Encode, Task
from crossprompt.training.randomness import torch_generator
from crossprompt.trials.memory import STATE_COPIES, kept_bytes, longest_rows
from crossprompt.trials.training import EncodeRows, SharedTraining

MakePrompt = Callable[[torch.Generator], SoftPrompt]
"""Draws a trial's fresh prompt on the CPU; its width is the backbone's."""

VOCABULARY_COPIES = 4
"""Float32 copies of a row's logits over the vocabulary while a loss is computed: themselves, their logarithm, and two
of what a divergence keeps."""


@dataclass(frozen=True, slots=True, eq=False)
class TunedSoftPrompt:
    """What a trial of a soft prompt gives.

    Attributes:
        table: The soft tokens as rows are to carry them, ``[soft tokens, width]``, float32 on the CPU; whatever module
            made them is not needed any more.
        head: The parameters of the task's head; none where it reads the backbone's own.
        numbers: The training.
    """

    table: Tensor
    head: dict[str, Tensor]
    numbers: TrainingNumbers


@dataclass(frozen=True, slots=True, eq=False)
class SoftTrial:
    """A trial of a soft prompt, before it begins.

    Attributes:
        name: For messages.
        task: With its rows' soft tokens within the prompt's.
        settings: The budget and the schedule; ``prompt`` and ``seeds`` are not looked at.
        learning_rate: Peak rate.
        seed: Draws shots, batches, dropout and the prompt.
        make_prompt: See :data:`MakePrompt`.
    """

    name: str
    task: Task
    settings: TaskSettings
    learning_rate: float
    seed: int
    make_prompt: MakePrompt

    def start(self) -> SoftTraining:
        """Draw everything that the seed draws."""
        return SoftTraining(self)

    def fresh_prompt(self) -> SoftPrompt:
        """The prompt as the seed draws it, on the backbone's device."""
        prompt = self.make_prompt(torch_generator(self.seed, "prompt"))
        return prompt.to(self.task.backbone.device)

    def needed_bytes(self) -> int:
        """What one update keeps for its backward pass, at the head also, and the trained state."""
        backbone = self.task.backbone
        lengths = longest_rows(self.task, self.settings, self.seed)
        kept = sum(kept_bytes(backbone, 1, tokens, 0) for tokens in lengths)
        logits = VOCABULARY_COPIES * 4 * len(lengths) * backbone.vocabulary_size
        trained = sum(parameter.numel() for parameter in self.make_prompt(torch_generator(0, "memory")).parameters())
        return kept + logits + 4 * STATE_COPIES * trained


class SoftTraining(SharedTraining[TunedSoftPrompt]):
    """One trial: a module that makes soft tokens, on the frozen backbone."""

    def __init__(self, trial: SoftTrial) -> None:
        """Start from the prompt that the trial's seed draws."""
        self.trial = trial
        super().__init__(trial.task, trial.name, trial.learning_rate, trial.seed, trial.settings)

    def new_parameters(self) -> Sequence[nn.Parameter]:
        """Those of the module."""
        self.soft = self.trial.fresh_prompt()
        return list(self.soft.parameters())

    def prompt(self, generator: torch.Generator) -> Tensor:
        """The table ``[soft tokens, width]``, with the module's dropout."""
        table: Tensor = self.soft(generator)
        return table

    @staticmethod
    def encode_together(trainings: Sequence[Any], prompts: Sequence[Tensor]) -> EncodeRows:
        """Each row reads the table of its trial; shorter tables are filled up with zeros, which no row names."""
        task = trainings[0].task
        backbone, alone = task.backbone, len(prompts) == 1
        longest = max(len(table) for table in prompts)
        filled = [nn.functional.pad(table, (0, 0, 0, longest - len(table))) for table in prompts]
        stacked = torch.stack(filled)

        def encode(tokens: TokenBatch, owners: list[int]) -> Tensor:
            hidden: Tensor = backbone.encode_soft(
                tokens.input_ids,
                tokens.attention_mask,
                stacked[0] if alone else stacked,
                reads=task.reads,
                owners=None if alone else torch.tensor(owners, device=backbone.device),
                training=True,
            )
            return hidden

        return encode

    def encode(self) -> Encode:
        """The frozen backbone with the soft tokens as they are now."""
        with torch.no_grad():
            return softly_prompted(self.task, self.soft())

    def state(self) -> tuple[Tensor, dict[str, Tensor]]:
        """The table and the head's parameters, float32."""
        with torch.no_grad():
            table: Tensor = self.soft()
        return table.detach().cpu().clone(), self.head_state()

    def result(self) -> TunedSoftPrompt:
        """The best state and the training."""
        table, head = self.best
        return TunedSoftPrompt(table, head, self.numbers())


def softly_prompted(task: Task, table: Tensor) -> Encode:
    """Encoding by the task's frozen backbone of rows that carry soft tokens of ``table``, ``[soft tokens, width]``."""
    backbone = task.backbone
    return lambda input_ids, attention_mask: backbone.encode_soft(input_ids, attention_mask, table, reads=task.reads)
