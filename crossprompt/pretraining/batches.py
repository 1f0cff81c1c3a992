"""Which rows, masks and places each update sees: a function of text, settings and the update's number alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from crossprompt.alignment.masking import Vocabulary, mask_tokens
from crossprompt.alignment.tokens import TokenStore
from crossprompt.backbones.tokenizer import BackboneTokenizer
from crossprompt.pretraining.packing import PackedRows, Row, pack_rows
from crossprompt.pretraining.settings import ObjectiveSettings
from crossprompt.pretraining.text import ParallelText, PretrainingText, PretrainingTextError
from crossprompt.training.randomness import numpy_generator

TokenIds = NDArray[np.int32]

PIVOT_LANGUAGE = "en"


class Objective(IntEnum):
    """What a token that is to be told is there for."""

    MASKED_LM = 0
    TRANSLATION_LM = 1
    BOTTLENECK_SOURCE = 2
    BOTTLENECK = 3
    CAUSAL_LM = 4
    CAUSAL_TRANSLATION = 5
    CAUSAL_MEANING = 6


@dataclass(frozen=True, slots=True)
class PretrainingBatch:
    """One update's input: rows that stand alone, and rows that each wait for the ``<s>`` of one of those.

    Attributes:
        ids: What the rows are called in messages.
        first: All rows but the bottleneck's translations.
        second: The bottleneck's translations; None if there are none.
        sources: Which row of ``first`` each row of ``second`` belongs to, ``[rows of second]``.
        targets: What stood at the masked places of ``first``, then of ``second``, ``[masked]``.
        objectives: An :class:`Objective` for each of them, ``[masked]``.
        tokens: Tokens in all rows, padding not counted.
    """

    ids: tuple[str, ...]
    first: PackedRows
    second: PackedRows | None
    sources: Tensor
    targets: Tensor
    objectives: Tensor
    tokens: int

    def to(self, device: torch.device) -> PretrainingBatch:
        """The same batch on ``device``."""
        second = None if self.second is None else self.second.to(device)
        sources, targets, objectives = (t.to(device) for t in (self.sources, self.targets, self.objectives))
        return PretrainingBatch(self.ids, self.first.to(device), second, sources, targets, objectives, self.tokens)


class RowPlan:
    """All batches of a run."""

    def __init__(
        self,
        text: PretrainingText,
        store: TokenStore,
        tokenizer: BackboneTokenizer,
        settings: ObjectiveSettings,
        rows: int,
        seed: int,
    ) -> None:
        """Plan batches of ``rows`` rows over ``text``, whose texts ``store`` holds as tokens.

        Raises:
            PretrainingTextError: The objectives ask for pairs, and there are none.
        """
        self._text, self._store, self._tokenizer, self._settings = text, store, tokenizer, settings
        self._rows, self._seed = rows, seed
        self._vocabulary = Vocabulary.of(tokenizer.vocabulary_size, tokenizer.mask_id, tokenizer.special_ids)
        if settings.uses_pairs:
            _require_pairs(text)
        self._translation_rows = round(rows * settings.translation_lm)
        self._bottleneck_rows = round(rows * settings.bottleneck)
        self._single_rows = rows - self._translation_rows - self._bottleneck_rows

    def batch(self, step: int) -> PretrainingBatch:
        """The batch of update ``step``, counted from 0."""
        generator = numpy_generator(self._seed, "rows", step)
        single = [self._single(generator) for _ in range(self._single_rows)]
        joined = [self._joined(*self._pair(generator)) for _ in range(self._translation_rows)]
        halves = [self._pair(generator) for _ in range(self._bottleneck_rows)]
        sources = [self._alone(pair[0], Objective.BOTTLENECK_SOURCE) for pair in halves]
        first = [*single, *joined, *sources]
        second = [self._alone(pair[1], Objective.BOTTLENECK) for pair in halves]
        masking = numpy_generator(self._seed, "mask", step)
        packed = [self._pack(rows, masking) for rows in (first, second) if rows]
        return PretrainingBatch(
            ids=tuple(row.name for row in (*first, *second)),
            first=packed[0][0],
            second=packed[1][0] if second else None,
            sources=torch.arange(len(first) - len(sources), len(first)),
            targets=torch.cat([targets for _, targets, _ in packed]),
            objectives=torch.cat([objectives for _, _, objectives in packed]),
            tokens=sum(len(row.tokens) for row in (*first, *second)),
        )

    def _pack(self, rows: Sequence[Row], generator: np.random.Generator) -> tuple[PackedRows, Tensor, Tensor]:
        """The packed rows with some tokens masked, what stood there, and why."""
        tokens = np.concatenate([row.tokens for row in rows]).astype(np.int64)
        kinds = np.repeat([row.kind for row in rows], [len(row.tokens) for row in rows])
        shares = self._mask_shares()[kinds]
        masked = mask_tokens(tokens[None], self._vocabulary, shares[None], generator)
        packed = pack_rows(rows, masked.input_ids[0], masked.positions, self._tokenizer.pad_id)
        return packed, torch.from_numpy(masked.targets), torch.from_numpy(kinds[masked.positions])

    def _mask_shares(self) -> NDArray[np.float64]:
        settings = self._settings
        return np.array(
            [
                settings.masked_lm_mask,
                settings.translation_lm_mask,
                settings.bottleneck_source_mask,
                settings.bottleneck_mask,
            ]
        )

    def _single(self, generator: np.random.Generator, objective: Objective = Objective.MASKED_LM) -> Row:
        """One text: a window of dialogue, a sentence or an utterance."""
        settings, text = self._settings, self._text
        draw = generator.random()
        if draw < settings.dialogue_share and len(text.turns):
            tokens, name = self._window(generator)
        else:
            part = text.sentences if draw > 1 - settings.sentence_share and text.sentences else text.utterances
            present = part.texts
            while (number := int(present[generator.integers(len(present)), generator.integers(present.shape[1])])) < 0:
                pass
            tokens, name = self._tokens(number), f"{part.corpus}[{number}]"
        return self._alone((tokens, name), objective, settings.max_tokens)

    def _window(self, generator: np.random.Generator) -> tuple[TokenIds, str]:
        place = int(generator.integers(len(self._text.turns)))
        wanted = int(generator.integers(1, self._settings.max_window, endpoint=True))
        end = min(place + wanted, int(self._text.turn_ends[place]))
        return self._store.join(self._text.turns[place:end]), f"turns[{place}:{end}]"

    def _pair(self, generator: np.random.Generator) -> tuple[tuple[TokenIds, str], tuple[TokenIds, str]]:
        """Two texts that say the same in two languages, in random order."""
        settings, text = self._settings, self._text
        wants_sentence = generator.random() < settings.sentence_share
        part = text.sentences if wants_sentence and text.sentences else text.utterances
        while True:
            row = part.texts[generator.integers(len(part.texts))]
            present = np.flatnonzero(row >= 0)
            if len(present) > 1:
                break
        left, right = (int(row[place]) for place in self._two_languages(part, present, generator))
        return (self._tokens(left), f"{part.corpus}[{left}]"), (self._tokens(right), f"{part.corpus}[{right}]")

    def _two_languages(
        self, part: ParallelText, present: NDArray[np.int64], generator: np.random.Generator
    ) -> tuple[int, int]:
        first, second = (int(place) for place in generator.choice(present, size=2, replace=False))
        pivot = _pivot(part)
        if generator.random() < self._settings.pivot_share and pivot in present and pivot not in (first, second):
            first, second = (pivot, second) if generator.random() < 0.5 else (first, pivot)
        return first, second

    def _tokens(self, number: int) -> TokenIds:
        return self._store.tokens[self._store.offsets[number] : self._store.offsets[number + 1]]

    def _alone(self, text: tuple[TokenIds, str], objective: Objective, cap: int | None = None) -> Row:
        tokens, name = text
        wrapped = self._tokenizer.wrap(tokens.tolist(), cap or self._settings.max_pair_tokens)
        return Row(name, np.asarray(wrapped), np.arange(len(wrapped)), int(objective))

    def _joined(self, first: tuple[TokenIds, str], second: tuple[TokenIds, str]) -> Row:
        """``<s> A </s></s> B </s>``; the places of the second half begin anew, as if it stood alone."""
        cap, tokenizer = self._settings.max_pair_tokens, self._tokenizer
        left, right = (tokenizer.wrap(tokens.tolist(), cap) for tokens, _ in (first, second))
        return Row(
            name=f"{first[1]} | {second[1]}",
            tokens=np.asarray([*left, tokenizer.end_id, *right[1:]]),
            places=np.concatenate([np.arange(len(left)), np.arange(len(right))]),
            kind=int(Objective.TRANSLATION_LM),
        )


def _require_pairs(text: PretrainingText) -> None:
    for part in (text.utterances, text.sentences):
        if part is not None and (part.texts >= 0).sum(axis=1).max() < 2:
            raise PretrainingTextError(
                f"{part.corpus}: no training text is there in two languages, but objectives.translation_lm, "
                "bottleneck, causal_translation, causal_meaning and parallel_embeddings need pairs: set them to 0, or "
                "give another corpus"
            )


def _pivot(part: ParallelText) -> int:
    """Number of the language that is English, or -1."""
    found = [place for place, language in enumerate(part.languages) if language[:2] == PIVOT_LANGUAGE]
    return found[0] if found else -1
