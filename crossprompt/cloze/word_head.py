"""A head without parameters: the language model's own, at the place where the answer is read."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

from crossprompt.tasks.heads import Head

VocabularyLogits = Callable[[Tensor], Tensor]
"""From hidden states ``[rows, width]`` to logits over the vocabulary, ``[rows, vocabulary]``."""


class WordHead(Head):
    """Logits of all words, ``[rows, vocabulary]``; which of them are answers is the task's to say."""

    def __init__(self, logits: VocabularyLogits) -> None:
        """Read with ``logits``: a backbone's own head, or that of a copy that is trained."""
        super().__init__()
        self._logits = logits

    def forward(self, hidden: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Logits ``[rows, vocabulary]``, float32, for hidden states ``[rows, 1, width]``.

        Args:
            hidden: In any floating precision; the first token counts.
            generator: Not used: there is no dropout here.
        """
        return self._logits(hidden[:, 0]).float()
