"""From files of answers to the result of a rating: screened, summed up per locale, with intervals and agreement."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import numpy as np

from crossprompt.evaluation.statistics import Interval, bootstrap_intervals
from crossprompt.rating.agreement import krippendorff_alpha, mean_difference
from crossprompt.rating.answers import Answer, read_answers
from crossprompt.rating.errors import RatingError
from crossprompt.rating.records import Aspect, AspectScore, Key, LocaleRating, RaterSummary, RatingResult
from crossprompt.rating.screening import Opinion, RaterVerdict, Screened, screen
from crossprompt.rating.settings import ScaleSettings, ScreeningSettings


@dataclass(frozen=True, slots=True)
class RatingImport:
    """What an import gives: the result, and the names behind its pseudonyms, which are not part of it."""

    result: RatingResult
    names: dict[str, str]
    """A rater's name as first written, by pseudonym."""


def import_ratings(files: Sequence[Path], key: Key, settings: ScreeningSettings) -> RatingImport:
    """Read, check and sum up the answers to an export.

    Args:
        files: See :func:`crossprompt.rating.answers.read_answers`; the same file twice counts as duplicates.
        key: The export's.
        settings: What counts, and how intervals are made.

    Raises:
        RatingError: No file is given, one is damaged, or it belongs to another export.
    """
    if not files:
        raise RatingError("no file of answers is named: give the .json or .csv files that raters sent back")
    answers = [answer for file in files for answer in read_answers(file, key.export)]
    names: dict[str, str] = {}
    for answer in answers:
        names.setdefault(pseudonym(key.export, answer.same_rater), answer.rater)
    return RatingImport(sum_up(answers, key, settings, files=len(files)), names)


def sum_up(answers: Sequence[Answer], key: Key, settings: ScreeningSettings, *, files: int = 1) -> RatingResult:
    """The result of ``answers``, which came in ``files`` files."""
    screened = screen(answers, key, settings)
    return RatingResult(
        export=key.export,
        draw=key.settings,
        screening=settings,
        files=files,
        rows=len(answers),
        unknown_rows=screened.unknown,
        locales=tuple(_locale_rating(locale, screened, key, settings) for locale in key.locales),
    )


def pseudonym(export: str, rater: str) -> str:
    """Eight hex digits for a rater of an export; the same for all of his or her answers to it."""
    return hashlib.sha256(f"{export}\0{rater}".encode()).hexdigest()[:8]


def _locale_rating(locale: str, screened: Screened, key: Key, settings: ScreeningSettings) -> LocaleRating:
    items = key.of_locale(locale)
    kept = [opinion for opinion in screened.kept if opinion.item.window.locale == locale]
    quiz_rows = sum(opinion.item.window.locale == locale for opinion in screened.quiz)
    excluded = {reason: count for reason, count in sorted(screened.excluded[locale].items()) if count}
    verdicts = [verdict for verdict in screened.raters if verdict.locale == locale]
    scores = _aspect_scores(locale, kept, key.settings.scale, settings) if kept else {}
    return LocaleRating(
        locale=locale,
        items=sum(not item.quiz for item in items),
        rated=len({opinion.item.id for opinion in kept}),
        quizzes=sum(item.quiz for item in items),
        rows=len(kept) + quiz_rows + sum(excluded.values()),
        kept=len(kept),
        quiz_rows=quiz_rows,
        excluded=excluded,
        raters=tuple(_rater_summary(verdict, key.export) for verdict in verdicts),
        meaning=scores.get(Aspect.MEANING),
        fluency=scores.get(Aspect.FLUENCY),
    )


def _aspect_scores(
    locale: str, kept: Sequence[Opinion], scale: ScaleSettings, settings: ScreeningSettings
) -> dict[Aspect, AspectScore]:
    """The scores of both aspects; their intervals share the bootstrap's draws of items."""
    groups: dict[str, list[Opinion]] = defaultdict(list)
    for opinion in kept:
        groups[opinion.item.id].append(opinion)
    of_items = np.array([[np.mean([o.meaning for o in g]), np.mean([o.fluency for o in g])] for g in groups.values()])
    intervals = bootstrap_intervals(
        of_items,
        np.ones(len(of_items)),
        confidence=settings.confidence,
        resamples=settings.resamples,
        generator=np.random.default_rng(Random(f"ratings\0{settings.seed}\0{locale}").getrandbits(63)),
    )
    middle = (scale.low + scale.high) / 2
    answers = {
        Aspect.MEANING: [(opinion.rater, opinion.item.id, opinion.meaning) for opinion in kept],
        Aspect.FLUENCY: [(opinion.rater, opinion.item.id, opinion.fluency) for opinion in kept],
    }
    return {
        aspect: _aspect_score([float(score) for score in of_items[:, column]], interval, middle, answers[aspect])
        for column, (aspect, interval) in enumerate(zip(Aspect, intervals, strict=True))
    }


def _aspect_score(
    scores: Sequence[float], interval: Interval, middle: float, answers: Sequence[tuple[str, str, float]]
) -> AspectScore:
    return AspectScore(
        mean=float(np.mean(scores)),
        std=float(np.std(scores, ddof=1)) if len(scores) > 1 else None,
        low=interval.low,
        high=interval.high,
        agreeing=float(np.mean([score > middle for score in scores])),
        alpha=krippendorff_alpha(answers),
        difference=mean_difference(answers),
    )


def _rater_summary(verdict: RaterVerdict, export: str) -> RaterSummary:
    rated = [opinion for opinion in verdict.opinions if not opinion.item.quiz]
    return RaterSummary(
        pseudonym=pseudonym(export, verdict.rater),
        answers=len(verdict.opinions),
        quizzes=verdict.quizzes,
        quizzes_passed=verdict.passed,
        refused=verdict.refused,
        mean_meaning=float(np.mean([opinion.meaning for opinion in rated])) if rated else None,
        mean_fluency=float(np.mean([opinion.fluency for opinion in rated])) if rated else None,
    )
