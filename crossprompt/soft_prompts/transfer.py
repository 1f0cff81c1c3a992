"""What the measurements say of transfer: pairs to be tested, macro-F1, and what distance from English does."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

import numpy as np
import pyarrow as pa
from scipy import stats

from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.summaries import ComparisonStatistics, gains_between
from crossprompt.locales.distance import Kinship, kinship
from crossprompt.soft_prompts.macro_f1 import macro_f1
from crossprompt.soft_prompts.records import Distances, TopicScore, TransferFacts, Trend
from crossprompt.soft_prompts.settings import contender_name
from crossprompt.soft_prompts.topics import TOPICS, topic_of
from crossprompt.training.randomness import numpy_generator

Gold = Mapping[tuple[str, str], str]
"""The true topic of each test sentence, by language and id."""


def transfer_pairs(cells: Iterable[Cell]) -> list[tuple[Cell, Cell]]:
    """The cells that are tested against each other: frozen and tuned, network and none, each length and the next,
    the shortest and the longest, each number of examples and the next, and the most and the fewest."""
    there = list(dict.fromkeys(cell for cell in cells if cell.task == TOPICS))
    pairs = [(frozen, tuned) for frozen in there if (tuned := way(frozen, "tuned")) in there]
    pairs += [(network, plain) for plain in there if (network := way(plain, "reparameterized")) in there]
    for ladder in length_ladders(there).values():
        pairs += [*pairwise(ladder), (ladder[0], ladder[-1])]
    for ladder in shot_ladders(there).values():
        pairs += [(more, fewer) for fewer, more in (*pairwise(ladder), (ladder[0], ladder[-1]))]
    return list(dict.fromkeys(pairs))


def way(cell: Cell, name: str) -> Cell:
    """The same cell with ``tuned`` or ``reparameterized`` in addition."""
    return cell.model_copy(update={"contender": f"{cell.contender}-{name}"})


def length_of(cell: Cell) -> int:
    """Soft tokens of a contender such as ``SPT-8-tuned``."""
    return int(cell.contender.split("-")[1])


def is_plain(cell: Cell) -> bool:
    """Whether the model is frozen and no network makes the prompt."""
    return cell.contender == contender_name(length_of(cell))


def length_ladders(cells: Iterable[Cell]) -> dict[int | None, list[Cell]]:
    """By shots, the plain contenders by length, where there are several."""
    found: dict[int | None, list[Cell]] = {}
    for cell in sorted((cell for cell in cells if is_plain(cell)), key=length_of):
        found.setdefault(cell.shots, []).append(cell)
    return {shots: ladder for shots, ladder in found.items() if len(ladder) > 1}


def shot_ladders(cells: Iterable[Cell]) -> dict[str, list[Cell]]:
    """By contender, its cells by shots, all data last, where there are several."""
    found: dict[str, list[Cell]] = {}
    for cell in sorted(cells, key=lambda cell: cell.shots or float("inf")):
        found.setdefault(cell.contender, []).append(cell)
    return {contender: ladder for contender, ladder in found.items() if len(ladder) > 1}


def gold_topics(table: pa.Table) -> dict[tuple[str, str], str]:
    """The true topics of the test rows of a table of ``UTTERANCE_FEATURES`` whose intents are topics."""
    columns = (table[name].to_pylist() for name in ("locale", "id", "partition", "intent"))
    return {
        (locale, name): topic for locale, name, partition, topic in zip(*columns, strict=True) if partition == "test"
    }


def topic_scores(measurements: Iterable[Measurement], gold: Gold) -> tuple[TopicScore, ...]:
    """Macro-F1 of every cell and language among the topics' words, seed by seed; languages in their order."""
    labels = sorted(set(gold.values()))
    found: dict[tuple[Cell, str], dict[int, float]] = {}
    for own in measurements:
        if own.cell.task == TOPICS:
            answers = own.answers
            true = [gold[answers.locale, name] for name in answers.ids]
            score = macro_f1(true, [topic_of(answer) for answer in answers.answers], labels)
            found.setdefault((own.cell, answers.locale), {})[own.seed] = score
    return tuple(
        TopicScore(cell=cell, locale=locale, macro_f1=tuple(score for _, score in sorted(by_seed.items())))
        for (cell, locale), by_seed in found.items()
    )


def transfer_facts(
    statistics: ComparisonStatistics, scores: tuple[TopicScore, ...], english: str, settings: StatisticsSettings
) -> TransferFacts:
    """Macro-F1, and what distance does to each cell and to what freezing and the network bring.

    Args:
        statistics: Of the same measurements.
        scores: See :func:`topic_scores`.
        english: The language that was learned on.
        settings: How often languages are permuted, and from which seed.
    """
    cells = [own for own in statistics.cells if own.cell.task == TOPICS]
    by_cell = {own.cell: own for own in cells}
    pairs = [(own.cell, way(own.cell, name)) for own in cells for name in ("tuned", "reparameterized")]
    differences = [
        (first, second) if second.contender.endswith("tuned") else (second, first)
        for first, second in pairs
        if second in by_cell
    ]
    distances = [_distances(own.cell, None, own.means, english, settings) for own in cells]
    for first, second in differences:
        gains = gains_between(by_cell[first], by_cell[second])
        distances.append(_distances(first, second, gains, english, settings))
    return TransferFacts(english=english, scores=scores, distances=tuple(distances))


def trend(values: Sequence[float], distances: Sequence[int], settings: StatisticsSettings) -> Trend:
    """Spearman's rank correlation of values with distances, and its p by permutation (ties are common).

    Args:
        values: One per language.
        distances: Likewise.
        settings: Permutations and their seed.
    """
    ranks, steps = stats.rankdata(values), stats.rankdata(distances)
    centred, other = ranks - ranks.mean(), steps - steps.mean()
    norm = float(np.sqrt((centred**2).sum() * (other**2).sum()))
    if not norm:
        return Trend(languages=len(values), rho=0.0, p=1.0)
    generator = numpy_generator(settings.seed, "distance")
    observed = float(centred @ other) / norm
    drawn = np.array([centred @ generator.permutation(other) for _ in range(settings.permutations)]) / norm
    reached = int((np.abs(drawn) >= abs(observed) - 1e-9).sum())
    return Trend(languages=len(values), rho=observed, p=(1 + reached) / (1 + settings.permutations))


def _distances(
    first: Cell, second: Cell | None, values: Mapping[str, float], english: str, settings: StatisticsSettings
) -> Distances:
    kin = {locale: kinship(locale, english) for locale in sorted(values)}
    groups: dict[Kinship, list[float]] = {}
    for locale, relation in kin.items():
        groups.setdefault(relation, []).append(values[locale])
    others = [locale for locale, relation in kin.items() if relation is not Kinship.SAME_LANGUAGE]
    return Distances(
        first=first,
        second=second,
        by_kinship={relation.words: sum(own) / len(own) for relation, own in sorted(groups.items())},
        languages_by_kinship={relation.words: len(own) for relation, own in sorted(groups.items())},
        trend=trend([values[locale] for locale in others], [int(kin[locale]) for locale in others], settings),
    )
