"""The rows of a decoder's pre-training: each token is to be told from those before it in its row.

Beside them rows whose last token, ``</s>``, is to tell pieces of the text's translation, in no order (a bag of words:
Zhao, Zhao and Eskenazi 2017). A soft prompt stands behind a text and reads what the text has come to; this objective
makes that the same in all languages.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from crossprompt.alignment.tokens import TokenStore
from crossprompt.pretraining.batches import Objective, PretrainingBatch, RowPlan
from crossprompt.pretraining.packing import Row, pack_rows
from crossprompt.pretraining.parallel import count_pieces_by_id
from crossprompt.pretraining.text import PretrainingText
from crossprompt.training.randomness import numpy_generator

_LEAST_INFORMATION = 1e-3
"""Of a piece that stands in every id: it is drawn when there is nothing else."""


class CausalRowPlan(RowPlan):
    """All batches of a decoder's run: single texts, texts with their translations behind them, texts that tell them."""

    @cached_property
    def _information(self) -> NDArray[np.float64]:
        return piece_information(self._text, self._store, self._tokenizer.vocabulary_size)

    def batch(self, step: int) -> PretrainingBatch:
        """The batch of update ``step``, counted from 0.

        Its ``targets`` are the tokens that come next, then the pieces that the ends of texts tell.
        """
        generator = numpy_generator(self._seed, "rows", step)
        meanings, pairs = (
            round(self._rows * share) for share in (self._settings.causal_meaning, self._settings.causal_translation)
        )
        told = [self._told(generator) for _ in range(meanings)]
        rows = [row for row, _ in told]
        rows += [self._single(generator, Objective.CAUSAL_LM) for _ in range(self._rows - meanings - pairs)]
        rows += [self._continued(generator) for _ in range(pairs)]
        tokens = np.concatenate([row.tokens for row in rows]).astype(np.int64)
        kinds = np.repeat([row.kind for row in rows], [len(row.tokens) for row in rows])
        ends = np.cumsum([len(row.tokens) for row in rows]) - 1
        asked = kinds != int(Objective.CAUSAL_MEANING)
        asked[ends] = False
        places = np.flatnonzero(asked)
        pieces = [found for _, found in told]
        told_places = np.repeat(ends[: len(told)], [len(found) for found in pieces])
        all_places = np.concatenate([places, told_places])
        return PretrainingBatch(
            ids=tuple(row.name for row in rows),
            first=pack_rows(rows, tokens, all_places, self._tokenizer.pad_id),
            second=None,
            sources=torch.zeros(0, dtype=torch.int64),
            targets=torch.from_numpy(np.concatenate([tokens[places + 1], *pieces])),
            objectives=torch.from_numpy(kinds[all_places]),
            tokens=len(tokens),
        )

    def _continued(self, generator: np.random.Generator) -> Row:
        """``<s> A </s> B </s>``, where B says the same as A in another language."""
        (first, first_name), (second, second_name) = self._pair(generator)
        cap, tokenizer = self._settings.max_pair_tokens, self._tokenizer
        left, right = (tokenizer.wrap(tokens.tolist(), cap) for tokens in (first, second))
        tokens = np.asarray([*left, *right[1:]])
        name = f"{first_name} > {second_name}"
        return Row(name, tokens, np.arange(len(tokens)), int(Objective.CAUSAL_TRANSLATION))

    def _told(self, generator: np.random.Generator) -> tuple[Row, NDArray[np.int64]]:
        """``<s> A </s>``, and distinct pieces of A's translation, the rare ones sooner than the frequent."""
        first, (second, second_name) = self._pair(generator)
        row = self._alone(first, Objective.CAUSAL_MEANING)
        pieces = np.unique(second)
        weights = self._information[pieces]
        count = min(self._settings.meaning_pieces, len(pieces))
        drawn = generator.choice(pieces, size=count, replace=False, p=weights / weights.sum())
        named = Row(f"{row.name} = {second_name}", row.tokens, row.places, row.kind)
        return named, drawn.astype(np.int64)


def piece_information(text: PretrainingText, store: TokenStore, vocabulary_size: int) -> NDArray[np.float64]:
    """``log((ids + 1) / (ids whose texts hold the piece + 1))`` of each piece, ``[vocabulary]``; never 0."""
    counts = count_pieces_by_id(text, store, vocabulary_size)
    held = np.asarray((counts > 0).sum(axis=1)).ravel()
    information: NDArray[np.float64] = np.log((counts.shape[1] + 1) / (held + 1))
    return information.clip(min=_LEAST_INFORMATION)
