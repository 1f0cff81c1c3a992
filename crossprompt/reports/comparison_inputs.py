"""Everything that the report of a comparison is made from, in one value."""

from __future__ import annotations

from crossprompt.records import Record
from crossprompt.reports.study_inputs import ChatScore, NotRun, StudyInputs
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


class AlignmentFacts(Record):
    """What an aligned prompt was trained on; ``contender`` is the name it has in the tables."""

    contender: str
    description: str
    pairs: int
    locales: int
    length: int
    updates: int


class ComparisonInputs(StudyInputs):
    """The results of a comparison; ``pretraining`` says whether the backbone has seen translation pairs."""

    retrieval: tuple[RetrievalRun, ...] = ()
    chat: tuple[ChatScore, ...] = ()
    alignments: tuple[AlignmentFacts, ...] = ()
    not_run: tuple[NotRun, ...] = ()
