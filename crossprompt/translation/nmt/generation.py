"""What a model gives for a batch of token ids, whatever library computes it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Search:
    """How translations are searched.

    Attributes:
        beam_size: Hypotheses kept at each token; 1: greedy.
        most_tokens: Longest translation in tokens, language code and end included.
        length_penalty: Power of the length by which a hypothesis's log-probability is divided; 0: not at all.
    """

    beam_size: int
    most_tokens: int
    length_penalty: float = 1.0


def least_tokens(first: int | None) -> int:
    """The shortest translation, end not included: a code, where the decoder is told one, and one token of text."""
    return 1 if first is None else 2


@dataclass(frozen=True, slots=True)
class Generated:
    """Token ids of one translation, and whether it came to its end within the longest length."""

    ids: list[int]
    ended: bool


class Generator(Protocol):
    """A model."""

    def generate(self, sources: Sequence[Sequence[int]], first: int | None, search: Search) -> list[Generated]:
        """The best translation of each source, of one token at least.

        The search ends for a text as soon as so many hypotheses have ended as there are beams.

        Args:
            sources: Token ids, language code and end included; not padded.
            first: Id of the token with which each translation must begin; None: it is free.
            search: How to search.
        """
        ...


def length_sorted_batches(lengths: Sequence[int], most_tokens: int) -> Iterator[list[int]]:
    """Positions of texts in batches, the longest texts first, so that little is padded.

    Args:
        lengths: Tokens of each text.
        most_tokens: Of a batch, padding included; a text that is longer makes a batch of its own.

    Yields:
        Positions in ``lengths``; each stands in exactly one batch.
    """
    batch: list[int] = []
    for position in sorted(range(len(lengths)), key=lambda position: (-lengths[position], position)):
        if batch and (len(batch) + 1) * lengths[batch[0]] > most_tokens:
            yield batch
            batch = []
        batch.append(position)
    if batch:
        yield batch
