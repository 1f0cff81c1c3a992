"""What answers: one frozen backbone, and the tuned prompts and heads of both tasks, all in one forward."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import torch
from torch import Tensor

from crossprompt.backbones.encoder import Backbone
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.serving.errors import ModelMismatchError
from crossprompt.serving.query import Query
from crossprompt.serving.records import IntentScore, Prediction, Slot, Understanding
from crossprompt.tasks.batches import InferenceBatch, inference_batches, inference_tokens, padding_multiple
from crossprompt.tasks.classifier import TunedClassifier
from crossprompt.tasks.heads import IntentHead, LinearHead, TokenHead
from crossprompt.tasks.records import Method
from crossprompt.tasks.settings import SlotSettings
from crossprompt.tasks.spans import spans_of_tags
from crossprompt.tasks.words import Reading, read_texts, split_characters

_DIGITS = 6
"""Decimals of a probability: float32 knows no more."""


class ServedTask(StrEnum):
    """The tasks that a service answers."""

    INTENT = "intent"
    SLOTS = "slots"


HEADS: dict[ServedTask, type[LinearHead]] = {ServedTask.INTENT: IntentHead, ServedTask.SLOTS: TokenHead}


@dataclass(frozen=True, slots=True)
class _Served:
    """A classifier ready to compute; its prompt is at ``place`` of a stack of prompts."""

    task: ServedTask
    method: Method
    head: LinearHead
    labels: tuple[str, ...]
    place: int


@dataclass(frozen=True, slots=True)
class _Stack:
    """Prompts of one length, ``[prompts, layers, 2, heads, P, head_dim]``, and who owns them."""

    prompts: Tensor
    served: tuple[_Served, ...]


@dataclass(frozen=True, slots=True)
class _Text:
    """What is read of a query: for the intent, and for the slots; ``truncated``: not to its end."""

    sequence: Sequence[int]
    reading: Reading
    truncated: bool

    def tokens(self, task: ServedTask) -> Sequence[int]:
        return self.sequence if task is ServedTask.INTENT else self.reading.sequence


@dataclass(slots=True)
class _Found:
    """What one prompt found in one query so far."""

    intents: tuple[IntentScore, ...] | None = None
    slots: tuple[Slot, ...] | None = None

    def understanding(self) -> Understanding:
        return Understanding(intents=self.intents, slots=self.slots)


class Engine:
    """Answers texts; holds no state that an answer changes, so threads may share it.

    Attributes:
        backbone: The frozen encoder.
        tasks: What is answered.
        compares: Whether there is a fresh prompt.
    """

    def __init__(
        self, backbone: Backbone, tasks: Mapping[ServedTask, Sequence[TunedClassifier]], slots: SlotSettings
    ) -> None:
        """Put prompts and heads on the backbone's device.

        Args:
            backbone: The one that the classifiers were trained on.
            tasks: For each task the aligned classifier and, if it is to be compared with, the fresh one.
            slots: How words were told apart when the slots were trained.

        Raises:
            ModelMismatchError: Another backbone, no aligned classifier, two of one method, or no task at all.
        """
        self.backbone = backbone
        self.tasks = tuple(task for task in ServedTask if task in tasks)
        self._slots = slots
        self._stacks = _stack(backbone, tasks)
        methods = {own.method for stack in self._stacks for own in stack.served}
        self.compares = Method.FRESH in methods

    @torch.inference_mode()
    def answer(self, queries: Sequence[Query]) -> list[Prediction]:
        """Understand ``queries``, in their order. Rows of both tasks and both prompts share the forwards."""
        texts = self._read(queries)
        found: defaultdict[tuple[int, Method], _Found] = defaultdict(_Found)
        for stack in self._stacks:
            rows = [
                (query, own)
                for query, asked in enumerate(queries)
                for own in stack.served
                if asked.compare or own.method is Method.ALIGNED
            ]
            self._compute(stack, rows, queries, texts, found)
        return [self._prediction(place, query, texts[place], found) for place, query in enumerate(queries)]

    def _read(self, queries: Sequence[Query]) -> list[_Text]:
        """Tokenise; all together but those of locales that are read character by character."""
        by_locale: defaultdict[str | None, list[int]] = defaultdict(list)
        for place, query in enumerate(queries):
            by_locale[query.locale if query.locale in self._slots.character_split else None].append(place)
        texts: dict[int, _Text] = {}
        for locale, places in by_locale.items():
            read = self._read_of([queries[place].text for place in places], locale)
            texts.update(zip(places, read, strict=True))
        return [texts[place] for place in range(len(queries))]

    def _read_of(self, texts: Sequence[str], split: str | None) -> list[_Text]:
        """``texts`` of a locale that is read character by character, or (None) of any others."""
        tokenizer = self.backbone.tokenizer
        settings = self._slots if split else self._slots.model_copy(update={"character_split": ()})
        readings = read_texts(texts, split or ENGLISH, tokenizer, settings)
        plain = tokenizer.encode(texts) if split else [reading.sequence for reading in readings]
        return [
            _Text(sequence, reading, self._is_truncated(sequence, reading, split=split is not None))
            for sequence, reading in zip(plain, readings, strict=True)
        ]

    def _is_truncated(self, sequence: Sequence[int], reading: Reading, *, split: bool) -> bool:
        """Only what has as many tokens as fit is tokenised once more, to see whether there was more."""
        cap = self.backbone.max_tokens
        full = [reading.text] if len(sequence) == cap else []
        if split and len(reading.sequence) == cap:
            full.append(split_characters(reading.text).text)
        return any(len(pieces) > cap - 2 for pieces in self.backbone.tokenizer.pieces(full))

    def _compute(
        self,
        stack: _Stack,
        rows: Sequence[tuple[int, _Served]],
        queries: Sequence[Query],
        texts: Sequence[_Text],
        found: dict[tuple[int, Method], _Found],
    ) -> None:
        """Answer ``rows``, pairs of a query and a classifier, into ``found``."""
        sequences = [texts[query].tokens(own.task) for query, own in rows]
        tokens, multiple = inference_tokens(self.backbone), padding_multiple(self.backbone)
        for batch in inference_batches(sequences, self.backbone.tokenizer, tokens, multiple):
            members = [rows[position] for position in batch.positions]
            hidden = self._encode(batch, stack, [own.place for _, own in members])
            for own in dict.fromkeys(own for _, own in members):
                where = [row for row, (_, other) in enumerate(members) if other is own]
                asked = [members[row][0] for row in where]
                probabilities = own.head(hidden[where]).softmax(dim=-1).cpu()
                for query, row in zip(asked, probabilities, strict=True):
                    into = found[query, own.method]
                    if own.task is ServedTask.INTENT:
                        into.intents = _best_intents(row, own.labels, queries[query].top)
                    else:
                        into.slots = _find_slots(row, own.labels, texts[query].reading)

    def _encode(self, batch: InferenceBatch, stack: _Stack, owners: list[int]) -> Tensor:
        tokens = batch.tokens.to(self.backbone.device)
        owned = torch.tensor(owners, device=self.backbone.device)
        return self.backbone.encode(tokens.input_ids, tokens.attention_mask, stack.prompts, owners=owned)

    def _prediction(self, place: int, query: Query, text: _Text, found: dict[tuple[int, Method], _Found]) -> Prediction:
        own, fresh = found[place, Method.ALIGNED], found.get((place, Method.FRESH))
        return Prediction(
            text=query.text,
            locale=query.locale,
            truncated=text.truncated,
            intents=own.intents,
            slots=own.slots,
            fresh=fresh.understanding() if fresh else None,
        )


def _stack(backbone: Backbone, tasks: Mapping[ServedTask, Sequence[TunedClassifier]]) -> tuple[_Stack, ...]:
    """The classifiers, those with prompts of one length together."""
    if not tasks:
        raise ModelMismatchError("there is nothing to serve: no classifiers of intents, none of slots")
    by_length: defaultdict[int, list[tuple[ServedTask, TunedClassifier]]] = defaultdict(list)
    for task, classifiers in tasks.items():
        _check(task, classifiers, backbone)
        for classifier in classifiers:
            by_length[classifier.prompt.shape[-2]].append((task, classifier))
    stacks = []
    for members in by_length.values():
        prompts = torch.stack([classifier.prompt for _, classifier in members])
        served = tuple(
            _Served(t, c.history.method, HEADS[t].from_state(c.head).to(backbone.device), c.labels, place)
            for place, (t, c) in enumerate(members)
        )
        stacks.append(_Stack(prompts.to(backbone.device, backbone.dtype), served))
    return tuple(stacks)


def _check(task: ServedTask, classifiers: Sequence[TunedClassifier], backbone: Backbone) -> None:
    methods = [classifier.history.method for classifier in classifiers]
    if methods.count(Method.ALIGNED) != 1 or methods.count(Method.FRESH) > 1:
        raise ModelMismatchError(
            f"{task.value} is to be served by one aligned classifier and at most one fresh one, but there are "
            f"{methods.count(Method.ALIGNED)} and {methods.count(Method.FRESH)}"
        )
    for classifier in classifiers:
        if classifier.backbone.fingerprint != backbone.identity.fingerprint:
            raise ModelMismatchError(
                f"the {task.value} classifier was trained on backbone {classifier.backbone.name!r} "
                f"({classifier.backbone.fingerprint[:12]}), not on {backbone.identity.name!r} "
                f"({backbone.identity.fingerprint[:12]})"
            )


def _best_intents(probabilities: Tensor, labels: Sequence[str], top: int) -> tuple[IntentScore, ...]:
    """The ``top`` most probable of ``[labels]``."""
    scores, places = probabilities.topk(min(top, len(labels)))
    return tuple(
        IntentScore(intent=labels[place], score=_rounded(score))
        for score, place in zip(scores.tolist(), places.tolist(), strict=True)
    )


def _find_slots(probabilities: Tensor, labels: Sequence[str], reading: Reading) -> tuple[Slot, ...]:
    """The spans in probabilities ``[tokens, labels]``, each word read at its first sub-word."""
    scores, places = probabilities[list(reading.tokens)].max(dim=-1)
    tags = [labels[place] for place in places.tolist()]
    words = list(zip(reading.extents, scores.tolist(), strict=True))
    return tuple(
        Slot(
            slot=span.slot,
            start=span.start,
            end=span.exclusive_end,
            text=reading.text[span.start : span.exclusive_end],
            score=_rounded(min(score for (start, _), score in words if span.start <= start < span.exclusive_end)),
        )
        for span in spans_of_tags(reading.extents, tags)
    )


def _rounded(probability: float) -> float:
    return min(1.0, round(probability, _DIGITS))
