"""A stand-in for encoder and head that knows the log-odds of each pair, and counts what it is asked."""

from __future__ import annotations

from torch import Tensor, tensor, zeros

from crossprompt.tasks.entailment import ENTAILMENT
from crossprompt.tasks.heads import Head


def token_ids_as_hidden(input_ids: Tensor, attention_mask: Tensor) -> Tensor:
    """An encoding that loses nothing: ``[rows, tokens, 1]``."""
    return (input_ids * attention_mask - (1 - attention_mask)).float()[..., None]


class Oracle(Head):
    """Log-odds by (text, hypothesis), else -5; ``asked`` holds every pair in the order of the rows."""

    def __init__(self, tokenizer, log_odds: dict[tuple[str, str], float]) -> None:
        super().__init__()
        self.tokenizer = tokenizer
        self.asked: list[tuple[int, ...]] = []
        self.known = {self.pair(*texts): value for texts, value in log_odds.items()}

    def pair(self, text: str, hypothesis: str) -> tuple[int, ...]:
        return tuple(self.tokenizer.wrap_pair(*self.tokenizer.pieces([text, hypothesis]), keep_end=True))

    def forward(self, hidden, generator=None):
        rows = [tuple(int(i) for i in row if i >= 0) for row in hidden[..., 0]]
        self.asked += rows
        logits = zeros(len(rows), 2)
        logits[:, ENTAILMENT] = tensor([self.known.get(row, -5.0) for row in rows])
        return logits
