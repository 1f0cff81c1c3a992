"""Everything that the report is made from, in one value."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from crossprompt.alignment.records import AlignmentCurve
from crossprompt.corpora.records import CorpusSummary
from crossprompt.evaluation.records import EvaluationResult
from crossprompt.quality.records import ValidationSummary
from crossprompt.records import Record
from crossprompt.reports.settings import ReportSettings
from crossprompt.tasks.records import TrainingHistory
from crossprompt.tuning.records import TuningResult


class Rows(Protocol):
    """A table that gives its rows as mappings: a ``datasets.Dataset``, or a list of dictionaries."""

    def __len__(self) -> int:
        """Number of rows."""

    def __iter__(self) -> Iterator[Any]:
        """The rows, as mappings from column to value."""


@dataclass(frozen=True)
class ReportInputs:
    """The results of all stages, and how they came to be.

    ``dialogue_quarantine`` and ``utterance_quarantine`` have the columns of ``QUARANTINE_FEATURES``;
    ``translation_quarantine`` has those of ``TRANSLATION_FEATURES`` and ``reasons``, the checks that the row failed.
    ``prompt`` is the header of the aligned prompt; it and ``alignment`` are None where no prompt was aligned.
    ``stages`` is the lineage, in order: a stage's name to its details (artifact, version, cached, ...).
    ``dashboards`` maps a name to an address or a path. ``machine`` describes the hardware, ``started`` is the run's
    begin (UTC, ISO 8601), and ``seconds`` its wall time until the report; a stage's own ``seconds`` are those of the
    run that computed it, which for a cached stage is an earlier one.
    """

    settings: ReportSettings
    dialogues: CorpusSummary
    utterances: CorpusSummary
    dialogue_quarantine: Rows
    utterance_quarantine: Rows
    validation: ValidationSummary
    translation_quarantine: Rows
    prompt: Record | None
    alignment: AlignmentCurve | None
    tuning: TuningResult
    trainings: Sequence[TrainingHistory]
    evaluation: EvaluationResult
    stages: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    configuration: Mapping[str, Any] = field(default_factory=dict)
    command: str = ""
    dashboards: Mapping[str, str] = field(default_factory=dict)
    machine: Mapping[str, str] = field(default_factory=dict)
    started: str = ""
    seconds: float | None = None
