"""What a learning-rate study found."""

from __future__ import annotations

from crossprompt.records import Record
from crossprompt.tasks.records import Budget, Method, TrainingHistory


class TrialRecord(Record):
    """One point of the grid. ``value`` is mean English-dev accuracy in percent over the tuning seeds."""

    method: Method
    number: int
    learning_rate: float
    value: float | None
    state: str
    attempts: int
    histories: tuple[TrainingHistory, ...]


class MethodStudy(Record):
    """The grid of one method; ``study_name`` is its name in the Optuna storage."""

    method: Method
    study_name: str
    trials: tuple[TrialRecord, ...]
    best_learning_rate: float
    best_value: float
    budget: Budget | None = None
    """What its trials could spend; equal in both studies."""


class TuningResult(Record):
    """Both studies. ``storage`` is the address with secrets left out."""

    studies: tuple[MethodStudy, ...]
    storage: str

    def best_learning_rate(self, method: Method) -> float:
        """The rate with the best English-dev accuracy of ``method``.

        Raises:
            KeyError: There is no study of ``method``.
        """
        for study in self.studies:
            if study.method is method:
                return study.best_learning_rate
        raise KeyError(f"no study of {method}; there are {[s.method.value for s in self.studies]}")
