"""Classification as entailment: does this text have that intent? Two classes over pairs (paper 001, section 5.2).

A *hypothesis* is what an intent is put as, its name or its description, always in English. Whichever hypothesis of a
question has the highest entailment score is the answer.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from tqdm import tqdm

from crossprompt.backbones.encoder import Backbone
from crossprompt.corpora.records import ServiceIntent
from crossprompt.tasks.batches import inference_batches, inference_tokens, padding_multiple
from crossprompt.tasks.heads import Head
from crossprompt.tasks.shots import TaskDataError
from crossprompt.tasks.task import Encode

PAIR_LABELS = ("entailment", "not_entailment")
ENTAILMENT, NOT_ENTAILMENT = 0, 1
"""Positions in ``PAIR_LABELS``."""

PAIRS_AT_ONCE = 1 << 14
"""Pairs that are held as token lists at a time: MASSIVE's full test has 9.3 million."""

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

Wording = Literal["name", "description"]
"""What an intent is put as: its name with blanks, or its description."""


def spoken_name(intent: str) -> str:
    """An intent's name in lower-case words: ``alarm_set`` is ``alarm set``, ``FindHome`` is ``find home``."""
    return " ".join(_WORD_STARTS.sub(" ", intent.replace("_", " ")).lower().split())


def word_intents(intents: Sequence[str], wording: Wording, descriptions: Mapping[str, str]) -> tuple[str, ...]:
    """The hypotheses of ``intents``, in their order.

    Raises:
        TaskDataError: ``wording`` is ``description`` and an intent has none, or two intents would read alike.
    """
    if wording == "name":
        worded = tuple(spoken_name(intent) for intent in intents)
    else:
        if missing := [intent for intent in intents if not descriptions.get(intent, "").strip()]:
            raise TaskDataError(
                f"{len(missing)} intents have no description, such as {', '.join(missing[:3])}; set the hypothesis to "
                "'name' or give a description of each"
            )
        worded = tuple(descriptions[intent].strip() for intent in intents)
    return _told_apart(intents, worded)


def describe_intents(intents: Iterable[ServiceIntent]) -> dict[str, str]:
    """Descriptions by the intent's name alone, as far as all services that have the intent describe it alike."""
    found: dict[str, set[str]] = {}
    for intent in intents:
        found.setdefault(intent.intent, set()).add(intent.description)
    return {name: next(iter(texts)) for name, texts in sorted(found.items()) if len(texts) == 1}


@dataclass(frozen=True, slots=True)
class Question:
    """Which of ``candidates``, positions among the hypotheses, does ``text`` have?"""

    text: str
    candidates: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """One entry per question: the winning hypothesis, and the log-odds of its entailment.

    Log-odds, because probabilities near 1 are all alike in float32; 0 is a probability of one half.
    """

    winners: NDArray[np.int64]
    log_odds: NDArray[np.float32]

    def take(self, positions: Sequence[int]) -> Verdicts:
        """Those at ``positions``, in that order."""
        chosen = np.asarray(positions, dtype=np.int64)
        return Verdicts(self.winners[chosen], self.log_odds[chosen])


