"""What every downstream task offers to those who train, compare and score it, whatever its head and its score.

A task knows its English training data, how rows of tokens with their targets are made of it, which head reads the
hidden states, and how answers are judged. It knows nothing of prompts, of fine-tuning or of how many trials run at
once: whoever trains it hands over a way to encode.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pyarrow as pa
import torch
from torch import Tensor
from torch.nn import functional

from crossprompt.backbones.encoder import Backbone
from crossprompt.backbones.frozen import FrozenModel
from crossprompt.backbones.readout import Readout
from crossprompt.records import Record
from crossprompt.tasks.heads import Head

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Encode = Callable[[Tensor, Tensor], Tensor]
"""From token ids and attention mask, both ``[batch, tokens]``, to hidden states ``[batch, tokens, width]``.

For a task that reads one token of each row (``Task.reads``), its alone, ``[batch, 1, width]``, are enough."""

IGNORED = -100
"""The target of a token that nothing is to be said of."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Training rows.

    Attributes:
        ids: What the rows are called in messages.
        sequences: Token ids with special tokens, one list per row; ids behind the vocabulary are soft tokens.
        targets: One label position per row, ``(label,)``, or none, ``()``, where the row has no label; or, where
            ``Task.per_token``, one per token of the sequence, special tokens included, ``IGNORED`` where nothing is
            said.
    """

    ids: tuple[str, ...]
    sequences: tuple[Sequence[int], ...]
    targets: tuple[tuple[int, ...], ...]


class ScoredAnswers(Record):
    """A model's answers to the test of one locale, each with what it adds to the score.

    The score is ``100 * sum(numerators) / sum(denominators)``: for accuracy 0 or 1 over 1; for a micro-F1 twice the
    right spans over predicted plus true spans. So intervals and paired tests need not know which score it is.
    """

    locale: str
    ids: tuple[str, ...]
    answers: tuple[str, ...]
    """What was answered, as text: an intent, or an utterance with its slots marked."""
    numerators: tuple[int, ...]
    denominators: tuple[int, ...]

    @property
    def score(self) -> float:
        """In percent; 0 if there is nothing to score."""
        return 100.0 * sum(self.numerators) / max(1, sum(self.denominators))


class Task(ABC):
    """A task learned on English and tested in every locale, tokenised for one backbone."""

    name: ClassVar[str]
    """Such as ``intent``, ``nli`` or ``slots``."""
    score_name: ClassVar[str]
    """Such as ``accuracy`` or ``F1``; always in percent."""
    reads: ClassVar[Readout] = Readout.FIRST
    """Which hidden states the head gets."""
    backbone: FrozenModel

    @property
    def encoder(self) -> Backbone:
        """The backbone as one that deep prompts steer.

        Raises:
            TypeError: It is a decoder.
        """
        if not isinstance(self.backbone, Backbone):
            raise TypeError(f"task {self.name} is on a {type(self.backbone).__name__}, which takes no deep prompts")
        return self.backbone

    @property
    def per_token(self) -> bool:
        """Whether targets and logits are per token; else per row."""
        return self.reads is Readout.EVERY

    @property
    @abstractmethod
    def labels(self) -> tuple[str, ...]:
        """What the logits stand for, in their order: sorted names, never the order of a set."""

    @property
    @abstractmethod
    def fingerprint(self) -> str:
        """Hex SHA-256 of the English data and of all settings that decide rows, labels and dev scores."""

    @abstractmethod
    def draw(self, shots: int | None, seed: int) -> tuple[int, ...]:
        """Positions of the training examples that ``seed`` draws: ``shots`` per label, None: all."""

    @abstractmethod
    def rows(self, examples: Sequence[int], generator: np.random.Generator) -> Rows:
        """Training rows for a batch of examples; ``generator`` draws what is drawn anew each time (negatives)."""

    @abstractmethod
    def fresh_head(self, dropout: float, generator: torch.Generator) -> Head:
        """An untrained head on the CPU, drawn by ``generator``; or what reads the backbone's own head, untrained."""

    def head_of(self, model: PreTrainedModel) -> Head:
        """What reads the own head of ``model``, a trained copy of the backbone's model, as a head without parameters.

        Raises:
            TypeError: The task has a head that is trained, and reads no other.
        """
        raise TypeError(
            f"task {self.name} reads {self.reads.value} with a head of its own, not with a language model's"
        )

    @abstractmethod
    def dev_score(self, encode: Encode, head: Head) -> float:
        """The score on English dev in percent, without dropout."""

    @abstractmethod
    def answer(self, encode: Encode, head: Head, tests: Sequence[Test]) -> list[ScoredAnswers]:
        """Answers to the tests of several locales; each distinct text is computed once, with others of its length."""

    def derived(self, tests: Sequence[Test], answers: Sequence[ScoredAnswers]) -> dict[str, list[ScoredAnswers]]:
        """Other scores of the same ``answers``, by the name that such a task has in a comparison; here none."""
        return {}

    @abstractmethod
    def tests(self, table: pa.Table, locales: Sequence[str], max_utterances: int | None) -> list[Test]:
        """The test rows of each locale out of a table of ``UTTERANCE_FEATURES``, the first so many by id."""

    def training_loss(self, head: Head, hidden: Tensor, rows: Rows, generator: torch.Generator | None) -> Tensor:
        """The loss of one update (scalar): here :meth:`loss` of the head's logits.

        A task whose rows don't all have a label, or whose loss compares rows, has its own.

        Args:
            head: The trial's.
            hidden: ``[rows, tokens, width]``, with a graph; one token where the task reads one.
            rows: What was encoded.
            generator: Draws the head's dropout.
        """
        targets = pad_targets(rows, hidden.shape[1]).to(hidden.device)
        return self.loss(head(hidden, generator), targets)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy (scalar) of ``logits`` over the targets that are not ``IGNORED``.

        Args:
            logits: ``[rows, labels]`` or ``[rows, tokens, labels]``.
            targets: ``[rows, 1]`` or ``[rows, tokens]``, padded with ``IGNORED``.
        """
        return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1), ignore_index=IGNORED)


def pad_targets(rows: Rows, width: int) -> Tensor:
    """The targets as ``[rows, width]`` (one column where there is one target per row), filled with ``IGNORED``."""
    targets = torch.full((len(rows.targets), width), IGNORED, dtype=torch.int64)
    for row, own in enumerate(rows.targets):
        targets[row, : len(own)] = torch.as_tensor(own, dtype=torch.int64)
    return targets


@dataclass(frozen=True, slots=True)
class Test:
    """The test of one locale, prepared by a task for itself: ``content`` is whatever it needs to answer and judge."""

    __test__ = False  # pytest: not a test class

    locale: str
    ids: tuple[str, ...]
    content: Any
