"""Which answers count. Each row ends in one place: kept, an answer to a quiz item, or excluded for one reason."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from crossprompt.rating.answers import Answer
from crossprompt.rating.records import Item, Key, Reason
from crossprompt.rating.settings import ScaleSettings, ScreeningSettings


@dataclass(frozen=True, slots=True)
class Opinion:
    """A complete answer of one rater to one item, on the scale."""

    item: Item
    rater: str
    """Spelled as :attr:`Answer.same_rater`."""
    meaning: float
    fluency: float


@dataclass(frozen=True, slots=True)
class RaterVerdict:
    """What a rater's quiz items say, in one locale."""

    rater: str
    locale: str
    opinions: tuple[Opinion, ...]
    """All of the rater's, quiz items included."""
    passed: int
    """Quiz items that were rated low."""
    refused: Reason | None

    @property
    def quizzes(self) -> int:
        """Quiz items among the opinions."""
        return sum(opinion.item.quiz for opinion in self.opinions)


@dataclass
class Screened:
    """The outcome. ``rows = kept + quiz + unknown + all of excluded``."""

    kept: list[Opinion] = field(default_factory=list)
    quiz: list[Opinion] = field(default_factory=list)
    """Of raters that count."""
    unknown: int = 0
    excluded: dict[str, dict[Reason, int]] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    """Rows by locale and reason."""
    raters: list[RaterVerdict] = field(default_factory=list)


def screen(answers: Sequence[Answer], key: Key, settings: ScreeningSettings) -> Screened:
    """Sort the rows: first each by itself, then what one rater said twice, then raters by their quiz items, and last
    items by how many of their raters are left.
    """
    outcome = Screened()
    opinions = _single(_complete(answers, key, outcome), outcome)
    with_quiz = {item.window.locale for item in key.items if item.quiz}
    trusted: list[Opinion] = []
    for verdict in _verdicts(opinions, key.settings.scale, settings, with_quiz):
        outcome.raters.append(verdict)
        if verdict.refused is None:
            trusted += verdict.opinions
        else:
            outcome.excluded[verdict.locale][verdict.refused] += len(verdict.opinions)
    outcome.quiz = [opinion for opinion in trusted if opinion.item.quiz]
    for group in _by_item(opinion for opinion in trusted if not opinion.item.quiz).values():
        if len(group) >= settings.raters_per_item:
            outcome.kept += group
        else:
            outcome.excluded[group[0].item.window.locale][Reason.TOO_FEW_RATERS] += len(group)
    return outcome


def _complete(answers: Iterable[Answer], key: Key, outcome: Screened) -> Iterator[tuple[Opinion, str]]:
    """The rows that are whole answers to items of the export, with the time of each."""
    items = {item.id: item for item in key.items}
    for answer in answers:
        item = items.get(answer.item)
        if item is None:
            outcome.unknown += 1
            continue
        excluded = outcome.excluded[item.window.locale]
        if answer.meaning is None or answer.fluency is None:
            excluded[Reason.INCOMPLETE] += 1
        elif not (_on_scale(answer.meaning, key.settings.scale) and _on_scale(answer.fluency, key.settings.scale)):
            excluded[Reason.OUT_OF_RANGE] += 1
        else:
            yield Opinion(item, answer.same_rater, answer.meaning, answer.fluency), answer.rated_at


def _on_scale(value: float, scale: ScaleSettings) -> bool:
    return math.isfinite(value) and scale.low <= value <= scale.high


def _single(rows: Iterable[tuple[Opinion, str]], outcome: Screened) -> list[Opinion]:
    """One opinion for each rater and item: the last one, if it is known which that is or all are equal."""
    groups: dict[tuple[str, str], list[tuple[Opinion, str]]] = defaultdict(list)
    for opinion, when in rows:
        groups[opinion.rater, opinion.item.id].append((opinion, when))
    single = []
    for group in groups.values():
        excluded = outcome.excluded[group[0][0].item.window.locale]
        newest = max(when for _, when in group)
        last = {opinion for opinion, when in group if when == newest}
        timed = all(when for _, when in group)
        if len(last) == 1 and (timed or len({opinion for opinion, _ in group}) == 1):
            single.append(last.pop())
            excluded[Reason.DUPLICATE] += len(group) - 1
        else:
            excluded[Reason.CONTRADICTORY] += len(group)
    return single


def _verdicts(
    opinions: Iterable[Opinion], scale: ScaleSettings, settings: ScreeningSettings, with_quiz: set[str]
) -> Iterator[RaterVerdict]:
    """A verdict on each rater in each locale, sorted by both."""
    limit = scale.low + settings.quiz_limit * (scale.high - scale.low)
    groups: dict[tuple[str, str], list[Opinion]] = defaultdict(list)
    for opinion in opinions:
        groups[opinion.item.window.locale, opinion.rater].append(opinion)
    for (locale, rater), group in sorted(groups.items(), key=lambda entry: entry[0]):
        quizzes = [opinion for opinion in group if opinion.item.quiz]
        passed = sum(opinion.meaning <= limit + 1e-9 for opinion in quizzes)
        refused = None
        if locale in with_quiz and len(quizzes) < settings.min_quizzes:
            refused = Reason.NO_QUIZ
        elif passed < settings.min_quiz_share * len(quizzes):
            refused = Reason.FAILED_QUIZ
        yield RaterVerdict(rater, locale, tuple(group), passed, refused)


def _by_item(opinions: Iterable[Opinion]) -> Mapping[str, list[Opinion]]:
    groups: dict[str, list[Opinion]] = defaultdict(list)
    for opinion in opinions:
        groups[opinion.item.id].append(opinion)
    return groups
