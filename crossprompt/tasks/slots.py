"""Slot filling: a word's tag is read at its first sub-word, and spans of characters are scored (METHODS section 1)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pyarrow as pa
import torch
from numpy.typing import NDArray

from crossprompt.backbones.encoder import Backbone
from crossprompt.backbones.readout import Readout
from crossprompt.corpora.dialogue import SlotSpan
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.batches import InferenceBatch, inference_batches, inference_tokens, padding_multiple
from crossprompt.tasks.heads import Head, TokenHead
from crossprompt.tasks.settings import SlotSettings
from crossprompt.tasks.shots import draw_shots, select_rows
from crossprompt.tasks.slot_data import SlotData, SlotRows, count_unknown, slot_rows
from crossprompt.tasks.spans import count_right, mark_slots, spans_of_tags, tag_extents
from crossprompt.tasks.task import IGNORED, Encode, Rows, ScoredAnswers, Task, Test
from crossprompt.tasks.words import Reading, read_texts

Tags = NDArray[np.int64]
"""The best label of each token of a sequence, ``[tokens]``."""


@dataclass(frozen=True, slots=True)
class SlotTest:
    """The content of a :class:`Test`: what is read of each utterance, and its true spans.

    ``unaligned`` are the ids that are not in the test, because their markup fits no utterance.
    """

    readings: tuple[Reading, ...]
    true: tuple[tuple[SlotSpan, ...], ...]
    unaligned: tuple[str, ...]


class SlotTask(Task):
    """English train and dev with their slots, tokenised once, for all trainings on one backbone."""

    name: ClassVar[str] = "slots"
    score_name: ClassVar[str] = "F1"
    reads: ClassVar[Readout] = Readout.EVERY

    def __init__(self, data: SlotData, backbone: Backbone, settings: SlotSettings) -> None:
        """Tokenise ``data``; dev goes into padded batches of similar lengths."""
        self.data, self.backbone, self.settings = data, backbone, settings
        train = zip(data.train.ids, self._read(data.train, ENGLISH), data.train.spans, strict=True)
        self._rows = {
            identifier: (reading.sequence, self._targets(reading, spans)) for identifier, reading, spans in train
        }
        self._dev = SlotTest(tuple(self._read(data.dev, ENGLISH)), data.dev.spans, data.dev.unaligned)
        self._dev_sequences = _distinct(self._dev.readings)
        self._dev_batches = list(self._batches(self._dev_sequences))
        count_unknown(data.dev, data.labels, f"{ENGLISH} dev")

    @property
    def labels(self) -> tuple[str, ...]:
        """Tags such as ``B-date``, ``I-date`` and ``O``, sorted."""
        return self.data.labels

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the English data and the settings."""
        return fingerprint_value([self.name, self.data.fingerprint, self.settings.model_dump(mode="json")])

    def draw(self, shots: int | None, seed: int) -> tuple[int, ...]:
        """Positions of the utterances that ``seed`` draws for intents: ``shots`` per intent, None: all.

        Those whose slots can't be aligned (``data.train.unaligned``) are drawn and left out: the others stay the same.
        """
        drawn = draw_shots(self.data.intents, shots, seed)
        pairs = zip(drawn.positions, drawn.examples.ids, strict=True)
        return tuple(position for position, identifier in pairs if identifier in self._rows)

    def rows(self, examples: Sequence[int], generator: np.random.Generator) -> Rows:
        """Utterances with a tag at the first sub-word of each word; nothing is drawn."""
        del generator
        ids = tuple(self.data.intents.train.ids[example] for example in examples)
        rows = [self._rows[identifier] for identifier in ids]
        return Rows(ids, tuple(sequence for sequence, _ in rows), tuple(targets for _, targets in rows))

    def fresh_head(self, dropout: float, generator: torch.Generator) -> TokenHead:
        """An untrained :class:`TokenHead` on the CPU, drawn by ``generator``."""
        return TokenHead.fresh(self.backbone.width, len(self.labels), dropout, generator)

    def dev_score(self, encode: Encode, head: Head) -> float:
        """Micro-F1 over the spans of English dev in percent, without dropout."""
        tags = dict(
            zip(self._dev_sequences, self._tag(encode, head, self._dev_sequences, self._dev_batches), strict=True)
        )
        return self._judge(Test(ENGLISH, self.data.dev.ids, self._dev), tags).score

    def answer(self, encode: Encode, head: Head, tests: Sequence[Test]) -> list[ScoredAnswers]:
        """Find the slots of the utterances of several locales; each distinct text is computed once.

        The score is the micro-F1 over spans, equal when slot and characters are. A true span beyond the backbone's
        longest sequence counts as missed, and so does one of a slot that English train lacks.
        """
        distinct = _distinct([reading for test in tests for reading in test.content.readings])
        found = self._tag(encode, head, distinct, self._batches(distinct))
        tags = dict(zip(distinct, found, strict=True))
        return [self._judge(test, tags) for test in tests]

    def tests(self, table: pa.Table, locales: Sequence[str], max_utterances: int | None) -> list[Test]:
        """The test utterances of each locale, the first so many by id; what can't be aligned is left out and logged.

        Raises:
            TaskDataError: A locale has no test utterances, or an id twice.
        """
        return [self._test(select_rows(table, locale, "test").slice(0, max_utterances), locale) for locale in locales]

    def _test(self, table: pa.Table, locale: str) -> Test:
        rows = slot_rows(table, f"{locale} test")
        count_unknown(rows, self.labels, f"{locale} test")
        return Test(locale, rows.ids, SlotTest(tuple(self._read(rows, locale)), rows.spans, rows.unaligned))

    def _read(self, rows: SlotRows, locale: str) -> list[Reading]:
        return read_texts(rows.texts, locale, self.encoder.tokenizer, self.settings)

    def _targets(self, reading: Reading, spans: Sequence[SlotSpan]) -> tuple[int, ...]:
        targets = [IGNORED] * len(reading.sequence)
        for token, tag in zip(reading.tokens, tag_extents(reading.extents, spans), strict=True):
            targets[token] = self.labels.index(tag)
        return tuple(targets)

    def _batches(self, sequences: Sequence[Sequence[int]]) -> Iterable[InferenceBatch]:
        backbone = self.backbone
        for batch in inference_batches(
            sequences, backbone.tokenizer, inference_tokens(backbone), padding_multiple(backbone)
        ):
            yield InferenceBatch(batch.positions, batch.tokens.to(backbone.device))

    @torch.inference_mode()
    def _tag(
        self, encode: Encode, head: Head, sequences: Sequence[Sequence[int]], batches: Iterable[InferenceBatch]
    ) -> list[Tags]:
        """The tags of each of ``sequences``, which ``batches`` hold."""
        tags: list[Tags] = [np.empty(0, dtype=np.int64)] * len(sequences)
        for batch in batches:
            hidden = encode(batch.tokens.input_ids, batch.tokens.attention_mask)
            best = head(hidden).argmax(dim=-1).cpu().numpy()
            for row, position in enumerate(batch.positions):
                tags[position] = best[row, : len(sequences[position])]
        return tags

    def _judge(self, test: Test, tags: dict[tuple[int, ...], Tags]) -> ScoredAnswers:
        content: SlotTest = test.content
        predicted = [self._spans(reading, tags[reading.sequence]) for reading in content.readings]
        pairs = list(zip(predicted, content.true, strict=True))
        return ScoredAnswers(
            locale=test.locale,
            ids=test.ids,
            answers=tuple(mark_slots(r.text, own) for r, own in zip(content.readings, predicted, strict=True)),
            numerators=tuple(2 * count_right(own, true) for own, true in pairs),
            denominators=tuple(len(own) + len(true) for own, true in pairs),
        )

    def _spans(self, reading: Reading, tags: Tags) -> tuple[SlotSpan, ...]:
        return spans_of_tags(reading.extents, [self.labels[tags[token]] for token in reading.tokens])


def _distinct(readings: Iterable[Reading]) -> list[tuple[int, ...]]:
    """Each token sequence once, in the order of the first that has it."""
    return list(dict.fromkeys(reading.sequence for reading in readings))
