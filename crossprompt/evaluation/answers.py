"""Right and wrong answers of both methods side by side, joined by ids."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from datasets import Dataset
from numpy.typing import NDArray

from crossprompt.evaluation.predictions import METHODS, EvaluationError
from crossprompt.tasks.records import Method

_CODES = ("method", "seed", "locale", "gold", "predicted")


@dataclass(frozen=True, slots=True)
class LocaleAnswers:
    """One locale. ``right`` is 0 or 1, ``[methods, seeds, utterances]``; utterances in the order of ``ids``.

    ``gold`` holds positions in the list of labels.
    """

    locale: str
    ids: NDArray[np.str_]
    gold: NDArray[np.int64]
    right: NDArray[np.int64]

    def of(self, method: Method) -> NDArray[np.int64]:
        """``[seeds, utterances]``."""
        answers: NDArray[np.int64] = self.right[METHODS.index(method.value)]
        return answers

    @property
    def differences(self) -> NDArray[np.int64]:
        """Seeds right with the aligned prompt minus seeds right with the fresh one, ``[utterances]``."""
        difference: NDArray[np.int64] = (self.of(Method.ALIGNED) - self.of(Method.FRESH)).sum(axis=0)
        return difference


@dataclass(frozen=True, slots=True)
class AnswerSheet:
    """All locales in order of their tags; the same seeds for both methods, sorted."""

    locales: tuple[LocaleAnswers, ...]
    labels: tuple[str, ...]
    seeds: tuple[int, ...]


def read_answers(predictions: Dataset) -> AnswerSheet:
    """Join a table of predictions by (locale, id, method, seed), whatever the order of its rows.

    Raises:
        EvaluationError: A method has no predictions or other seeds than the other, a prediction is missing or there
            twice, or an utterance has two gold intents.
    """
    columns = predictions.select_columns([*_CODES]).with_format("numpy")[:]
    ids = np.asarray(predictions.with_format("arrow")[:]["id"].to_pylist())
    seeds = _common_seeds(columns["method"], columns["seed"])
    names = predictions.features["locale"].names
    order = np.argsort(columns["locale"], kind="stable")
    groups = np.split(order, np.flatnonzero(np.diff(columns["locale"][order])) + 1)
    locales = (
        _join(names[columns["locale"][rows[0]]], ids[rows], {c: columns[c][rows] for c in _CODES}, seeds)
        for rows in groups
    )
    ordered = tuple(sorted(locales, key=lambda locale: locale.locale))
    return AnswerSheet(ordered, tuple(predictions.features["gold"].names), tuple(int(seed) for seed in seeds))


def _common_seeds(methods: NDArray[np.int64], seeds: NDArray[np.int64]) -> NDArray[np.int64]:
    by_method = {name: np.unique(seeds[methods == code]) for code, name in enumerate(METHODS)}
    empty = [name for name, own in by_method.items() if not len(own)]
    if empty:
        raise EvaluationError(f"there are no predictions of {' and '.join(empty)}: both prompts are needed to compare")
    first, *others = by_method.values()
    if any(not np.array_equal(first, own) for own in others):
        listed = "; ".join(f"{name}: {own.tolist()}" for name, own in by_method.items())
        raise EvaluationError(f"the methods were trained with different seeds and can't be paired: {listed}")
    return first


def _join(
    locale: str, ids: NDArray[np.str_], codes: dict[str, NDArray[np.int64]], seeds: NDArray[np.int64]
) -> LocaleAnswers:
    known, utterance = np.unique(ids, return_inverse=True)
    shape = (len(METHODS), len(seeds), len(known))
    cell = (codes["method"], np.searchsorted(seeds, codes["seed"]), utterance)
    counts = np.zeros(shape, dtype=np.int64)
    np.add.at(counts, cell, 1)
    if (counts != 1).any():
        raise EvaluationError(_say_wrong_count(locale, known, seeds, counts))
    right = np.zeros(shape, dtype=np.int64)
    right[cell] = codes["predicted"] == codes["gold"]
    gold = np.zeros(shape, dtype=np.int64)
    gold[cell] = codes["gold"]
    contradicted = np.flatnonzero((gold != gold[0, 0]).any(axis=(0, 1)))
    if len(contradicted):
        raise EvaluationError(
            f"{locale}: utterance {str(known[contradicted[0]])!r} has different gold intents in its rows"
        )
    return LocaleAnswers(locale, known, gold[0, 0], right)


def _say_wrong_count(locale: str, ids: NDArray[np.str_], seeds: NDArray[np.int64], counts: NDArray[np.int64]) -> str:
    wrong = np.argwhere(counts != 1)
    method, seed, utterance = wrong[0]
    what = "is missing" if counts[method, seed, utterance] == 0 else "is there more than once"
    name = str(ids[utterance])
    return (
        f"{locale}: the prediction of method {METHODS[method]}, seed {seeds[seed]}, for utterance {name!r} {what} "
        f"({len(wrong)} such); methods are only compared on the same utterances"
    )


def pair_counts(sheet: AnswerSheet) -> tuple[int, int, int]:
    """Over all single predictions: only the aligned prompt right, only the fresh one right, and all pairs."""
    pairs = [(locale.of(Method.ALIGNED), locale.of(Method.FRESH)) for locale in sheet.locales]
    only_aligned = sum(int(((a == 1) & (f == 0)).sum()) for a, f in pairs)
    only_fresh = sum(int(((a == 0) & (f == 1)).sum()) for a, f in pairs)
    return only_aligned, only_fresh, sum(a.size for a, _ in pairs)


def iterate_positions(sheet: AnswerSheet) -> Iterator[tuple[LocaleAnswers, NDArray[np.int64]]]:
    """Each locale with its utterances' positions among all ids of all locales, sorted."""
    everything = np.unique(np.concatenate([locale.ids for locale in sheet.locales]))
    for locale in sheet.locales:
        yield locale, np.searchsorted(everything, locale.ids)
