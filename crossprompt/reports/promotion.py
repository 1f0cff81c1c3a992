"""The gate's decision as a report: what became of the candidate, rule by rule and locale by locale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crossprompt.locales.languages import Locale, describe_locale
from crossprompt.promotion.records import RETESTED, Decision, LocaleComparison, Outcome, Proposal, TaskComparison
from crossprompt.reports.files import Report, plain
from crossprompt.reports.table import Table, make_table
from crossprompt.reports.templates import environment, own_file

HEADLINES = {
    Outcome.PROMOTED: "Promoted: version {version} is the champion",
    Outcome.REFUSED: "Refused: version {version} is not promoted",
    Outcome.ALREADY: "Nothing new: version {version} is the champion already",
    Outcome.OVERTAKEN: "Overtaken: another model became the champion while version {version} was compared",
    Outcome.TAKEN_BACK: "Not promoted again: version {version} was taken back by hand",
}


@dataclass(frozen=True, slots=True)
class LocaleRow:
    """A locale of a task, and what it is called."""

    found: LocaleComparison
    known: Locale


def promotion_headline(proposal: Proposal) -> str:
    """What became of the candidate, in one line."""
    return HEADLINES[proposal.outcome].format(version=proposal.version)


def build_promotion_report(title: str, decision: Decision, proposal: Proposal) -> Report:
    """The report. Equal inputs give an equal report, byte for byte."""
    html = (
        environment()
        .get_template("promotion.html")
        .render(
            title=title,
            headline=promotion_headline(proposal),
            cautions=[check.sentence for check in decision.failed],
            decision=decision,
            retested=RETESTED,
            proposal=proposal,
            tasks=[(task, _rows(task)) for task in decision.tasks],
            style=own_file("report.css"),
        )
    )
    return Report(
        html=html,
        tables={"checks": _checks(decision), "locales": _locales(decision.tasks)},
        data=plain({"decision": decision.model_dump(mode="json"), "proposal": proposal.model_dump(mode="json")}),
    )


def _rows(task: TaskComparison) -> list[LocaleRow]:
    """New locales first, then those that fell most."""
    ordered = sorted(task.locales, key=lambda found: (not found.is_new, _change(found), found.locale))
    return [LocaleRow(found, describe_locale(found.locale)) for found in ordered]


def _change(found: LocaleComparison) -> float:
    return found.difference.difference if found.difference else 0.0


def _checks(decision: Decision) -> Table:
    rows = ([check.rule.value, check.task, check.passed, check.sentence] for check in decision.checks)
    return make_table(("rule", "task", "passed", "found"), rows)


def _locales(tasks: Sequence[TaskComparison]) -> Table:
    columns = (
        "task",
        "locale",
        "utterances",
        "new",
        "candidate",
        "champion",
        "difference",
        "low",
        "high",
        "p",
        "floor",
    )
    rows = (
        [
            *(task.task, found.locale, found.utterances, found.is_new, found.candidate, found.champion),
            *(getattr(found.difference, name, None) for name in ("difference", "low", "high", "p_corrected")),
            found.floor,
        ]
        for task in tasks
        for found in task.locales
    )
    return make_table(columns, rows)
