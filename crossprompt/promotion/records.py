"""What the gate found, with all numbers. Scores and differences are in percent (points)."""

from __future__ import annotations

from enum import StrEnum

from crossprompt.comparison.summaries import Difference
from crossprompt.promotion.settings import GateSettings
from crossprompt.records import Record

RETESTED = "The champion had been tested on other utterances; it answered the candidate's tests anew."


class Rule(StrEnum):
    """What is asked of a candidate."""

    TASKS = "it keeps the champion's tasks"
    LANGUAGES = "it keeps the champion's languages"
    LOCALES = "it was tested in the champion's locales"
    FLOOR = "its new languages reach their floor"
    AVERAGE = "the average does not fall"
    FALLS = "no locale falls"


class Check(Record):
    """One rule for one task (None: for the model as a whole)."""

    rule: Rule
    task: str | None
    passed: bool
    sentence: str
    """What was found, with its numbers."""


class LocaleComparison(Record):
    """One locale of one task."""

    locale: str
    utterances: int
    is_new: bool
    """Whether its language is new with the candidate."""
    candidate: float
    champion: float | None
    """None where the champion was not tested in it."""
    difference: Difference | None
    """Candidate minus champion, on the same utterances; p corrected over the locales of the task."""
    unnoticed: float | None
    """The fall in points that these tests would overlook in one case out of five; None where nothing differs."""
    floor: float | None
    """What a new locale must reach."""


class TaskComparison(Record):
    """One task. The averages are over the locales that both were tested in and whose languages are not new."""

    task: str
    score_name: str
    candidate: float | None
    """None where there are no such locales."""
    champion: float | None
    difference: Difference | None
    test: str | None
    """The test behind the p values."""
    locales: tuple[LocaleComparison, ...]


class Decision(Record):
    """Whether the candidate may become the champion, and why."""

    promote: bool
    candidate: str
    """The bundle's fingerprint."""
    champion: str | None
    """Of the champion that it was compared with; None: there was none yet."""
    languages: tuple[str, ...]
    """The candidate's, sorted."""
    new_languages: tuple[str, ...]
    """Those that the champion has not."""
    checks: tuple[Check, ...]
    tasks: tuple[TaskComparison, ...]
    settings: GateSettings
    retested: bool = False
    """Whether the champion, once tested on other utterances, answered the candidate's tests for this comparison."""

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that speak against the candidate."""
        return tuple(check for check in self.checks if not check.passed)

    @property
    def sentences(self) -> tuple[str, ...]:
        """The decision in sentences: the outcome, then what speaks against it, or else all that was found."""
        anew = (RETESTED,) if self.retested else ()
        return self.headline, *anew, *(check.sentence for check in self.failed or self.checks)

    @property
    def headline(self) -> str:
        """The outcome in one sentence."""
        new = f"{len(self.new_languages)} new: {', '.join(self.new_languages)}" if self.new_languages else "none new"
        count = f"{len(self.languages)} language{'' if len(self.languages) == 1 else 's'}"
        what = f"Candidate {self.candidate[:12]} with {count} ({new})"
        if not self.promote:
            return f"{what} is refused: {len(self.failed)} of {len(self.checks)} rules do not hold."
        return f"{what} passes the gate{'' if self.champion else ' as the first model'}: all rules hold."


class Outcome(StrEnum):
    """What became of a candidate."""

    PROMOTED = "promoted"
    REFUSED = "refused"
    """By the gate."""
    ALREADY = "already champion"
    OVERTAKEN = "overtaken"
    """Another champion came in since the comparison; the candidate has to be compared with that one."""
    TAKEN_BACK = "taken back"
    """Somebody went back from this very model; the gate does not overrule people."""


class Proposal(Record):
    """A candidate as the registry took it."""

    outcome: Outcome
    version: str
    """Its version of the registered model, also where it was refused."""
    champion: str | None
    """The version that is champion now."""
    sentences: tuple[str, ...]
    """The outcome, and the gate's reasons."""


class Change(Record):
    """The champion exchanged by hand."""

    version: str
    """The version that is champion now, or would be."""
    over: str
    """The one before."""
    sentence: str
