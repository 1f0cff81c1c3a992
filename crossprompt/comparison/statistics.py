"""What the measurements mean: scores over seeds and locales with intervals, and paired tests between contenders.

Utterance ids are the units: a test or an interval on an average over locales takes a sentence with all its
translations, and with the answers of all seeds, in or out together. Scores are ratios (see
:class:`crossprompt.tasks.task.ScoredAnswers`), so all resamples and permutations are sums over ids: one matrix product
gives those of all locales and seeds at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

import numpy as np

from crossprompt.comparison.answers import CellAnswers, ComparisonError, gather_answers, name_cell
from crossprompt.comparison.records import Cell, Measurement
from crossprompt.comparison.resampling import Floats, cell_scores, permuted_differences, resampled_scores
from crossprompt.comparison.settings import StatisticsSettings
from crossprompt.comparison.summaries import (
    CellComparison,
    CellSummary,
    ComparisonStatistics,
    Difference,
    GroupDifference,
    LocaleDifference,
    LocaleSummary,
    ScoreSummary,
)
from crossprompt.evaluation.statistics import holm, seeds_test, sign_flip_p
from crossprompt.locales.languages import describe_locale
from crossprompt.training.randomness import numpy_generator

SIGN_FLIP = (
    "the exact sign-flip (permutation) test on right answers, summed over seeds and locales for each utterance id"
)
PERMUTATION = (
    "the paired permutation test on the mean score: all answers to an utterance id are exchanged between the two, "
    "{permutations} times at random"
)

CONTENDER_PAIRS = (
    ("PT", "FT"),
    ("APT", "PT"),
    ("APT", "FT"),
    ("FT-matched", "FT"),
    ("PT", "FT-matched"),
    ("APT", "FT-matched"),
    ("APT", "APT-mlm-only"),
    ("APT-mlm-only", "PT"),
    ("APT-conversation", "APT-non-conversation"),
    ("APT-length-8", "APT-length-1"),
    ("APT", "APT-length-1"),
    ("APT", "APT-length-8"),
    ("APT-length-100", "APT"),
    ("PT", "PT-length-4"),
    ("PT", "PT-length-8"),
)
"""Contenders that are compared where both were measured on one task with as many shots. ``APT`` and ``PT`` have the
paper's 16 positions; an aligned contender that is not named here is compared with ``APT``."""
TASK_PAIRS = (("nli", "intent"),)
"""Tasks with the same labels, in which each contender is compared with itself."""

ROUNDING = 1e-9
"""Percentage points below which a permuted and the observed difference count as equal."""

Columns = list[int]
"""Positions of locales that are looked at together, on their average."""


def compute_statistics(
    measurements: Iterable[Measurement],
    settings: StatisticsSettings,
    pairs: Sequence[tuple[Cell, Cell]] | None = None,
) -> ComparisonStatistics:
    """Summaries of all cells and comparisons of pairs of them.

    Args:
        measurements: All results, in any order; may be a reader of files.
        settings: Confidence, resamples, permutations and their seed.
        pairs: First and second cell of each comparison; None: :func:`standard_pairs`.

    Raises:
        ComparisonError: The measurements don't make whole cells, or a pair has nothing in common.
    """
    answers = gather_answers(measurements)
    chosen = standard_pairs(answers.keys()) if pairs is None else pairs
    return ComparisonStatistics(
        cells=tuple(summarise(found, settings) for found in answers.values()),
        comparisons=tuple(compare(answers[first], answers[second], settings) for first, second in chosen),
        confidence=settings.confidence,
    )


def standard_pairs(cells: Iterable[Cell]) -> list[tuple[Cell, Cell]]:
    """The pairs of ``CONTENDER_PAIRS`` and ``TASK_PAIRS`` of which both cells are there, and further aligned ones."""
    there = list(dict.fromkeys(cells))
    settings = list(dict.fromkeys((cell.task, cell.shots) for cell in there))
    named = {name for pair in CONTENDER_PAIRS for name in pair}
    further = dict.fromkeys(cell.contender for cell in there if cell.contender not in named)
    pairs = (*CONTENDER_PAIRS, *(("APT", name) for name in further if name.startswith("APT-")))
    within = [
        tuple(Cell(contender=name, task=task, shots=shots) for name in pair)
        for task, shots in settings
        for pair in pairs
    ]
    across = [
        (first, Cell(contender=first.contender, task=other, shots=first.shots))
        for task, other in TASK_PAIRS
        for first in there
        if first.task == task
    ]
    return [(first, second) for first, second in (*within, *across) if first in there and second in there]


