"""The gate: candidate against champion on the same utterances, locale by locale, by rules that are settings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from crossprompt.locales.languages import written_language
from crossprompt.promotion import rules
from crossprompt.promotion.contestant import Contestant
from crossprompt.promotion.pairing import compare_task
from crossprompt.promotion.records import Check, Decision, TaskComparison
from crossprompt.promotion.settings import GateSettings


def decide(candidate: Contestant, champion: Contestant | None, settings: GateSettings) -> Decision:
    """Compare a candidate with the champion and say whether it may take its place.

    It may if it keeps the champion's tasks, languages and locales, if its new languages reach their floor, if the
    average over the champion's locales does not fall, and if no locale falls significantly and by more than the
    margin. The paired tests are those of :func:`crossprompt.comparison.statistics.compare`: exact sign flips for
    accuracies, permutations for other scores, corrected over the locales of a task by Holm's method.

    Args:
        candidate: Who wants in.
        champion: Who serves; None: nobody yet, then the floor alone decides.
        settings: The rules.

    Raises:
        GateError: They were tested on different utterances.
        LocaleError: A language or locale is no BCP-47 tag.
    """
    new = new_languages(candidate, champion)
    tasks = tuple(compare_task(task, candidate, champion, new, settings) for task in sorted(candidate.predictions))
    checks = tuple(_checks(candidate, champion, new, tasks, settings))
    return Decision(
        promote=all(check.passed for check in checks),
        candidate=candidate.fingerprint,
        champion=None if champion is None else champion.fingerprint,
        languages=tuple(sorted(candidate.languages)),
        new_languages=new,
        checks=checks,
        tasks=tasks,
        settings=settings,
        retested=champion is not None and champion.retested,
    )


def new_languages(candidate: Contestant, champion: Contestant | None) -> tuple[str, ...]:
    """The candidate's languages that the champion has not, sorted; ``sw`` and ``sw-KE`` are one."""
    known = set() if champion is None else {written_language(tag) for tag in champion.languages}
    return tuple(sorted(tag for tag in candidate.languages if written_language(tag) not in known))


def _checks(
    candidate: Contestant,
    champion: Contestant | None,
    new: tuple[str, ...],
    tasks: Sequence[TaskComparison],
    settings: GateSettings,
) -> Iterator[Check]:
    if champion is not None:
        yield rules.keeps_tasks(candidate, champion)
        yield rules.keeps_languages(candidate, champion)
    for task in tasks:
        if champion is not None and task.task in champion.predictions:
            yield rules.keeps_locales(candidate, champion, task.task)
            yield rules.no_locale_falls(task, settings)
        if task.difference is not None:
            yield rules.keeps_average(task, task.difference, settings)
        yield rules.reaches_floor(task, new, settings)
