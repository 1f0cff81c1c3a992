"""The bars and the table of locales: every locale with its names, its scores and its place in either grouping."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from crossprompt.evaluation.records import EvaluationResult, LocaleScore, MethodScore, PairedTest
from crossprompt.locales.languages import Locale, describe_locale
from crossprompt.reports.bar_groups import SINGLE_FAMILIES, Scale, grouped, percent_scale
from crossprompt.reports.findings import Verdict, english_of, locale_verdict, score_of
from crossprompt.reports.formats import finite
from crossprompt.tasks.records import Method

_SPLIT_FAMILY = "Indo-European"


@dataclass(frozen=True)
class LocaleRow:
    """One locale as the page shows it. A score is None where its method was not evaluated."""

    score: LocaleScore
    known: Locale
    aligned: MethodScore | None
    fresh: MethodScore | None
    comparison: PairedTest | None
    verdict: Verdict

    @property
    def family(self) -> str:
        """The family; Indo-European, which holds more than half of the usual locales, by its branches."""
        known = self.known
        return f"{known.family}: {known.branch}" if known.family == _SPLIT_FAMILY else known.family

    @property
    def best(self) -> float:
        """The accuracy that orders the bars: aligned, or fresh where there is no aligned one."""
        shown = self.aligned or self.fresh
        return shown.mean if shown else 0.0


@dataclass(frozen=True)
class Group:
    """Locales under one heading, best first, with their mean accuracies (None where a method is missing)."""

    name: str
    rows: tuple[LocaleRow, ...]
    aligned: float | None
    fresh: float | None


@dataclass(frozen=True)
class BarChart:
    """All bars on one scale, in two groupings and as one list."""

    by_script: tuple[Group, ...]
    by_family: tuple[Group, ...]
    family_group: dict[str, str]
    """The name of each locale's group in ``by_family``."""
    together: tuple[Group, ...]
    english: float | None
    english_method: Method
    scale: Scale


def locale_rows(result: EvaluationResult) -> list[LocaleRow]:
    """The rows in the order of the evaluation."""
    return [_row(score, result.confidence) for score in result.locales]


def bar_chart(result: EvaluationResult) -> BarChart:
    """The bars of all locales."""
    rows = locale_rows(result)
    english = english_of(result)
    shown = next((m for m in Method if english and score_of(english.methods, m)), Method.ALIGNED)
    line = score_of(english.methods, shown) if english else None
    highs = [max(finite(s.high) or 0.0, s.mean) for score in result.locales for s in score.methods]
    by_family = _groups(rows, lambda row: row.family, SINGLE_FAMILIES)
    return BarChart(
        by_script=_groups(rows, lambda row: row.known.script_name, "Scripts with one locale"),
        by_family=by_family,
        family_group={row.score.locale: group.name for group in by_family for row in group.rows},
        together=_groups(rows, lambda row: "All locales", "All locales"),
        english=line.mean if line else None,
        english_method=shown,
        scale=percent_scale([*highs, *(score.majority for score in result.locales)]),
    )


def _row(score: LocaleScore, confidence: float) -> LocaleRow:
    aligned, fresh = (score_of(score.methods, method) for method in Method)
    compared = aligned is not None and fresh is not None
    return LocaleRow(
        score=score,
        known=describe_locale(score.locale),
        aligned=aligned,
        fresh=fresh,
        comparison=score.comparison if compared else None,
        verdict=locale_verdict(score, confidence),
    )


def _groups(rows: Sequence[LocaleRow], key: Callable[[LocaleRow], str], singles: str) -> tuple[Group, ...]:
    """Groups by ``key``; inside, the best locale first."""
    return tuple(_group(name, own) for name, own in grouped(rows, key, singles))


def _group(name: str, rows: Sequence[LocaleRow]) -> Group:
    return Group(
        name=name,
        rows=tuple(sorted(rows, key=lambda row: (-row.best, row.score.locale))),
        aligned=_mean([row.aligned for row in rows]),
        fresh=_mean([row.fresh for row in rows]),
    )


def _mean(scores: Sequence[MethodScore | None]) -> float | None:
    means = [score.mean for score in scores if score is not None]
    return sum(means) / len(means) if means else None