class PairReader:
    """Tokenised pairs of texts and hypotheses, and the best hypothesis of each text.

    Attributes:
        hypotheses: In the order that positions speak of.
    """

    def __init__(self, hypotheses: Sequence[str], backbone: Backbone, *, keep_end: bool = False) -> None:
        """Tokenise the hypotheses; texts follow when they are needed and are remembered.

        Args:
            hypotheses: What intents are put as.
            backbone: Whose tokenizer and device are used.
            keep_end: Cut a text that is too long at its start: a dialogue's latest turn is its last.

        Raises:
            ValueError: A hypothesis leaves no room for a text.
        """
        self.hypotheses = tuple(hypotheses)
        self._backbone = backbone
        self._keep_end = keep_end
        self._hypothesis_pieces = backbone.tokenizer.pieces(self.hypotheses)
        self._pieces: dict[str, list[int]] = {}
        for pieces in self._hypothesis_pieces:
            backbone.tokenizer.wrap_pair([], pieces)

    def pairs(self, texts: Sequence[str], hypotheses: Sequence[int]) -> list[list[int]]:
        """Token ids of each text with its hypothesis; a text too long is cut, a hypothesis never."""
        self._read(texts)
        return [self._pair(text, hypothesis) for text, hypothesis in zip(texts, hypotheses, strict=True)]

    @torch.inference_mode()
    def answer(self, encode: Encode, head: Head, questions: Sequence[Question], *, progress: bool = False) -> Verdicts:
        """The best candidate of each question, the first of equals; each distinct question is computed once.

        Questions go from the longest text to the shortest, and pairs within ``PAIRS_AT_ONCE`` in batches of similar
        length, so there is little padding and little memory however many there are.
        """
        places: dict[Question, int] = {}
        for question in questions:
            places.setdefault(question, len(places))
        distinct = list(places)
        self._read([question.text for question in distinct])
        verdicts = Verdicts(np.zeros(len(distinct), dtype=np.int64), np.zeros(len(distinct), dtype=np.float32))
        total = sum(len(question.candidates) for question in distinct)
        with tqdm(total=total, unit="pairs", unit_scale=True, desc="answer", disable=not progress) as bar:
            for chunk in self._chunks(distinct):
                asked = [distinct[position] for position in chunk]
                winners, log_odds = self._answer(encode, head, asked)
                verdicts.winners[chunk], verdicts.log_odds[chunk] = winners, log_odds
                bar.update(sum(len(question.candidates) for question in asked))
        return verdicts.take([places[question] for question in questions])

    def _answer(
        self, encode: Encode, head: Head, questions: Sequence[Question]
    ) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        candidates = [candidate for question in questions for candidate in question.candidates]
        texts = [question.text for question in questions for _ in question.candidates]
        log_odds = self._log_odds(encode, head, self.pairs(texts, candidates))
        stops = np.cumsum([len(question.candidates) for question in questions])
        parts = np.split(log_odds, stops[:-1])
        best = [int(part.argmax()) for part in parts]
        winners = [question.candidates[place] for question, place in zip(questions, best, strict=True)]
        highest = [part[place] for part, place in zip(parts, best, strict=True)]
        return np.asarray(winners, dtype=np.int64), np.asarray(highest, dtype=np.float32)

    def _log_odds(self, encode: Encode, head: Head, pairs: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Of entailment, ``[pairs]``."""
        backbone = self._backbone
        log_odds = np.zeros(len(pairs), dtype=np.float32)
        multiple, budget = padding_multiple(backbone), inference_tokens(backbone)
        for batch in inference_batches(pairs, backbone.tokenizer, budget, multiple):
            tokens = batch.tokens.to(backbone.device)
            logits = head(encode(tokens.input_ids, tokens.attention_mask))
            log_odds[list(batch.positions)] = (logits[:, ENTAILMENT] - logits[:, NOT_ENTAILMENT]).float().cpu().numpy()
        return log_odds

    def _chunks(self, questions: Sequence[Question]) -> Iterator[list[int]]:
        """Positions of ``questions``, longest text first, with about ``PAIRS_AT_ONCE`` pairs in each list."""
        order = sorted(range(len(questions)), key=lambda i: (-len(self._pieces[questions[i].text]), i))
        chunk: list[int] = []
        pairs = 0
        for position in order:
            chunk.append(position)
            pairs += len(questions[position].candidates)
            if pairs >= PAIRS_AT_ONCE:
                yield chunk
                chunk, pairs = [], 0
        if chunk:
            yield chunk

    def _pair(self, text: str, hypothesis: int) -> list[int]:
        pieces = self._hypothesis_pieces[hypothesis]
        return self._backbone.tokenizer.wrap_pair(self._pieces[text], pieces, keep_end=self._keep_end)

    def _read(self, texts: Iterable[str]) -> None:
        new = [text for text in dict.fromkeys(texts) if text not in self._pieces]
        self._pieces.update(zip(new, self._backbone.tokenizer.pieces(new), strict=True))


def _told_apart(intents: Sequence[str], worded: tuple[str, ...]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for intent, text in zip(intents, worded, strict=True):
        if first.setdefault(text, intent) != intent:
            raise TaskDataError(f"the intents {first[text]} and {intent} both read {text!r}; they can't be told apart")
    return worded
