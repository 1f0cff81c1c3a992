"""Intents of a dialogue's turns as entailment, among those of the turn's service, or none (paper 001, section 5)."""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from crossprompt.backbones.encoder import Backbone
from crossprompt.corpora.dialogue_parser import NO_INTENT
from crossprompt.corpora.records import ServiceIntent
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.dialogue_intents import DialogueIntents, services_of
from crossprompt.tasks.entailment import (
    ENTAILMENT,
    NOT_ENTAILMENT,
    PAIR_LABELS,
    PairReader,
    Question,
    Verdicts,
    word_intents,
)
from crossprompt.tasks.heads import Head, IntentHead
from crossprompt.tasks.settings import XsgdSettings
from crossprompt.tasks.shots import TaskDataError, draw_of_each, select_rows
from crossprompt.tasks.task import Encode, Rows, ScoredAnswers, Task, Test

logger = logging.getLogger(__name__)

OUT_OF_SCOPE = -1
"""Where the position of an intent stands otherwise."""


@dataclass(frozen=True, slots=True)
class Turns:
    """Turns of dialogues, each with its service and what is asked of it.

    Attributes:
        ids: ``dialogue/turn/service``.
        services: Of each turn.
        questions: The text and the service's intents, as positions among all services' intents.
        gold: The true intent's position, or ``OUT_OF_SCOPE``.
    """

    ids: tuple[str, ...]
    services: tuple[str, ...]
    questions: tuple[Question, ...]
    gold: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