def summarise(answers: CellAnswers, settings: StatisticsSettings) -> CellSummary:
    """Mean, deviation over seeds and bootstrap interval of a cell's average over locales and of each locale."""
    scores = cell_scores(answers)
    resampled = _resampled(answers, settings)
    locales = tuple(
        LocaleSummary(
            locale=locale,
            utterances=int(answers.present[:, column].sum()),
            score=_score_summary(scores[column], resampled[:, column], settings),
        )
        for column, locale in enumerate(answers.locales)
    )
    return CellSummary(
        cell=answers.cell,
        average=_score_summary(scores.mean(axis=0), resampled.mean(axis=1), settings),
        locales=locales,
        trainings=answers.trainings,
    )


def compare(first: CellAnswers, second: CellAnswers, settings: StatisticsSettings) -> CellComparison:
    """First minus second on their common seeds, locales and utterances, paired throughout.

    Accuracies are tested exactly, by sign flips, if all locales have equally many utterances; else, and for other
    scores, permutations are drawn. The p values of locales are corrected over locales, those of scripts over scripts,
    those of families over families, by Holm's method.

    Raises:
        ComparisonError: They have no seed or locale in common, or different utterances of one task.
    """
    first, second = _paired(first, second)
    locales = first.locales
    scripts = _groups(locales, lambda tag: describe_locale(tag).script_name)
    families = _groups(locales, family_group)
    parts = [[[column] for column in range(len(locales))], [*scripts.values()], [*families.values()]]
    find = _differences(first, second, [*(part for kind in parts for part in kind), [*range(len(locales))]], settings)
    by_locale, by_script, by_family = (_corrected([next(find) for _ in kind]) for kind in parts)
    return CellComparison(
        first=first.cell,
        second=second.cell,
        seeds=first.seeds,
        utterances=len(first.ids),
        test=SIGN_FLIP if _exactly_testable(first, second) else PERMUTATION.format(permutations=settings.permutations),
        pooled=next(find),
        over_seeds=_over_seeds(first, second, settings),
        locales=tuple(
            LocaleDifference(locale=locale, utterances=int(count), difference=difference)
            for locale, count, difference in zip(locales, first.present.sum(axis=0), by_locale, strict=True)
        ),
        by_script=_group_differences(first, second, scripts, by_script),
        by_family=_group_differences(first, second, families, by_family),
    )


def family_group(tag: str) -> str:
    """A locale's family for grouping; of Indo-European, which holds more than half of MASSIVE's, the branch."""
    known = describe_locale(tag)
    return f"{known.family}: {known.branch}" if known.family == "Indo-European" else known.family


def _paired(first: CellAnswers, second: CellAnswers) -> tuple[CellAnswers, CellAnswers]:
    """Both on what they have in common."""
    names = f"{name_cell(first.cell)} and {name_cell(second.cell)}"
    seeds = sorted(set(first.seeds) & set(second.seeds))
    locales = sorted(set(first.locales) & set(second.locales))
    ids = np.intersect1d(first.ids, second.ids)
    if not (seeds and locales and len(ids)):
        raise ComparisonError(f"{names} have no seed, no locale or no utterance in common: they can't be paired")
    pair = first.restricted(seeds, locales, ids), second.restricted(seeds, locales, ids)
    same = np.array_equal(pair[0].present, pair[1].present) and len(ids) == len(first.ids) == len(second.ids)
    if first.cell.task == second.cell.task and not same:
        raise ComparisonError(f"{names} were tested on different utterances: measure both on the same")
    return pair


def _exactly_testable(first: CellAnswers, second: CellAnswers) -> bool:
    """Whether the difference of averages is one of counts of right answers: accuracies, locales of equal size."""
    sizes = first.present.sum(axis=0)
    return first.is_accuracy and second.is_accuracy and bool((sizes == sizes[0]).all())


