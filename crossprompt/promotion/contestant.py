"""One side of the gate: a model as far as it is compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from crossprompt.bundles.bundle import Bundle
from crossprompt.bundles.predictions import scored_answers
from crossprompt.comparison.answers import CellAnswers, gather_answers
from crossprompt.comparison.records import Cell, Measurement
from crossprompt.tasks.records import Method

_TEST = ("locale", "id", "gold")
"""What tells one test from another."""


class GateError(ValueError):
    """Candidate and champion can't be compared; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Contestant:
    """A candidate or a champion.

    Attributes:
        fingerprint: The bundle's.
        languages: BCP-47 tags of the languages aligned with English.
        score_names: Of each task.
        predictions: Rows of ``PREDICTION_SCHEMA`` by task; those of the aligned classifier count, which serves.
        retested: Whether these are not the bundle's own, but answers given anew.
    """

    fingerprint: str
    languages: tuple[str, ...]
    score_names: Mapping[str, str]
    predictions: Mapping[str, pa.Table]
    retested: bool = False


def contestant(bundle: Bundle, predictions: Mapping[str, pa.Table] | None = None) -> Contestant:
    """A bundle as it comes to the gate.

    Args:
        bundle: The candidate's or the champion's.
        predictions: By task; None: those in the bundle. A champion that was tested on other utterances than the
            candidate has to be tested anew (:mod:`crossprompt.promotion.retest`), and comes with these.
    """
    tasks = {task.name: task.score_name for task in bundle.index.tasks}
    own = {name: bundle.load_predictions(name) for name in tasks} if predictions is None else predictions
    return Contestant(bundle.fingerprint, bundle.index.languages, tasks, own, retested=predictions is not None)


def task_locales(side: Contestant, task: str) -> set[str]:
    """The locales in which a contestant was tested on a task."""
    return set(pc.unique(side.predictions[task]["locale"]).to_pylist())


def common_answers(
    candidate: Contestant, champion: Contestant, task: str, locales: set[str]
) -> tuple[CellAnswers, CellAnswers]:
    """What both answered in ``locales``, utterance by utterance.

    Raises:
        GateError: They were tested on different utterances.
    """
    sides = [_restrict(side.predictions[task], locales) for side in (candidate, champion)]
    _check_same_tests(sides[0], sides[1], task)
    first, second = (
        _cell_answers(rows, task, name) for rows, name in zip(sides, ("candidate", "champion"), strict=True)
    )
    return first, second


def own_answers(side: Contestant, task: str, locales: set[str] | None = None) -> CellAnswers:
    """The answers of one contestant to one task, in some of its locales or (None) in all."""
    wanted = task_locales(side, task) if locales is None else locales
    return _cell_answers(_restrict(side.predictions[task], wanted), task, "own")


def _cell_answers(rows: pa.Table, task: str, name: str) -> CellAnswers:
    """The classifier that serves counts as one training, whatever seed it has on either side."""
    cell = Cell(contender=name, task=task, shots=None)
    measurements = (
        Measurement(cell=cell, seed=0, answers=own, learning_rate=0.0, updates=0, dev_score=0.0, fingerprint="")
        for own in scored_answers(rows, Method.ALIGNED)
    )
    return gather_answers(measurements)[cell]


def _restrict(rows: pa.Table, locales: set[str]) -> pa.Table:
    serving = pc.equal(rows["method"], Method.ALIGNED.value)
    wanted = pc.is_in(rows["locale"], value_set=pa.array(sorted(locales), pa.string()))
    return rows.filter(pc.and_(serving, wanted)).sort_by([("locale", "ascending"), ("id", "ascending")])


def _check_same_tests(candidate: pa.Table, champion: pa.Table, task: str) -> None:
    first, second = (
        list(zip(*(rows[name].to_pylist() for name in _TEST), strict=True)) for rows in (candidate, champion)
    )
    if first == second:
        return
    differing = sorted(key[:2] for key in {*first} ^ {*second})
    where = f"first {differing[0][0]}, id {differing[0][1]!r}" if differing else "some are there twice"
    raise GateError(
        f"candidate and champion were tested on different utterances of task {task} ({where}): let the champion answer "
        "the candidate's tests, then compare"
    )
