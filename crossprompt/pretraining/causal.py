"""The rows of a decoder's pre-training: each token is to be told from those before it in its row."""

from __future__ import annotations

import numpy as np
import torch

from crossprompt.pretraining.batches import Objective, PretrainingBatch, RowPlan
from crossprompt.pretraining.packing import Row, pack_rows
from crossprompt.training.randomness import numpy_generator


class CausalRowPlan(RowPlan):
    """All batches of a decoder's run: single texts, and texts with their translations behind them."""

    def batch(self, step: int) -> PretrainingBatch:
        """The batch of update ``step``, counted from 0. Its ``targets`` are the tokens that come next."""
        generator = numpy_generator(self._seed, "rows", step)
        pairs = round(self._rows * self._settings.causal_translation)
        rows = [self._single(generator, Objective.CAUSAL_LM) for _ in range(self._rows - pairs)]
        rows += [self._continued(generator) for _ in range(pairs)]
        tokens = np.concatenate([row.tokens for row in rows]).astype(np.int64)
        kinds = np.repeat([row.kind for row in rows], [len(row.tokens) for row in rows])
        asked = np.ones(len(tokens), dtype=np.bool_)
        asked[np.cumsum([len(row.tokens) for row in rows]) - 1] = False
        places = np.flatnonzero(asked)
        return PretrainingBatch(
            ids=tuple(row.name for row in rows),
            first=pack_rows(rows, tokens, places, self._tokenizer.pad_id),
            second=None,
            sources=torch.zeros(0, dtype=torch.int64),
            targets=torch.from_numpy(tokens[places + 1]),
            objectives=torch.from_numpy(kinds[places]),
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
