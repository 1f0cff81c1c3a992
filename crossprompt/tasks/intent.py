"""Intent classification with the vanilla head on ``<s>`` (paper 001, section 5.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from crossprompt.backbones.frozen import FrozenModel
from crossprompt.tasks.batches import InferenceBatch, inference_batches, inference_tokens, padding_multiple
from crossprompt.tasks.heads import Head, IntentHead
from crossprompt.tasks.shots import IntentData, draw_shots, encode_labels, select_rows
from crossprompt.tasks.task import Encode, Rows, ScoredAnswers, Task, Test


@dataclass(frozen=True, slots=True)
class _Labelled:
    """A locale's test: texts and the positions of their true intents among the labels."""

    texts: tuple[str, ...]
    gold: NDArray[np.int64]


class IntentTask(Task):
    """English train and dev tokenised once, for all trainings on one backbone."""

    name: ClassVar[str] = "intent"
    score_name: ClassVar[str] = "accuracy"

    def __init__(self, data: IntentData, backbone: FrozenModel) -> None:
        """Tokenise ``data``; dev goes into padded batches of similar lengths."""
        self.data = data
        self.backbone = backbone
        self._train = self.sequences(data.train.texts)
        self._dev = list(self._batches(self.sequences(data.dev.texts)))
        self._dev_labels = torch.tensor(data.dev.labels)
        self._known: dict[str, list[int]] = {}

    @property
    def labels(self) -> tuple[str, ...]:
        """The intents of English train, sorted."""
        return self.data.labels

    @property
    def fingerprint(self) -> str:
        """Of the English data."""
        return self.data.fingerprint

    def draw(self, shots: int | None, seed: int) -> tuple[int, ...]:
        """``shots`` training examples of each intent; see :func:`crossprompt.tasks.shots.draw_shots`."""
        return draw_shots(self.data, shots, seed).positions

    def rows(self, examples: Sequence[int], generator: np.random.Generator) -> Rows:
        """One row per example, its intent the target; nothing is drawn."""
        chosen = self.data.train.take(examples)
        sequences = tuple(self._train[example] for example in examples)
        return Rows(chosen.ids, sequences, tuple((label,) for label in chosen.labels))

    def sequences(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text as a row of token ids."""
        return self.backbone.tokenizer.encode(texts)

    def choose(self, logits: torch.Tensor) -> torch.Tensor:
        """What is answered: the label's position, and in further columns what :meth:`judge` may need.

        Args:
            logits: The head's.

        Returns:
            Whole numbers, ``[rows, columns]``.
        """
        return logits.argmax(dim=-1, keepdim=True)

    def fresh_head(self, dropout: float, generator: torch.Generator) -> Head:
        """The vanilla head."""
        return IntentHead.fresh(self.backbone.width, len(self.labels), dropout, generator)

    @torch.inference_mode()
    def dev_score(self, encode: Encode, head: Head) -> float:
        """Share of English dev utterances with the right intent, in percent."""
        right = 0
        for batch in self._dev:
            chosen = self._answer_batch(encode, head, batch)[:, 0]
            right += int((chosen == self._dev_labels[list(batch.positions)]).sum())
        return 100.0 * right / len(self._dev_labels)

    def tests(self, table: pa.Table, locales: Sequence[str], max_utterances: int | None) -> list[Test]:
        """The test utterances of each locale.

        Raises:
            TaskDataError: A locale has none, an id is there twice, or an intent that English train lacks.
        """
        return [self._test(table, locale, max_utterances) for locale in locales]

    @torch.inference_mode()
    def answer(self, encode: Encode, head: Head, tests: Sequence[Test]) -> list[ScoredAnswers]:
        """The most probable intent of each utterance; right or wrong over 1."""
        places: dict[str, int] = {}
        for test in tests:
            for text in test.content.texts:
                places.setdefault(text, len(places))
        if not places:
            return []
        found: list[tuple[tuple[int, ...], NDArray[np.int64]]] = []
        sequences = self._tokens(list(places))
        with tqdm(total=len(places), unit="text", desc="answer", mininterval=1.0, leave=False) as progress:
            for batch in self._batches(sequences):
                found.append((batch.positions, self._answer_batch(encode, head, batch).numpy()))
                progress.update(len(batch.positions))
        order = np.argsort(np.concatenate([positions for positions, _ in found]))
        chosen = np.concatenate([own for _, own in found])[order]
        return [self.judge(test, chosen[[places[text] for text in test.content.texts]]) for test in tests]

    def _test(self, table: pa.Table, locale: str, max_utterances: int | None) -> Test:
        rows = select_rows(table, locale, "test").slice(0, max_utterances)
        ids = tuple(rows["id"].to_pylist())
        gold = encode_labels(rows["intent"].to_pylist(), ids, self.labels, f"{locale} test")
        return Test(locale, ids, _Labelled(tuple(rows["utt"].to_pylist()), np.asarray(gold, dtype=np.int64)))

    def judge(self, test: Test, chosen: NDArray[np.int64]) -> ScoredAnswers:
        """Right or wrong, from what :meth:`choose` gave for each utterance, ``[utterances, columns]``."""
        predicted = chosen[:, 0]
        return ScoredAnswers(
            locale=test.locale,
            ids=test.ids,
            answers=tuple(self.labels[label] for label in predicted),
            numerators=tuple((predicted == test.content.gold).astype(int).tolist()),
            denominators=(1,) * len(test.ids),
        )

    def _tokens(self, texts: list[str]) -> list[list[int]]:
        """Token ids of texts; those of a text seen before are remembered, since every model answers the same tests."""
        new = [text for text in texts if text not in self._known]
        self._known.update(zip(new, self.sequences(new), strict=True))
        return [self._known[text] for text in texts]

    def _answer_batch(self, encode: Encode, head: Head, batch: InferenceBatch) -> torch.Tensor:
        hidden = encode(batch.tokens.input_ids, batch.tokens.attention_mask)
        return self.choose(head(hidden)).cpu()

    def _batches(self, sequences: Sequence[Sequence[int]]) -> Iterator[InferenceBatch]:
        backbone = self.backbone
        batches = inference_batches(
            sequences, backbone.tokenizer, inference_tokens(backbone), padding_multiple(backbone)
        )
        return (InferenceBatch(b.positions, b.tokens.to(backbone.device)) for b in batches)