def _differences(
    first: CellAnswers, second: CellAnswers, parts: Sequence[Columns], settings: StatisticsSettings
) -> Iterator[Difference]:
    """First minus second on the average over the locales of each part, in order."""
    observed = (cell_scores(first) - cell_scores(second)).mean(axis=1)
    resampled = (_resampled(first, settings) - _resampled(second, settings)).mean(axis=2)
    p_of = _exact_p(first, second) if _exactly_testable(first, second) else _permutation_p(first, second, settings)
    for part in parts:
        low, high = _interval(resampled[:, part].mean(axis=1), settings)
        yield Difference(difference=float(observed[part].mean()), low=low, high=high, p=p_of(part))


def _exact_p(first: CellAnswers, second: CellAnswers) -> Callable[[Columns], float]:
    right = (first.numerators - second.numerators).sum(axis=2, dtype=np.int64)
    return lambda part: sign_flip_p(right[:, part].sum(axis=1))


def _permutation_p(first: CellAnswers, second: CellAnswers, settings: StatisticsSettings) -> Callable[[Columns], float]:
    generator = numpy_generator(settings.seed, "permutation")
    permuted = permuted_differences(first, second, settings.permutations, generator)
    observed = (cell_scores(first) - cell_scores(second)).mean(axis=1)

    def p_of(part: Columns) -> float:
        reached = np.abs(permuted[:, part].mean(axis=1)) >= abs(observed[part].mean()) - ROUNDING
        return float((1 + reached.sum()) / (1 + len(permuted)))

    return p_of


def _resampled(answers: CellAnswers, settings: StatisticsSettings) -> Floats:
    """Cells with equally many ids get the same draws, so that their differences are paired."""
    return resampled_scores(answers, settings.resamples, numpy_generator(settings.seed, "bootstrap"))


def _score_summary(by_seed: Floats, resampled: Floats, settings: StatisticsSettings) -> ScoreSummary:
    """From the score of each seed, ``[seeds]``, and its resamples, ``[resamples, seeds]``."""
    low, high = _interval(resampled.mean(axis=1), settings)
    return ScoreSummary(
        mean=float(by_seed.mean()),
        std=float(by_seed.std(ddof=1)) if len(by_seed) > 1 else None,
        low=low,
        high=high,
        by_seed=tuple(float(score) for score in by_seed),
    )


def _interval(resampled: Floats, settings: StatisticsSettings) -> tuple[float, float]:
    tail = (1 - settings.confidence) / 2
    low, high = np.quantile(resampled, [tail, 1 - tail])
    return float(low), float(high)


def _over_seeds(first: CellAnswers, second: CellAnswers, settings: StatisticsSettings) -> Difference | None:
    by_seed = (cell_scores(first) - cell_scores(second)).mean(axis=0)
    tested = seeds_test(by_seed.tolist(), settings.confidence)
    if tested is None:
        return None
    difference, interval, p = tested
    return Difference(difference=difference, low=interval.low, high=interval.high, p=p)


def _groups(locales: Sequence[str], key: Callable[[str], str]) -> dict[str, Columns]:
    """Columns of locales by group name, sorted by name."""
    groups: dict[str, Columns] = {}
    for column, locale in enumerate(locales):
        groups.setdefault(key(locale), []).append(column)
    return dict(sorted(groups.items()))


def _corrected(differences: Sequence[Difference]) -> list[Difference]:
    adjusted = holm([found.p for found in differences])
    return [found.model_copy(update={"p_corrected": p}) for found, p in zip(differences, adjusted, strict=True)]


def _group_differences(
    first: CellAnswers, second: CellAnswers, groups: Mapping[str, Columns], differences: Sequence[Difference]
) -> tuple[GroupDifference, ...]:
    means = [cell_scores(answers).mean(axis=1) for answers in (first, second)]
    return tuple(
        GroupDifference(
            name=name,
            locales=tuple(first.locales[column] for column in part),
            first=float(means[0][part].mean()),
            second=float(means[1][part].mean()),
            difference=difference,
        )
        for (name, part), difference in zip(groups.items(), differences, strict=True)
    )
