"""Measuring contenders with soft prompts: what is missing is trained, in one group or one by one, and then answers.

What is there is not computed again: prompts are kept as they end, answers as they are given, one file for each seed and
language. A tuned backbone is not kept: one that was killed before its answers were written is trained again.
"""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence

from crossprompt.comparison.keeping import KeptTrial, kept_or_trained
from crossprompt.comparison.records import Measurement
from crossprompt.comparison.storing import CellStore, Model, average_in_words
from crossprompt.tasks.task import Task, Test
from crossprompt.trials.answering import make_soft_ready
from crossprompt.trials.fine_tuning import FineTuned
from crossprompt.trials.soft import SoftTrial

logger = logging.getLogger(__name__)


class SoftEntry(ABC):
    """One contender in one cell."""

    @property
    @abstractmethod
    def store(self) -> CellStore:
        """Its result files."""

    @abstractmethod
    def task(self, seed: int) -> Task:
        """What is learned with the examples that ``seed`` draws."""

    @abstractmethod
    def trial(self, seed: int) -> SoftTrial:
        """One training of a prompt, with a frozen backbone or a tuned one."""

    @abstractmethod
    def tuned(self, seed: int) -> FineTuned:
        """One training of the whole backbone."""

    def kept(self, seed: int) -> KeptTrial:
        """One training on the frozen backbone, and where its prompt is kept."""
        folder = self.store.results.path(self.store.cell, seed, "any").parent
        return KeptTrial(self.trial(seed), folder / "prompt.safetensors", self.store.fingerprint)


Wanted = Sequence[tuple[SoftEntry, int, list[str]]]
"""Entries with a seed and the languages that it has not answered."""


def measure_entries(
    title: str, entries: Sequence[SoftEntry], tests: Mapping[str, Test], *, tunes_backbone: bool, texts_once: bool
) -> list[Measurement]:
    """Measure what of ``entries`` is not measured yet; all their measurements.

    Args:
        title: For messages.
        entries: On one backbone.
        tests: By language.
        tunes_backbone: Train whole backbones, one after the other, each of which answers before the next; else all
            prompts in one group on the frozen backbone.
        texts_once: Let all prompts answer a language before the next one, for a backbone that keeps what it has read.
    """
    wanted = [(entry, seed, locales) for entry in entries for seed, locales in entry.store.missing(tests).items()]
    if wanted:
        whole = sum(len(entry.store.seeds) for entry in entries) * len(tests)
        logger.info("%s: %d of %d results missing", title, sum(len(locales) for *_, locales in wanted), whole)
        if tunes_backbone:
            _measure_tuned(wanted, tests)
        else:
            _measure_frozen(wanted, tests, texts_once)
    return [found for entry in entries for found in entry.store.measurements(list(tests))]


def _measure_frozen(wanted: Wanted, tests: Mapping[str, Test], texts_once: bool) -> None:
    """One group for all; the prompts then answer."""
    prompts = kept_or_trained([entry.kept(seed) for entry, seed, _ in wanted])
    models = [
        (entry, Model(seed, *make_soft_ready(entry.task(seed), prompt), prompt.numbers), locales)
        for (entry, seed, locales), prompt in zip(wanted, prompts, strict=True)
    ]
    if not texts_once:
        for entry, model, locales in models:
            _answer(entry, model, [tests[locale] for locale in locales])
        return
    for locale, test in tests.items():
        asked = [(entry, model) for entry, model, locales in models if locale in locales]
        answers = [own for entry, model in asked for own in entry.store.answer(model, [test])]
        if answers:
            logger.info("%s: %s", locale, average_in_words(answers))


def _measure_tuned(wanted: Wanted, tests: Mapping[str, Test]) -> None:
    """One training after the other; each answers all its languages before the next."""
    for entry, seed, locales in wanted:
        tuned = entry.tuned(seed)
        _answer(entry, Model(seed, tuned.encode, tuned.head, tuned.numbers), [tests[locale] for locale in locales])


def _answer(entry: SoftEntry, model: Model, tests: Sequence[Test]) -> None:
    answers = entry.store.answer(model, tests)
    logger.info("%s, seed %d: %s", entry.store.title, model.seed, average_in_words(answers))
