"""The rules of the gate, each with what it found in a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import median

from crossprompt.comparison.summaries import Difference
from crossprompt.locales.languages import written_language
from crossprompt.promotion.contestant import Contestant, task_locales
from crossprompt.promotion.records import Check, LocaleComparison, Rule, TaskComparison
from crossprompt.promotion.settings import GateSettings


def keeps_tasks(candidate: Contestant, champion: Contestant) -> Check:
    """No task of the champion may be missing."""
    lost = sorted(champion.predictions.keys() - candidate.predictions.keys())
    found = f"the candidate lacks {_list(lost)}" if lost else f"both serve {_list(champion.predictions)}"
    return Check(rule=Rule.TASKS, task=None, passed=not lost, sentence=f"Tasks: {found}.")


def keeps_languages(candidate: Contestant, champion: Contestant) -> Check:
    """No language of the champion may be missing."""
    there = {written_language(tag) for tag in candidate.languages}
    lost = sorted(tag for tag in champion.languages if written_language(tag) not in there)
    found = (
        f"the candidate lacks {_list(lost)}" if lost else f"all of the champion's ({len(champion.languages)}) are there"
    )
    return Check(rule=Rule.LANGUAGES, task=None, passed=not lost, sentence=f"Languages: {found}.")


def keeps_locales(candidate: Contestant, champion: Contestant, task: str) -> Check:
    """The candidate must have been tested wherever the champion was."""
    tested = task_locales(champion, task) if task in champion.predictions else set()
    lost = sorted(tested - task_locales(candidate, task))
    found = (
        f"the candidate was not tested in {_list(lost)}" if lost else f"tested in all of the champion's ({len(tested)})"
    )
    return Check(rule=Rule.LOCALES, task=task, passed=not lost, sentence=f"Locales ({task}): {found}.")


def reaches_floor(task: TaskComparison, new: Sequence[str], settings: GateSettings) -> Check:
    """Each locale of a new language must reach its floor, and each new language must have been tested."""
    newcomers = [row for row in task.locales if row.is_new]
    tested = {written_language(row.locale) for row in newcomers}
    untested = [tag for tag in new if written_language(tag) not in tested and settings.untested == "refuse"]
    below = [row for row in newcomers if row.floor is not None and row.candidate < row.floor]
    findings = [f"{row.locale} reaches {row.candidate:.1f} %, its floor is {row.floor:.1f} %" for row in below]
    findings += [f"{tag} was not tested" for tag in untested]
    if not findings:
        findings = [_newcomers_reach(newcomers)]
    sentence = f"New languages ({task.task}): {'; '.join(findings)}."
    return Check(rule=Rule.FLOOR, task=task.task, passed=not (below or untested), sentence=sentence)


def keeps_average(task: TaskComparison, difference: Difference, settings: GateSettings) -> Check:
    """The average over the locales that are not new may not fall by more than the margin for it."""
    passed = difference.difference >= -settings.average_margin
    allowed = f"; a fall of {settings.average_margin:g} is allowed" if settings.average_margin or not passed else ""
    sentence = (
        f"Average {task.score_name} ({task.task}): {task.candidate:.2f} % after {task.champion:.2f} %, "
        f"{_points(difference)}{allowed}."
    )
    return Check(rule=Rule.AVERAGE, task=task.task, passed=passed, sentence=sentence)


def no_locale_falls(task: TaskComparison, settings: GateSettings) -> Check:
    """No locale may fall significantly and by more than the margin."""
    compared = [row for row in task.locales if row.difference is not None]
    fallen = [row for row in compared if falls(row, settings)]
    if fallen:
        findings = "; ".join(
            f"{row.locale} falls from {row.champion:.1f} % to {row.candidate:.1f} %, {_points(row.difference)}"
            for row in fallen
            if row.difference
        )
    else:
        findings = f"none of {len(compared)} falls significantly and by more than the margin of {settings.margin:g}"
    sentence = f"Locales ({task.task}): {findings}{_power(compared)}."
    return Check(rule=Rule.FALLS, task=task.task, passed=not fallen, sentence=sentence)


def falls(row: LocaleComparison, settings: GateSettings) -> bool:
    """Whether the locale falls by more than the margin, and significantly."""
    found = row.difference
    if found is None or found.p_corrected is None:
        return False
    return found.difference < -settings.margin and found.p_corrected < settings.level


def _newcomers_reach(newcomers: Sequence[LocaleComparison]) -> str:
    if not newcomers:
        return "there are none"
    return ", ".join(f"{row.locale} {row.candidate:.1f} % (floor {row.floor:.1f} %)" for row in newcomers)


def _points(found: Difference) -> str:
    p = found.p if found.p_corrected is None else found.p_corrected
    corrected = "" if found.p_corrected is None else "corrected "
    shown = f"{corrected}p {p:.3f}" if p >= 0.001 else f"{corrected}p < 0.001"
    return f"{found.difference:+.2f} points ({found.low:+.2f} to {found.high:+.2f}, {shown})"


def _power(compared: Sequence[LocaleComparison]) -> str:
    """What these tests can't see, so that nobody takes silence for proof."""
    unnoticed = [row.unnoticed for row in compared if row.unnoticed is not None]
    if not unnoticed:
        return ""
    return f"; in half of them a fall of less than {median(unnoticed):.1f} points would mostly go unnoticed"


def _list(names: Iterable[str]) -> str:
    return ", ".join(sorted(names)) or "none"
