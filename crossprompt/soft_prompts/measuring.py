"""Measuring a cell: prompts of all lengths and seeds trained in one group, then all of them answer every language."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial

import pyarrow as pa

from crossprompt.backbones.decoder import Decoder
from crossprompt.cloze.label_words import LabelWords, find_label_words
from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.results import ResultFolder
from crossprompt.comparison.soft_measuring import SoftEntry, measure_entries
from crossprompt.comparison.storing import CellStore
from crossprompt.comparison.tasks import tested_locales
from crossprompt.prompts.reparameterized import reparameterized_table, uniform_table
from crossprompt.soft_prompts.settings import CellSettings, MeasuringSettings
from crossprompt.soft_prompts.topics import TOPICS, TopicTask
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.shots import IntentData
from crossprompt.trials.fine_tuning import FineTuned, fine_tune_softly
from crossprompt.trials.soft import SoftTrial


@dataclass(frozen=True)
class Bench:
    """Where cells are measured.

    Attributes:
        backbone: The frozen decoder.
        data: English train and dev, topics as labels.
        table: Rows of ``UTTERANCE_FEATURES`` with the test partition of every language.
        settings: How every cell is measured.
        results: Where results and prompts are kept.
        code_version: Whatever else names the code; results of other code are computed again.
    """

    backbone: Decoder
    data: IntentData
    table: pa.Table
    settings: MeasuringSettings
    results: ResultFolder
    code_version: str = ""

    @cached_property
    def words(self) -> LabelWords:
        """The topics' words.

        Raises:
            LabelWordError: A topic has none, or one that is no single token.
        """
        return find_label_words(self.settings.verbalizer, self.data.labels, self.backbone.tokenizer)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """Those that are tested.

        Raises:
            TaskDataError: One of the wanted ones has no test rows.
        """
        return tested_locales(self.table, self.settings.languages)

    @cached_property
    def test_fingerprint(self) -> str:
        """Of all that is tested."""
        return fingerprint_value(
            [self.table[name].to_pylist() for name in ("id", "locale", "partition", "intent", "utt")]
        )

    def task(self, length: int) -> TopicTask:
        """The task with prompts of ``length``."""
        return TopicTask(self.data, self.backbone, self.words, length, self.settings.loss)


class Entry(SoftEntry):
    """Prompts of one length in one cell."""

    def __init__(self, bench: Bench, cell: CellSettings, length: int) -> None:
        """Tokenise the task for this length."""
        self.bench, self.cell, self.length = bench, cell, length
        self.reader = bench.task(length)
        examples = len(self.reader.draw(cell.shots, bench.settings.seeds[0]))
        self.training = bench.settings.training(cell, examples)

    @cached_property
    def store(self) -> CellStore:
        """The result files."""
        return CellStore(
            results=self.bench.results,
            cell=Cell(contender=self.cell.contender(self.length), task=TOPICS, shots=self.cell.shots),
            task=self.reader,
            seeds=self.bench.settings.seeds,
            fingerprint=self._fingerprint(),
        )

    def task(self, seed: int) -> TopicTask:
        """The same for all seeds."""
        return self.reader

    @property
    def rate(self) -> float:
        """The learning rate."""
        settings = self.bench.settings
        return settings.learning_rate if self.cell.frozen else settings.tuned_learning_rate

    def trial(self, seed: int) -> SoftTrial:
        """One training."""
        make = reparameterized_table if self.cell.reparameterized else uniform_table
        reach, width = self.bench.settings.init_range, self.bench.backbone.width
        return SoftTrial(
            name=f"{self.store.title}, seed {seed}",
            task=self.reader,
            settings=self.training,
            learning_rate=self.rate,
            seed=seed,
            make_prompt=partial(make, self.length, width, reach),
        )

    def tuned(self, seed: int) -> FineTuned:
        """One training of the whole model."""
        return fine_tune_softly(self.trial(seed), self.bench.settings.dropout)

    def _fingerprint(self) -> str:
        bench, backbone, settings = self.bench, self.bench.backbone, self.bench.settings
        value = {
            "task": self.reader.fingerprint,
            "tests": [bench.test_fingerprint, settings.max_sentences],
            "backbone": [backbone.identity.fingerprint, str(backbone.dtype), backbone.dropout, backbone.max_tokens],
            "contender": self.cell.contender(self.length),
            "training": self.training.model_dump(mode="json"),
            "rate": [self.rate, settings.init_range, settings.dropout],
            "code": bench.code_version,
        }
        return fingerprint_value(value)


def measure(bench: Bench, cell: CellSettings) -> list[Measurement]:
    """Measure what of ``cell`` is not measured yet; all its measurements.

    Raises:
        LabelWordError: A topic has no word of one token.
        TaskDataError: The data don't suffice.
    """
    entries = [Entry(bench, cell, length) for length in cell.lengths]
    reader = entries[0].reader
    tests = {test.locale: test for test in reader.tests(bench.table, bench.languages, bench.settings.max_sentences)}
    return measure_entries(cell.name, entries, tests, tunes_backbone=not cell.frozen, texts_once=True)
