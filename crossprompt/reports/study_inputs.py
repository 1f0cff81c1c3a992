"""What the report of every study is made from: ways to tune, translated prompts, soft prompts on decoders."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import Field

from crossprompt.comparison.summaries import ComparisonStatistics
from crossprompt.records import Record


class StudyInputs(Record):
    """A study's results, and how they came to be.

    ``pretraining`` says how the backbone was made. ``findings`` are sentences that explain from evidence what did not
    turn out as in the paper. ``started`` is UTC, ISO 8601. ``hours`` are those of measuring all results, in whichever
    run; alignments and what was retrieved are not in them.
    """

    title: str
    statistics: ComparisonStatistics
    backbone: str
    pretraining: str
    findings: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    machine: dict[str, str] = Field(default_factory=dict)
    command: str = ""
    started: str = ""
    hours: float | None = None

    @property
    def alpha(self) -> float:
        """Below which a p value counts."""
        return 1 - self.statistics.confidence


class NotRun(Record):
    """Why something was not measured. A field that is None fits everything; ``shots`` may be ``all``."""

    reason: str
    table: str | None = None
    task: str | None = None
    shots: int | Literal["all"] | None = None
    contender: str | None = None


class ChatScore(Record):
    """A chat model on one locale (paper 001, tables 6 and 12)."""

    model: str
    task: str
    shots: int
    locale: str
    examples: int
    score: float
    """In percent."""


class BesidePaper(Protocol):
    """What the tables of a paper need of a study's results to have ours beside them."""

    @property
    def statistics(self) -> ComparisonStatistics:
        """Cells and their differences."""

    @property
    def not_run(self) -> tuple[NotRun, ...]:
        """Why something was not measured."""

    @property
    def chat(self) -> tuple[ChatScore, ...]:
        """What chat models scored."""
