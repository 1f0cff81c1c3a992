"""Candidate and champion on one task, paired utterance by utterance, as the records tell it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scipy import stats

from crossprompt.comparison.resampling import cell_scores
from crossprompt.comparison.statistics import compare
from crossprompt.comparison.summaries import CellComparison, Difference, LocaleDifference
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.locales.languages import written_language
from crossprompt.promotion.contestant import Contestant, common_answers, own_answers, task_locales
from crossprompt.promotion.records import LocaleComparison, TaskComparison
from crossprompt.promotion.settings import GateSettings

POWER = 0.8
"""The usual power at which a fall is said to be noticed."""


@dataclass(frozen=True, slots=True)
class _Pair:
    """Candidate against champion: each locale that both were tested in, and the average over those that are not new."""

    by_locale: Mapping[str, LocaleDifference]
    champion: Mapping[str, float]
    test: str
    pooled: Difference | None
    averages: tuple[float | None, float | None]


def compare_task(
    task: str, candidate: Contestant, champion: Contestant | None, new: tuple[str, ...], settings: GateSettings
) -> TaskComparison:
    """All locales of one task in which the candidate was tested.

    Args:
        task: One of the candidate's.
        candidate: Who wants in.
        champion: Who serves, or None.
        new: The candidate's languages that the champion has not.
        settings: Of the gate.

    Raises:
        GateError: Both were tested on different utterances.
    """
    answers = own_answers(candidate, task)
    added = {written_language(tag) for tag in new}
    newcomers = {locale for locale in answers.locales if written_language(locale) in added}
    scores = dict(zip(answers.locales, cell_scores(answers)[:, 0].tolist(), strict=True))
    sizes = dict(zip(answers.locales, answers.present.sum(axis=0).tolist(), strict=True))
    pair = None
    if champion is not None and task in champion.predictions:
        pair = _pair(task, candidate, champion, newcomers, settings)
    return TaskComparison(
        task=task,
        score_name=candidate.score_names[task],
        candidate=pair.averages[0] if pair else None,
        champion=pair.averages[1] if pair else None,
        difference=pair.pooled if pair else None,
        test=pair.test if pair else None,
        locales=tuple(_row(locale, sizes[locale], scores, newcomers, task, pair, settings) for locale in scores),
    )


def _row(
    locale: str,
    utterances: int,
    scores: Mapping[str, float],
    newcomers: set[str],
    task: str,
    pair: _Pair | None,
    settings: GateSettings,
) -> LocaleComparison:
    found = pair.by_locale.get(locale) if pair else None
    champion = pair.champion.get(locale) if pair else None
    return LocaleComparison(
        locale=locale,
        utterances=utterances,
        is_new=locale in newcomers,
        candidate=scores[locale],
        champion=champion,
        difference=found.difference if found else None,
        unnoticed=_unnoticed(found.difference, len(pair.by_locale), settings) if found and pair else None,
        floor=_floor(task, scores.get(ENGLISH, 0.0), champion, settings) if locale in newcomers else None,
    )


def _floor(task: str, english: float, champion: float | None, settings: GateSettings) -> float:
    """The highest of the floors that apply."""
    floors = [settings.share_of_english(task) * english, settings.floors.get(task, 0.0)]
    if champion is not None and task in settings.gain:
        floors.append(champion + settings.gain[task])
    return max(floors)


def _pair(
    task: str, candidate: Contestant, champion: Contestant, newcomers: set[str], settings: GateSettings
) -> _Pair | None:
    shared = task_locales(candidate, task) & task_locales(champion, task)
    if not shared:
        return None
    everywhere = _compared(task, candidate, champion, shared, settings)
    known = shared - newcomers
    pooled: Difference | None = None
    averages: tuple[float | None, float | None] = None, None
    if known:
        pooled = _compared(task, candidate, champion, known, settings).pooled
        averages = _average(candidate, task, known), _average(champion, task, known)
    own = own_answers(champion, task)
    return _Pair(
        by_locale={found.locale: found for found in everywhere.locales},
        champion=dict(zip(own.locales, cell_scores(own)[:, 0].tolist(), strict=True)),
        test=everywhere.test,
        pooled=pooled,
        averages=averages,
    )


def _compared(
    task: str, candidate: Contestant, champion: Contestant, locales: set[str], settings: GateSettings
) -> CellComparison:
    return compare(*common_answers(candidate, champion, task, locales), settings.statistics)


def _average(side: Contestant, task: str, locales: set[str]) -> float:
    answers = own_answers(side, task, locales)
    return float(cell_scores(answers).mean())


def _unnoticed(difference: Difference, locales: int, settings: GateSettings) -> float | None:
    """The fall that a two-sided test at ``level``, corrected for all locales, would miss in one case out of five.

    From the standard error that the bootstrap interval implies; a bound, as Holm's correction is Bonferroni's at most.
    """
    reach = stats.norm.ppf((1 + settings.statistics.confidence) / 2)
    error = (difference.high - difference.low) / (2 * reach)
    if error == 0.0:
        return None
    return float(error * (stats.norm.ppf(1 - settings.level / (2 * locales)) + stats.norm.ppf(POWER)))
