"""Measurements as arrays: a cell's numerators and denominators by utterance id, locale and seed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.summaries import SeedTraining

Counts = NDArray[np.int32]
Names = NDArray[np.str_]


class ComparisonError(ValueError):
    """Measurements that can't be put together; the message says which and what is wrong with them."""


@dataclass(frozen=True)
class CellAnswers:
    """What one cell answered.

    Attributes:
        cell: The cell.
        seeds: In order.
        locales: In order.
        ids: All utterance ids, sorted, ``[ids]``.
        present: Which locale has which id, ``[ids, locales]``.
        numerators: What each answer adds to the score's numerator, ``[ids, locales, seeds]``; 0 where not present.
        denominators: Likewise.
        trainings: One per seed.
    """

    cell: Cell
    seeds: tuple[int, ...]
    locales: tuple[str, ...]
    ids: Names
    present: NDArray[np.bool_]
    numerators: Counts
    denominators: Counts
    trainings: tuple[SeedTraining, ...]

    @property
    def is_accuracy(self) -> bool:
        """Whether each answer counts once, so that the score is the share of right answers."""
        return bool((self.denominators == self.present[:, :, None]).all())

    def restricted(self, seeds: Sequence[int], locales: Sequence[str], ids: Names) -> CellAnswers:
        """Only these seeds, locales and ids, all of which must be there."""
        rows = np.searchsorted(self.ids, ids)
        columns = [self.locales.index(locale) for locale in locales]
        layers = [self.seeds.index(seed) for seed in seeds]
        return CellAnswers(
            cell=self.cell,
            seeds=tuple(seeds),
            locales=tuple(locales),
            ids=ids,
            present=self.present[rows][:, columns],
            numerators=self.numerators[rows][:, columns][:, :, layers],
            denominators=self.denominators[rows][:, columns][:, :, layers],
            trainings=tuple(self.trainings[layer] for layer in layers),
        )


def gather_answers(measurements: Iterable[Measurement]) -> dict[Cell, CellAnswers]:
    """All measurements as arrays, one per cell, in the order in which the cells appear.

    Each measurement is let go once its numbers are taken, so that a reader of thousands of files may be passed.

    Raises:
        ComparisonError: A locale is there twice for a seed or missing for one that has others; its ids are not those of
            the cell's other seeds, or one is there twice; or a seed's locales come from different trainings.
    """
    drafts: dict[Cell, _Draft] = {}
    for measurement in measurements:
        cell = measurement.cell
        drafts.setdefault(cell, _Draft(cell)).add(measurement)
    return {cell: draft.finished() for cell, draft in drafts.items()}


class _Draft:
    """One cell while its measurements come in."""

    def __init__(self, cell: Cell) -> None:
        self.cell = cell
        self.ids: dict[str, Names] = {}
        self.counts: dict[tuple[int, str], tuple[Counts, Counts]] = {}
        self.trainings: dict[int, SeedTraining] = {}

    def add(self, measurement: Measurement) -> None:
        """Take one more seed and locale; raises ``ComparisonError`` if it does not fit those before it."""
        seed, answers = measurement.seed, measurement.answers
        key = seed, answers.locale
        if key in self.counts:
            raise ComparisonError(f"{self._name(*key)} is there twice")
        ids = np.array(answers.ids, dtype=np.str_)
        order = np.argsort(ids, kind="stable")
        self._check_ids(key, ids[order])
        self._check_training(key, measurement)
        numerators, denominators = (
            np.array(values, dtype=np.int32)[order] for values in (answers.numerators, answers.denominators)
        )
        self.counts[key] = numerators, denominators

    def finished(self) -> CellAnswers:
        """The cell as arrays, once all is in; raises ``ComparisonError`` if a seed lacks a locale."""
        seeds, locales = sorted(self.trainings), sorted(self.ids)
        absent = [(seed, locale) for seed in seeds for locale in locales if (seed, locale) not in self.counts]
        if absent:
            raise ComparisonError(
                f"{self._name(*absent[0])} is missing ({len(absent)} such), unlike others of the cell: measure it"
            )
        everything = np.unique(np.concatenate(list(self.ids.values())))
        shape = len(everything), len(locales), len(seeds)
        present = np.zeros(shape[:2], dtype=np.bool_)
        numerators, denominators = np.zeros(shape, dtype=np.int32), np.zeros(shape, dtype=np.int32)
        for column, locale in enumerate(locales):
            rows = np.searchsorted(everything, self.ids[locale])
            present[rows, column] = True
            for layer, seed in enumerate(seeds):
                numerators[rows, column, layer], denominators[rows, column, layer] = self.counts[seed, locale]
        trainings = tuple(self.trainings[seed] for seed in seeds)
        return CellAnswers(
            self.cell, tuple(seeds), tuple(locales), everything, present, numerators, denominators, trainings
        )

    def _check_ids(self, key: tuple[int, str], ids: Names) -> None:
        """All seeds must have answered a locale's same utterances, each once; ``ids`` are sorted."""
        if (ids[1:] == ids[:-1]).any():
            twice = ids[1:][ids[1:] == ids[:-1]][0]
            raise ComparisonError(f"{self._name(*key)}: utterance {str(twice)!r} is there twice")
        if not np.array_equal(self.ids.setdefault(key[1], ids), ids):
            raise ComparisonError(f"{self._name(*key)}: its utterances are not those of the cell's other seeds")

    def _check_training(self, key: tuple[int, str], measurement: Measurement) -> None:
        """All locales of a seed must come from one training."""
        training = SeedTraining(
            seed=measurement.seed,
            learning_rate=measurement.learning_rate,
            updates=measurement.updates,
            dev_score=measurement.dev_score,
        )
        if self.trainings.setdefault(measurement.seed, training) != training:
            raise ComparisonError(f"{self._name(*key)} comes from another training than the seed's other locales")

    def _name(self, seed: int, locale: str) -> str:
        return f"{name_cell(self.cell)}, seed {seed}, {locale}"


def name_cell(cell: Cell) -> str:
    """A cell in words: ``APT on intent, 5 shots``."""
    return f"{cell.contender} on {cell.task}, {'all data' if cell.shots is None else f'{cell.shots} shots'}"
