"""Measuring a cell: prompts of all lengths and seeds trained in one group, then every language answered by all of them.

What is there is not computed again: prompts are kept as they end, answers as they are given, one file for each prompt
and language. A tuned model is not kept: one that was killed before its answers were written is trained again.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, partial

import pyarrow as pa

from crossprompt.backbones.decoder import Decoder
from crossprompt.cloze.label_words import LabelWords, find_label_words
from crossprompt.comparison.keeping import KeptTrial, kept_or_trained
from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.results import ResultFolder
from crossprompt.comparison.storing import CellStore, Model, average_in_words
from crossprompt.comparison.tasks import tested_locales
from crossprompt.prompts.reparameterized import reparameterized_table, uniform_table
from crossprompt.soft_prompts.settings import CellSettings, MeasuringSettings
from crossprompt.soft_prompts.topics import TOPICS, TopicTask
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.shots import IntentData
from crossprompt.tasks.task import Test
from crossprompt.trials.answering import make_soft_ready
from crossprompt.trials.fine_tuning import fine_tune_softly
from crossprompt.trials.soft import SoftTrial

logger = logging.getLogger(__name__)


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


class Entry:
    """Prompts of one length in one cell."""

    def __init__(self, bench: Bench, cell: CellSettings, length: int) -> None:
        """Tokenise the task for this length."""
        self.bench, self.cell, self.length = bench, cell, length
        self.task = bench.task(length)
        examples = len(self.task.draw(cell.shots, bench.settings.seeds[0]))
        self.training = bench.settings.training(cell, examples)
        self.store = CellStore(
            results=bench.results,
            cell=Cell(contender=cell.contender(length), task=TOPICS, shots=cell.shots),
            task=self.task,
            seeds=bench.settings.seeds,
            fingerprint=self._fingerprint(),
        )

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
            task=self.task,
            settings=self.training,
            learning_rate=self.rate,
            seed=seed,
            make_prompt=partial(make, self.length, width, reach),
        )

    def kept(self, seed: int) -> KeptTrial:
        """One training, and where its prompt is kept."""
        folder = self.bench.results.path(self.store.cell, seed, "any").parent
        return KeptTrial(self.trial(seed), folder / "prompt.safetensors", self.store.fingerprint)

    def _fingerprint(self) -> str:
        bench, backbone, settings = self.bench, self.bench.backbone, self.bench.settings
        value = {
            "task": self.task.fingerprint,
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
    tests = {
        test.locale: test for test in entries[0].task.tests(bench.table, bench.languages, bench.settings.max_sentences)
    }
    missing = [(entry, entry.store.missing(tests)) for entry in entries]
    remaining = sum(len(locales) for _, by_seed in missing for locales in by_seed.values())
    if remaining:
        whole = len(entries) * len(bench.settings.seeds) * len(tests)
        logger.info("%s: %d of %d results missing", cell.name, remaining, whole)
        wanted = [(entry, seed, locales) for entry, by_seed in missing for seed, locales in by_seed.items()]
        (_measure_frozen if cell.frozen else _measure_tuned)(wanted, tests)
    return [found for entry in entries for found in entry.store.measurements(list(tests))]


Wanted = Sequence[tuple[Entry, int, list[str]]]
"""Entries with a seed and the languages that it has not answered."""


def _measure_frozen(wanted: Wanted, tests: dict[str, Test]) -> None:
    """Language by language, so that each text is read once for all prompts."""
    prompts = kept_or_trained([entry.kept(seed) for entry, seed, _ in wanted])
    models = [
        (entry, Model(seed, *make_soft_ready(entry.task, prompt), prompt.numbers), set(locales))
        for (entry, seed, locales), prompt in zip(wanted, prompts, strict=True)
    ]
    for locale, test in tests.items():
        asked = [(entry, model) for entry, model, locales in models if locale in locales]
        answers = [own for entry, model in asked for own in entry.store.answer(model, [test])]
        if answers:
            logger.info("%s: %s", locale, average_in_words(answers))


def _measure_tuned(wanted: Wanted, tests: dict[str, Test]) -> None:
    """One training after the other; each answers all its languages before the next."""
    for entry, seed, locales in wanted:
        tuned = fine_tune_softly(entry.trial(seed), entry.bench.settings.dropout)
        model = Model(seed, tuned.encode, tuned.head, tuned.numbers)
        answers = entry.store.answer(model, [tests[locale] for locale in locales])
        logger.info("%s, seed %d: %s", entry.store.title, seed, average_in_words(answers))
