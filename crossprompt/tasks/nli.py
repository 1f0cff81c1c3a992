"""Intent classification in its NLI form: an utterance and an intent, entailed or not (paper 001, section 5.2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from crossprompt.backbones.encoder import Backbone
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.entailment import (
    ENTAILMENT,
    NOT_ENTAILMENT,
    PAIR_LABELS,
    PairReader,
    Question,
    word_intents,
)
from crossprompt.tasks.heads import Head, IntentHead
from crossprompt.tasks.settings import NliSettings
from crossprompt.tasks.shots import IntentData, TaskDataError, draw_shots, encode_labels, select_rows
from crossprompt.tasks.task import Encode, Rows, ScoredAnswers, Task, Test


@dataclass(frozen=True, slots=True)
class _Asked:
    """A locale's test: one question per utterance, and the position of its true intent."""

    questions: tuple[Question, ...]
    gold: NDArray[np.int64]


class NliTask(Task):
    """English train and dev as pairs of utterance and intent; every intent is a candidate for every utterance."""

    name: ClassVar[str] = "nli"
    score_name: ClassVar[str] = "accuracy"

    def __init__(
        self,
        data: IntentData,
        backbone: Backbone,
        settings: NliSettings | None = None,
        descriptions: Mapping[str, str] | None = None,
    ) -> None:
        """Word the intents; pairs are tokenised when they are needed.

        Args:
            data: English train and dev.
            backbone: Its tokenizer joins the pairs.
            settings: What an intent is put as.
            descriptions: By intent; needed only where the settings ask for them.

        Raises:
            TaskDataError: There is but one intent, one lacks its description, or two read alike.
        """
        if len(data.labels) < 2:
            raise TaskDataError(f"English train has no two intents, only {data.labels}: a pair needs a false one too")
        settings = settings or NliSettings()
        self.data = data
        self.backbone = backbone
        self._reader = PairReader(word_intents(data.labels, settings.hypothesis, descriptions or {}), backbone)
        self._dev = self._ask(data.dev.texts)

    @property
    def labels(self) -> tuple[str, ...]:
        """The two classes of a pair."""
        return PAIR_LABELS

    @property
    def intents(self) -> tuple[str, ...]:
        """The candidates: the intents of English train, sorted."""
        return self.data.labels

    @property
    def fingerprint(self) -> str:
        """Of the English data and of what the intents are put as."""
        return fingerprint_value([self.name, self.data.fingerprint, self._reader.hypotheses])

    def draw(self, shots: int | None, seed: int) -> tuple[int, ...]:
        """``shots`` training examples of each intent, the same as of the vanilla form."""
        return draw_shots(self.data, shots, seed).positions

    def rows(self, examples: Sequence[int], generator: np.random.Generator) -> Rows:
        """Each example with its intent, then each with one that is not its own, drawn anew with equal chances."""
        chosen = self.data.train.take(examples)
        true = np.asarray(chosen.labels, dtype=np.int64)
        drawn = generator.integers(len(self.intents) - 1, size=len(true))
        false = drawn + (drawn >= true)
        refused = tuple(f"{i} (not {self.intents[label]})" for i, label in zip(chosen.ids, false, strict=True))
        pairs = self._reader.pairs(chosen.texts * 2, [*true.tolist(), *false.tolist()])
        targets = ((ENTAILMENT,),) * len(true) + ((NOT_ENTAILMENT,),) * len(false)
        return Rows(chosen.ids + refused, tuple(pairs), targets)

    def fresh_head(self, dropout: float, generator: torch.Generator) -> IntentHead:
        """The head on ``<s>`` with two classes."""
        return IntentHead.fresh(self.backbone.width, len(PAIR_LABELS), dropout, generator)

    def dev_score(self, encode: Encode, head: Head) -> float:
        """Share of English dev utterances whose most entailed intent is the right one, in percent."""
        winners = self._reader.answer(encode, head, self._dev).winners
        return 100.0 * float((winners == np.asarray(self.data.dev.labels)).mean())

    def tests(self, table: pa.Table, locales: Sequence[str], max_utterances: int | None) -> list[Test]:
        """The test utterances of each locale.

        Raises:
            TaskDataError: A locale has none, an id is there twice, or an intent that English train lacks.
        """
        return [self._test(table, locale, max_utterances) for locale in locales]

    def answer(self, encode: Encode, head: Head, tests: Sequence[Test]) -> list[ScoredAnswers]:
        """The most entailed intent of each utterance; each distinct utterance meets every intent once."""
        questions = [question for test in tests for question in test.content.questions]
        winners = self._reader.answer(encode, head, questions, progress=True).winners
        stops = np.cumsum([len(test.ids) for test in tests])
        return [self._judge(test, own) for test, own in zip(tests, np.split(winners, stops[:-1]), strict=True)]

    def _test(self, table: pa.Table, locale: str, max_utterances: int | None) -> Test:
        rows = select_rows(table, locale, "test").slice(0, max_utterances)
        ids = tuple(rows["id"].to_pylist())
        gold = encode_labels(rows["intent"].to_pylist(), ids, self.intents, f"{locale} test")
        return Test(locale, ids, _Asked(self._ask(rows["utt"].to_pylist()), np.asarray(gold, dtype=np.int64)))

    def _ask(self, texts: Sequence[str]) -> tuple[Question, ...]:
        candidates = tuple(range(len(self.intents)))
        return tuple(Question(text, candidates) for text in texts)

    def _judge(self, test: Test, winners: NDArray[np.int64]) -> ScoredAnswers:
        return ScoredAnswers(
            locale=test.locale,
            ids=test.ids,
            answers=tuple(self.intents[winner] for winner in winners),
            numerators=tuple((winners == test.content.gold).astype(int).tolist()),
            denominators=(1,) * len(test.ids),
        )
