"""What is wrong with the slots that a comparison's models find: their borders, their kinds, or how many there are.

Usage: python -m tools.slot_errors CONFIG OUT    after a run of compare_methods with CONFIG

Writes ``OUT/slot_errors.csv``, a line for each contender, number of shots and locale, means over the seeds, and prints
English and the mean over the other locales. Of CONFIG only the utterances count: all results of slots that the home
holds are looked at, those of an unfinished run too. White space and invisible characters at the ends of a span don't
count.
"""

from __future__ import annotations

import argparse
import math
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import pandas as pd
from datasets import Dataset

from console.config import sections_of
from crossprompt.comparison.records import Measurement
from crossprompt.comparison.results import read_results
from crossprompt.corpora.dialogue import SlotSpan
from crossprompt.corpora.ingest import ingest_utterances
from crossprompt.corpora.utterance import ENGLISH
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.tasks.shots import select_rows
from crossprompt.tasks.slot_data import SlotRows, slot_rows
from crossprompt.tasks.spans import annotated_spans
from infra.home import project_home
from pipelines.comparison_plan import Comparison

FILE = "slot_errors.csv"
ALL_SHOTS = "all"
_KEYS = ["shots", "contender", "locale"]


class SlotErrorsError(ValueError):
    """There are no slots to look at, or the results are not of these utterances."""


@dataclass(frozen=True)
class SlotErrors:
    """How the slots that a model finds in one locale differ from the true ones; all but the last in percent."""

    f1: float
    """Same kind over the same characters: the score of the task."""
    borders_f1: float
    """Same characters, whatever the kind."""
    kinds_f1: float
    """Kinds of slots that an utterance has, wherever they are."""
    touched: float
    """True slots of which a slot of the same kind covers at least one character."""
    found_per_true: float
    """How many slots are found for each true one."""


def slot_errors(found: Sequence[Sequence[SlotSpan]], true: Sequence[Sequence[SlotSpan]]) -> SlotErrors:
    """Compare the slots of the same utterances; with none at all, shares are 0.

    Args:
        found: Of each utterance, those of a model.
        true: Of each utterance, those of its markup.
    """
    pairs = list(zip(found, true, strict=True))
    n_found, n_true = sum(map(len, found)), sum(map(len, true))
    touched = sum(any(_touch(slot, other) for other in own) for own, right in pairs for slot in right)
    return SlotErrors(
        f1=_f1((set(own), set(right)) for own, right in pairs),
        borders_f1=_f1(({_borders(s) for s in own}, {_borders(s) for s in right}) for own, right in pairs),
        kinds_f1=_f1(({s.slot for s in own}, {s.slot for s in right}) for own, right in pairs),
        touched=_percent(touched, n_true),
        found_per_true=n_found / n_true if n_true else 0.0,
    )


def errors_of(measurement: Measurement, test: SlotRows) -> SlotErrors:
    """Those of one result.

    Args:
        measurement: Of the task ``slots``.
        test: The test utterances of its locale; all of the measurement's must be among them.

    Raises:
        SlotErrorsError: An utterance is not there, or its answer is of another text.
    """
    answers = measurement.answers
    places = {identifier: place for place, identifier in enumerate(test.ids)}
    if unknown := [identifier for identifier in answers.ids if identifier not in places]:
        raise SlotErrorsError(
            f"{answers.locale}: {len(unknown)} results are of no utterance here, such as {unknown[0]}"
        )
    order = [places[identifier] for identifier in answers.ids]
    try:
        found = [annotated_spans(test.texts[i], answer) for i, answer in zip(order, answers.answers, strict=True)]
    except ValueError as error:
        raise SlotErrorsError(f"{answers.locale}: {error}") from error
    return slot_errors(found, [test.spans[i] for i in order])


def measure(results: Iterable[Measurement], utterances: Dataset) -> pd.DataFrame:
    """The table of ``slot_errors.csv``: shots (or ``all``), contender, locale, and the fields of :class:`SlotErrors`.

    Args:
        results: Those of other tasks are passed over.
        utterances: A table of ``UTTERANCE_FEATURES`` with the tests of all locales.

    Raises:
        SlotErrorsError: There is no result of slots; or see :func:`errors_of`.
        TaskDataError: A locale has no test utterances.
    """
    table = utterances.with_format("arrow")[:]
    tests: dict[str, SlotRows] = {}
    lines = []
    for result in results:
        locale, cell = result.answers.locale, result.cell
        if cell.task != "slots":
            continue
        if locale not in tests:
            tests[locale] = slot_rows(select_rows(table, locale, "test"), f"{locale} test")
        key = {"shots": cell.shots, "contender": cell.contender, "locale": locale}
        lines.append(key | asdict(errors_of(result, tests[locale])))
    if not lines:
        raise SlotErrorsError("there are no results of slots: run a comparison that has them first")
    means = pd.DataFrame(lines).groupby(_KEYS, dropna=False).mean().reset_index()
    means["shots"] = [ALL_SHOTS if math.isnan(shots) else str(int(shots)) for shots in means["shots"]]
    return means


def averages(table: pd.DataFrame) -> str:
    """English, and the mean over the other locales, of each contender as a table in Markdown."""
    columns = [field.name for field in fields(SlotErrors)]
    head = ["shots", "contender", "locales", *columns]
    lines = [head, ["---"] * len(head)]
    for (shots, contender), own in table.groupby(["shots", "contender"], sort=False):
        is_english = own["locale"] == ENGLISH
        for name, part in (("English", own[is_english]), (f"{(~is_english).sum()} others", own[~is_english])):
            if len(part):
                numbers = [f"{part[column].mean():.2f}" for column in columns]
                lines.append([str(shots), str(contender), name, *numbers])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _borders(slot: SlotSpan) -> tuple[int, int]:
    return slot.start, slot.exclusive_end


def _touch(one: SlotSpan, other: SlotSpan) -> bool:
    return one.slot == other.slot and one.start < other.exclusive_end and other.start < one.exclusive_end


def _f1(pairs: Iterable[tuple[set[object], set[object]]]) -> float:
    counts: Counter[str] = Counter()
    for found, true in pairs:
        counts.update(right=2 * len(found & true), all=len(found) + len(true))
    return _percent(counts["right"], counts["all"])


def _percent(part: int, whole: int) -> float:
    return 100 * part / whole if whole else 0.0


def main() -> None:
    """Look at the slots of a comparison's results."""
    parser = argparse.ArgumentParser(prog="python -m tools.slot_errors")
    parser.add_argument("config", type=Path)
    parser.add_argument("out", type=Path)
    given = parser.parse_args()
    comparison = sections_of(given.config)
    if not isinstance(comparison, Comparison):
        raise SlotErrorsError(f"{given.config} describes no comparison")
    home, data_root = project_home(), os.environ.get("CROSSPROMPT_DATA_ROOT")
    utterances = ingest_utterances(comparison.utterances, data_root, home, progress=False).utterances
    table = measure(read_results(home / "comparison"), utterances)
    write_text_atomic(given.out / FILE, table.to_csv(index=False))
    print(averages(table))


if __name__ == "__main__":
    main()
