"""Everything that the report of a comparison is made from, in one value."""

from __future__ import annotations

from typing import Literal, Protocol

from pydantic import Field

from crossprompt.comparison.summaries import ComparisonStatistics
from crossprompt.records import Record
from crossprompt.retrieval.records import RetrievalResult

NO_PROMPT = "no prompt"
"""The contender of retrieval without any prompt."""


class RetrievalRun(Record):
    """Finding translations with one prompt or none (paper 001, section 6 and figure 3)."""

    contender: str
    """``no prompt``, or an aligned prompt's name, such as ``APT-length-8``."""
    result: RetrievalResult


class RetrievalRuns(Record):
    """All that was retrieved."""

    runs: tuple[RetrievalRun, ...]


class ChatScore(Record):
    """A chat model on one locale (paper 001, tables 6 and 12)."""

    model: str
    task: str
    shots: int
    locale: str
    examples: int
    score: float
    """In percent."""


class AlignmentFacts(Record):
    """What an aligned prompt was trained on; ``contender`` is the name it has in the tables."""

    contender: str
    description: str
    pairs: int
    locales: int
    length: int
    updates: int


class NotRun(Record):
    """Why something was not measured. A field that is None fits everything; ``shots`` may be ``all``."""

    reason: str
    table: str | None = None
    task: str | None = None
    shots: int | Literal["all"] | None = None
    contender: str | None = None


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


class ComparisonInputs(Record):
    """The results of a comparison, and how they came to be.

    ``pretraining`` says how the backbone was made (with or without translation pairs). ``findings`` are sentences that
    explain from evidence what did not turn out as in the paper. ``started`` is UTC, ISO 8601.
    """

    title: str = "Three ways to tune: the paper's tables beside ours"
    statistics: ComparisonStatistics
    retrieval: tuple[RetrievalRun, ...] = ()
    chat: tuple[ChatScore, ...] = ()
    backbone: str
    pretraining: str
    alignments: tuple[AlignmentFacts, ...] = ()
    not_run: tuple[NotRun, ...] = ()
    findings: tuple[str, ...] = ()
    versions: dict[str, str] = Field(default_factory=dict)
    machine: dict[str, str] = Field(default_factory=dict)
    command: str = ""
    started: str = ""
    hours: float | None = None
