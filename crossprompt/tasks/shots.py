"""From a table of utterances to few-shot English training data: labels, shots by seed, English dev."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset

from crossprompt.corpora.utterance import ENGLISH
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.training.randomness import numpy_generator

logger = logging.getLogger(__name__)


class TaskDataError(ValueError):
    """The utterances can't be used for the task: something is missing, unknown or twice there."""


@dataclass(frozen=True, slots=True)
class Examples:
    """Labelled texts in the order of their ids; ``labels`` are positions in the sorted list of intents."""

    ids: tuple[str, ...]
    texts: tuple[str, ...]
    labels: tuple[int, ...]

    def __len__(self) -> int:
        return len(self.ids)

    def take(self, positions: Iterable[int]) -> Examples:
        """The examples at ``positions``, in that order."""
        chosen = list(positions)
        return Examples(
            tuple(self.ids[i] for i in chosen),
            tuple(self.texts[i] for i in chosen),
            tuple(self.labels[i] for i in chosen),
        )


@dataclass(frozen=True, slots=True)
class Shots:
    """The drawn training examples and their positions in English train, which are sorted.

    ``short`` counts the examples of each intent that has fewer than asked for.
    """

    examples: Examples
    positions: tuple[int, ...]
    short: dict[str, int]


@dataclass(frozen=True)
class IntentData:
    """English train and dev of an intent task. ``labels`` are the intents of English train, sorted."""

    labels: tuple[str, ...]
    train: Examples
    dev: Examples

    @property
    def majority(self) -> str:
        """The most frequent intent of English train; of equally frequent ones the first by name."""
        counts = Counter(self.train.labels)
        return self.labels[min(counts, key=lambda label: (-counts[label], label))]

    @cached_property
    def candidates(self) -> tuple[tuple[int, ...], ...]:
        """The positions in English train of each label's examples, in the order of the labels."""
        found: list[list[int]] = [[] for _ in self.labels]
        for position, label in enumerate(self.train.labels):
            found[label].append(position)
        return tuple(map(tuple, found))

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of labels, ids, texts and their labels."""
        parts = [[e.ids, e.texts, e.labels] for e in (self.train, self.dev)]
        return fingerprint_value([self.labels, parts])


def prepare_intent_data(
    utterances: Dataset, max_dev_utterances: int | None = None, english: str = ENGLISH
) -> IntentData:
    """Take English train and dev out of a table of ``UTTERANCE_FEATURES``.

    Args:
        utterances: All utterances; the other locales and the test partition are not looked at.
        max_dev_utterances: Only the first so many of dev, in the order of their ids.
        english: The locale that is learned on, as the table spells it.

    Raises:
        TaskDataError: No English train or dev, an id twice, or a dev intent that train doesn't have.
    """
    table = utterances.with_format("arrow")[:]
    train, dev = select_rows(table, english, "train"), select_rows(table, english, "dev")
    labels = tuple(sorted(set(train.column("intent").to_pylist())))
    kept = dev if max_dev_utterances is None else dev.slice(0, max_dev_utterances)
    return IntentData(labels, _examples(train, labels, f"{english} train"), _examples(kept, labels, f"{english} dev"))


def select_rows(table: pa.Table, locale: str, partition: str) -> pa.Table:
    """The rows of one locale and partition, sorted by id; ids of digits only by their value.

    Raises:
        TaskDataError: There are none, or an id is there twice.
    """
    wanted = pc.and_(pc.equal(table["locale"], locale), pc.equal(table["partition"], partition))
    rows = table.filter(wanted)
    if not rows.num_rows:
        known = ", ".join(sorted(set(pc.unique(table["locale"]).to_pylist())))
        raise TaskDataError(f"there are no {partition} utterances in {locale}; the table's locales are: {known}")
    ids = rows["id"].to_pylist()
    doubles = [name for name, count in Counter(ids).items() if count > 1]
    if doubles:
        raise TaskDataError(
            f"{len(doubles)} ids are there more than once in {locale} {partition}, such as {_some(doubles)}"
        )
    return rows.take(sorted(range(len(ids)), key=lambda i: id_order(ids[i])))


def id_order(identifier: str) -> tuple[int, int, str]:
    """A sort key for utterance ids: numbers by value, before everything else."""
    return (0, int(identifier), identifier) if identifier.isdecimal() else (1, 0, identifier)


def encode_labels(intents: Sequence[str], ids: Sequence[str], labels: Sequence[str], where: str) -> tuple[int, ...]:
    """The position of each intent in ``labels``.

    Raises:
        TaskDataError: An intent is not among the labels; names it and how many utterances have it.
    """
    positions = {label: position for position, label in enumerate(labels)}
    unknown = Counter(intent for intent in intents if intent not in positions)
    if unknown:
        intent, count = unknown.most_common(1)[0]
        examples = [name for name, own in zip(ids, intents, strict=True) if own == intent]
        raise TaskDataError(
            f"{where} has {len(unknown)} intents that English train does not have: {intent!r} in {count} utterances "
            f"(ids {_some(examples)}); add training examples for it or take these utterances out"
        )
    return tuple(positions[intent] for intent in intents)


def draw_shots(data: IntentData, shots: int | None, seed: int) -> Shots:
    """Draw ``shots`` training examples of every intent, without repetition; None takes all.

    An intent with fewer examples gives all that it has; it is counted in ``Shots.short`` and logged. What is drawn for
    one intent does not depend on the others.
    """
    if shots is None:
        return Shots(data.train, tuple(range(len(data.train))), {})
    positions, short = draw_of_each(dict(zip(data.labels, data.candidates, strict=True)), shots, seed)
    return Shots(data.train.take(positions), positions, short)


def draw_of_each(strata: Mapping[str, Sequence[int]], shots: int, seed: int) -> tuple[tuple[int, ...], dict[str, int]]:
    """Draw ``shots`` positions of every stratum, without repetition; what is drawn of one doesn't depend on others.

    Returns:
        All that were drawn, sorted; and how many there are of each stratum that has too few, which gives all and is
        logged.
    """
    chosen = [place for name, candidates in strata.items() for place in draw_of(name, candidates, shots, seed)]
    short = {name: len(candidates) for name, candidates in strata.items() if len(candidates) < shots}
    if short:
        _say_short(shots, tuple(short.items()))
    return tuple(sorted(chosen)), short


def draw_of(name: str, candidates: Sequence[int], number: int, seed: int) -> list[int]:
    """So many of the ``candidates`` of one stratum, in random order; all of them where there are no more."""
    order = numpy_generator(seed, "shots", name).permutation(len(candidates))[:number]
    return [candidates[int(place)] for place in order]


@cache
def _say_short(shots: int, short: tuple[tuple[str, int], ...]) -> None:
    """Once in a process: every trial of a study draws from the same intents."""
    logger.warning("fewer than %d training examples, all of them taken: %s", shots, dict(short))


def _examples(rows: pa.Table, labels: Sequence[str], where: str) -> Examples:
    ids = tuple(rows["id"].to_pylist())
    encoded = encode_labels(rows["intent"].to_pylist(), ids, labels, where)
    return Examples(ids, tuple(rows["utt"].to_pylist()), encoded)


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (", ..." if len(names) > 3 else "")
