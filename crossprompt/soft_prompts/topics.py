"""Topic classification at a decoder's next word: a text, soft tokens, and the label's word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
import pyarrow as pa
import torch
from datasets import Dataset
from numpy.typing import NDArray
from torch import Tensor

from crossprompt.backbones.decoder import Decoder
from crossprompt.backbones.readout import Readout
from crossprompt.cloze.label_words import LabelWords
from crossprompt.cloze.word_head import WordHead
from crossprompt.corpora.utterance import UTTERANCE_FEATURES
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.heads import Head
from crossprompt.tasks.intent import IntentTask
from crossprompt.tasks.shots import IntentData, TaskDataError
from crossprompt.tasks.task import ScoredAnswers, Test

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TOPICS = "topics"
"""The task: the most probable topic among the topics' words."""
WHOLE = "topics-vocabulary"
"""The same answers judged by the whole vocabulary: right only where no other word at all is more probable."""

ELSEWHERE = " (another word first)"
"""Behind an answer where the whole vocabulary's first word is not the answer's."""


class TopicTask(IntentTask):
    """English train and dev with soft tokens behind each text, tokenised once for all trainings of one length."""

    name: ClassVar[str] = TOPICS
    reads: ClassVar[Readout] = Readout.LAST
    backbone: Decoder

    def __init__(
        self,
        data: IntentData,
        backbone: Decoder,
        words: LabelWords,
        soft_tokens: int,
        loss: Literal["vocabulary", "labels"] = "vocabulary",
    ) -> None:
        """Tokenise ``data``.

        Args:
            data: Topics as labels.
            backbone: Reads the rows.
            words: Of the labels, in their order.
            soft_tokens: Behind each text.
            loss: Over what the true topic's word must be probable.

        Raises:
            TaskDataError: The longest text and the soft tokens are more than the decoder has positions for.
        """
        room = backbone.positions - soft_tokens
        if backbone.max_tokens > room:
            raise TaskDataError(
                f"texts of {backbone.max_tokens} tokens and {soft_tokens} soft ones are more than the "
                f"{backbone.positions} positions of {backbone.identity.name!r}: set decoder.max_tokens to {room}, or "
                "take shorter prompts"
            )
        self._soft = [backbone.vocabulary_size + place for place in range(soft_tokens)]
        self._words, self._loss = words, loss
        self._ids = torch.tensor(words.ids, device=backbone.device)
        super().__init__(data, backbone)

    @property
    def fingerprint(self) -> str:
        """Of the English data, the words and the rows' form."""
        return fingerprint_value([self.data.fingerprint, self._words.ids, len(self._soft), self._loss])

    def sequences(self, texts: Sequence[str]) -> list[list[int]]:
        """Each text as the decoder wants it, and the soft tokens behind it."""
        return [[*ids, *self._soft] for ids in self.backbone.tokenizer.encode(texts)]

    def fresh_head(self, dropout: float, generator: torch.Generator) -> Head:
        """The decoder's own head; it has no parameters, and nothing is drawn."""
        return WordHead(self.backbone.vocabulary_logits)

    def head_of(self, model: PreTrainedModel) -> Head:
        """The head of a copy that is trained."""
        return WordHead(lambda hidden: self.backbone.vocabulary_logits(hidden, model))

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy of the true topics' words, over the vocabulary or among the topics' words.

        Args:
            logits: ``[rows, vocabulary]``.
            targets: Positions of the topics, ``[rows, 1]``.
        """
        if self._loss == "labels":
            return super().loss(logits[:, self._ids], targets)
        return super().loss(logits, self._ids[targets])

    def choose(self, logits: Tensor) -> Tensor:
        """The most probable topic's position, and 1 where its word is the first of the whole vocabulary, else 0."""
        best = logits[:, self._ids].argmax(dim=-1)
        first = logits.argmax(dim=-1) == self._ids[best]
        return torch.stack([best, first.to(best.dtype)], dim=1)

    def judge(self, test: Test, chosen: NDArray[np.int64]) -> ScoredAnswers:
        """Right or wrong among the topics' words; the answers say where another word came first."""
        scored = super().judge(test, chosen)
        marks = np.where(chosen[:, 1] == 1, "", ELSEWHERE)
        answers = tuple(answer + str(mark) for answer, mark in zip(scored.answers, marks, strict=True))
        return scored.model_copy(update={"answers": answers})

    def derived(self, tests: Sequence[Test], answers: Sequence[ScoredAnswers]) -> dict[str, list[ScoredAnswers]]:
        """The answers judged by the whole vocabulary."""
        return {WHOLE: [_judged_by_all(own) for own in answers]}


def topic_of(answer: str) -> str:
    """The topic that an answer names."""
    return answer.removesuffix(ELSEWHERE)


def _judged_by_all(answers: ScoredAnswers) -> ScoredAnswers:
    first = [not answer.endswith(ELSEWHERE) for answer in answers.answers]
    right = tuple(int(own and on_top) for own, on_top in zip(answers.numerators, first, strict=True))
    return answers.model_copy(update={"numerators": right})


def topic_rows(rows: Dataset) -> Dataset:
    """Rows of ``UTTERANCE_FEATURES`` whose ``intent`` is a topic.

    Args:
        rows: Of ``SENTENCE_FEATURES`` (SIB-200's topics), or of ``UTTERANCE_FEATURES``, whose scenarios are the topics.
    """
    table = rows.with_format("arrow")[:]
    is_sentences = "topic" in table.column_names
    named = {
        "id": table["id"],
        "locale": table["locale"],
        "partition": table["split" if is_sentences else "partition"],
        "scenario": table["topic" if is_sentences else "scenario"],
        "intent": table["topic" if is_sentences else "scenario"],
        "utt": table["text" if is_sentences else "utt"],
        "annot_utt": table["text" if is_sentences else "utt"],
    }
    return Dataset(pa.table(named, schema=UTTERANCE_FEATURES.arrow_schema))