class XsgdTask(Task):
    """Turns of English dialogues as pairs with the intents of their service, of which perhaps none is right.

    Two scores come of the same answers: :meth:`answer` gives those of all turns, :meth:`answers_with_intent` those of
    turns that have an intent; the second is a task of its own to a comparison, called ``name_with_intent``.
    """

    name: ClassVar[str] = "xsgd"
    name_with_intent: ClassVar[str] = "xsgd-with-intent"
    score_name: ClassVar[str] = "accuracy"

    def __init__(self, data: DialogueIntents, backbone: Backbone, settings: XsgdSettings) -> None:
        """Take English train and dev out of ``data``; pairs are tokenised when they are needed.

        Raises:
            TaskDataError: There is no English train or dev, an id is there twice, a service is unknown, an intent lacks
                its description, or two intents of a service read alike.
        """
        self.backbone = backbone
        self.settings = settings
        self.intents, hypotheses = _word(data.intents, settings)
        self._places = {intent: place for place, intent in enumerate(self.intents)}
        self._reader = PairReader(hypotheses, backbone, keep_end=True)
        self._candidates = _candidates(self.intents)
        self._train = self._turns(data.utterances, ENGLISH, "train", None)
        self._dev = self._turns(data.utterances, ENGLISH, "dev", settings.max_dev_turns)
        self._threshold = math.log(settings.threshold / (1 - settings.threshold))

    @property
    def labels(self) -> tuple[str, ...]:
        """The two classes of a pair."""
        return PAIR_LABELS

    @property
    def fingerprint(self) -> str:
        """Of the English turns with their intents, of what these are put as, and of the settings."""
        parts = [[t.ids, [q.text for q in t.questions], t.gold.tolist()] for t in (self._train, self._dev)]
        settings = self.settings.model_dump(mode="json", exclude={"languages"})
        return fingerprint_value([self.name, self.intents, self._reader.hypotheses, settings, parts])

    def draw(self, shots: int | None, seed: int) -> tuple[int, ...]:
        """``shots`` training turns of each service; with ``balanced_shots`` as many again, those without an intent.

        A service with fewer gives all that it has, which is logged. What is drawn for one does not depend on others.
        """
        if shots is None:
            return tuple(range(len(self._train)))
        return draw_of_each(self._strata(), shots, seed)[0]

    def rows(self, examples: Sequence[int], generator: np.random.Generator) -> Rows:
        """One true pair and one false pair for each example, so that both are equally many.

        The false one is the turn with another intent of its service, drawn anew; a service's only intent is replaced by
        one of another service. A turn without an intent has no true pair: one of the batch's other turns stands in,
        drawn anew; if none has an intent there are false pairs alone.
        """
        able = [example for example in examples if self._train.gold[example] != OUT_OF_SCOPE]
        true = [
            e if self._train.gold[e] != OUT_OF_SCOPE else able[generator.integers(len(able))] for e in examples if able
        ]
        false = [self._false_intent(example, generator) for example in examples]
        turns, intents = [*true, *examples], [*(int(self._train.gold[e]) for e in true), *false]
        texts = [self._train.questions[turn].text for turn in turns]
        targets = ((ENTAILMENT,),) * len(true) + ((NOT_ENTAILMENT,),) * len(false)
        ids = (f"{self._train.ids[turn]} + {self.intents[i][1]}" for turn, i in zip(turns, intents, strict=True))
        return Rows(tuple(ids), tuple(self._reader.pairs(texts, intents)), targets)

    def fresh_head(self, dropout: float, generator: torch.Generator) -> IntentHead:
        """The head on ``<s>`` with two classes."""
        return IntentHead.fresh(self.backbone.width, len(PAIR_LABELS), dropout, generator)

    def dev_score(self, encode: Encode, head: Head) -> float:
        """Share of English dev turns that are answered right, in percent; those without an intent count as well."""
        predicted = self._decide(self._reader.answer(encode, head, self._dev.questions))
        return 100.0 * float((predicted == self._dev.gold).mean())

    def tests(self, table: pa.Table, locales: Sequence[str], max_utterances: int | None) -> list[Test]:
        """The test turns of each locale, out of ``DialogueIntents.utterances``.

        If ``max_utterances`` are fewer than there are, those are taken that come first in the order of their ids'
        SHA-256, not of the ids, since SGD's go by domain: the same turns in all languages of a parallel corpus.

        Raises:
            TaskDataError: A locale has none, an id is there twice, or a service or an intent is unknown.
        """
        turns = ((locale, self._turns(table, locale, "test", max_utterances)) for locale in locales)
        return [Test(locale, found.ids, found) for locale, found in turns]

    def answer(self, encode: Encode, head: Head, tests: Sequence[Test]) -> list[ScoredAnswers]:
        """The most entailed intent of each turn, or ``NO_INTENT`` if its probability is below the threshold."""
        questions = [question for test in tests for question in test.content.questions]
        predicted = self._decide(self._reader.answer(encode, head, questions, progress=True))
        stops = np.cumsum([len(test.ids) for test in tests])
        return [self._judge(test, own) for test, own in zip(tests, np.split(predicted, stops[:-1]), strict=True)]

    def answers_with_intent(self, tests: Sequence[Test], answers: Sequence[ScoredAnswers]) -> list[ScoredAnswers]:
        """Of the ``answers`` to ``tests`` those to turns that have an intent; nothing is computed again."""
        return [
            _select(own, np.flatnonzero(t.content.gold != OUT_OF_SCOPE)) for t, own in zip(tests, answers, strict=True)
        ]

    def derived(self, tests: Sequence[Test], answers: Sequence[ScoredAnswers]) -> dict[str, list[ScoredAnswers]]:
        """The second score, of :meth:`answers_with_intent`."""
        return {self.name_with_intent: self.answers_with_intent(tests, answers)}

    def _turns(self, table: pa.Table, locale: str, partition: str, most: int | None) -> Turns:
        rows = select_rows(table, locale, partition)
        if most is not None and most < rows.num_rows:
            ids = rows["id"].to_pylist()
            mixed = sorted(range(len(ids)), key=lambda i: hashlib.sha256(ids[i].encode()).digest())
            rows = rows.take(sorted(mixed[:most]))
        ids, services = rows["id"].to_pylist(), rows["scenario"].to_pylist()
        if unknown := sorted(set(services) - self._candidates.keys()):
            raise TaskDataError(f"{locale} {partition}: {', '.join(unknown[:3])} are services without any known intent")
        texts = rows["utt"].to_pylist()
        questions = tuple(Question(t, self._candidates[s]) for t, s in zip(texts, services, strict=True))
        gold = [self._place(*found) for found in zip(services, rows["intent"].to_pylist(), ids, strict=True)]
        return Turns(tuple(ids), tuple(services), questions, np.asarray(gold, dtype=np.int64))

    def _place(self, service: str, intent: str, identifier: str) -> int:
        if intent == NO_INTENT:
            return OUT_OF_SCOPE
        if (service, intent) not in self._places:
            raise TaskDataError(f"{identifier}: {intent!r} is no intent of {service}; mend the label or the schema")
        return self._places[service, intent]

    def _strata(self) -> dict[str, list[int]]:
        """Training turns by what so many shots are drawn of: the service, and with balance whether it has an intent."""
        strata: dict[str, list[int]] = {}
        for turn, (service, gold) in enumerate(zip(self._train.services, self._train.gold, strict=True)):
            kind = ", no intent" if self.settings.balanced_shots and gold == OUT_OF_SCOPE else ""
            strata.setdefault(service + kind, []).append(turn)
        return dict(sorted(strata.items()))

    def _false_intent(self, example: int, generator: np.random.Generator) -> int:
        true = int(self._train.gold[example])
        others = [place for place in self._train.questions[example].candidates if place != true]
        if not others:
            worded = self._reader.hypotheses
            others = [place for place in range(len(worded)) if worded[place] != worded[true]]
        return others[generator.integers(len(others))]

    def _decide(self, verdicts: Verdicts) -> NDArray[np.int64]:
        return np.where(verdicts.log_odds >= self._threshold, verdicts.winners, OUT_OF_SCOPE)

    def _judge(self, test: Test, predicted: NDArray[np.int64]) -> ScoredAnswers:
        return ScoredAnswers(
            locale=test.locale,
            ids=test.ids,
            answers=tuple(NO_INTENT if place == OUT_OF_SCOPE else self.intents[place][1] for place in predicted),
            numerators=tuple((predicted == test.content.gold).astype(int).tolist()),
            denominators=(1,) * len(test.ids),
        )


def _word(
    intents: Sequence[ServiceIntent], settings: XsgdSettings
) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
    """All (service, intent), sorted, and what each is put as."""
    pairs: list[tuple[str, str]] = []
    hypotheses: list[str] = []
    for service, described in services_of(intents).items():
        pairs.extend((service, intent) for intent in described)
        hypotheses.extend(word_intents(tuple(described), settings.hypothesis, described))
    if len(set(hypotheses)) < 2:
        raise TaskDataError("the schemas have no two different intents: a pair needs a false one too")
    return tuple(pairs), tuple(hypotheses)


def _candidates(intents: Sequence[tuple[str, str]]) -> dict[str, tuple[int, ...]]:
    """The positions of each service's intents."""
    found: dict[str, list[int]] = {}
    for place, (service, _) in enumerate(intents):
        found.setdefault(service, []).append(place)
    return {service: tuple(places) for service, places in found.items()}


def _select(answers: ScoredAnswers, positions: NDArray[np.int64]) -> ScoredAnswers:
    chosen = positions.tolist()
    return ScoredAnswers(
        locale=answers.locale,
        ids=tuple(answers.ids[i] for i in chosen),
        answers=tuple(answers.answers[i] for i in chosen),
        numerators=tuple(answers.numerators[i] for i in chosen),
        denominators=tuple(answers.denominators[i] for i in chosen),
    )
