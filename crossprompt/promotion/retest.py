"""The champion tested anew, on the utterances that the candidate was tested on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset

from crossprompt.backbones.encoder import Backbone
from crossprompt.bundles.bundle import Bundle
from crossprompt.bundles.predictions import answer_rows
from crossprompt.comparison.settings import CellSettings, MeasuringSettings
from crossprompt.comparison.tasks import make_task, tested_locales
from crossprompt.promotion.contestant import GateError
from crossprompt.tasks.records import Method
from crossprompt.trials.answering import make_ready

UTTERANCES = "utterances"
"""What a bundle calls the data that its tasks were learned from and tested on."""


def same_tests(candidate: Bundle, champion: Bundle) -> bool:
    """Whether both answered the same tests wherever both were tested: of the same data, the same utterances."""
    known, tested = (bundle.index.data.get(UTTERANCES) for bundle in (champion, candidate))
    if known != tested:
        return False
    shared = {task.name for task in champion.index.tasks} & {task.name for task in candidate.index.tasks}
    return all(_tests_agree(candidate.load_predictions(name), champion.load_predictions(name)) for name in shared)


def answer_anew(
    champion: Bundle,
    candidate: Bundle,
    utterances: Dataset,
    tasks: Sequence[CellSettings],
    settings: MeasuringSettings,
    backbone: Backbone,
) -> dict[str, pa.Table]:
    """The champion's predictions with the candidate's tests answered anew, by task.

    Where the candidate was not tested, in a task or in a locale of it, the champion's own stay: that the candidate
    misses them is for the gate to see.

    Args:
        champion: Whose classifiers answer, those that serve.
        candidate: Whose tests are answered.
        utterances: Rows of ``UTTERANCE_FEATURES``, which the candidate was tested on.
        tasks: How the candidate's tests were chosen.
        settings: Of the tasks, with the tested locales.
        backbone: The one that the champion needs.

    Raises:
        GateError: The champion has other labels than the data, or its backbone is not what it was.
        TaskDataError: The data don't suffice for a task.
    """
    if backbone.identity.fingerprint != champion.index.backbone.fingerprint:
        raise GateError(
            f"the champion needs backbone {champion.index.backbone.name!r} "
            f"({champion.index.backbone.fingerprint[:12]}) to be tested anew, but what is there under this name is "
            f"another ({backbone.identity.fingerprint[:12]})"
        )
    asked = {task.task: task for task in tasks}
    tested = {task.name for task in candidate.index.tasks}
    return {
        task.name: _joined(
            _answers(champion, asked[task.name], utterances, settings, backbone), champion.load_predictions(task.name)
        )
        if task.name in asked and task.name in tested
        else champion.load_predictions(task.name)
        for task in champion.index.tasks
    }


def _answers(
    champion: Bundle, cell: CellSettings, utterances: Dataset, settings: MeasuringSettings, backbone: Backbone
) -> pa.Table:
    """What the champion's classifier of a task answers to the tests of all locales."""
    task, table = make_task(cell, utterances, None, backbone, settings)
    classifier = champion.load_classifier(cell.task)
    if classifier is None or classifier.labels != task.labels:
        strange = sorted({*task.labels} ^ {*(classifier.labels if classifier else ())})
        raise GateError(
            f"the champion knows other labels of task {cell.task} than the data have (first {strange[:1]}): it can't "
            "be compared with a candidate that learned these; go back to the data that it was made from"
        )
    tests = task.tests(table, tested_locales(table, settings.locales), cell.max_utterances)
    answers = task.answer(*make_ready(task, classifier), tests)
    return answer_rows(answers, Method.ALIGNED, classifier.history.seed)


def _joined(anew: pa.Table, own: pa.Table) -> pa.Table:
    """The new answers, and of the old ones those in other locales."""
    elsewhere = pc.invert(pc.is_in(own["locale"], value_set=pc.unique(anew["locale"])))
    return pa.concat_tables([anew, own.filter(elsewhere)])


def _tests_agree(first: pa.Table, second: pa.Table) -> bool:
    """Whether the serving classifiers answered the same utterances in the locales that both have."""
    sides = [_tests(rows) for rows in (first, second)]
    return all(sides[0][locale] == sides[1][locale] for locale in sides[0].keys() & sides[1].keys())


def _tests(rows: pa.Table) -> Mapping[str, list[str]]:
    own = rows.filter(pc.equal(rows["method"], Method.ALIGNED.value))
    found: dict[str, list[str]] = {}
    for locale, identifier in zip(own["locale"].to_pylist(), own["id"].to_pylist(), strict=True):
        found.setdefault(locale, []).append(identifier)
    return {locale: sorted(ids) for locale, ids in found.items()}
