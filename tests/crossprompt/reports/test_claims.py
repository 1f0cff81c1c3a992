"""How claims are counted, and what cells and their differences are called."""

from __future__ import annotations

import pytest

from crossprompt.comparison.records import Cell
from crossprompt.reports.claims import Verdict, best_in_words, cell_name, difference_name, seeds_evidence, tally


def cell(contender, shots=5, task="intent"):
    return Cell(contender=contender, task=task, shots=shots)


@pytest.mark.parametrize(
    ("first", "second", "with_task", "name"),
    [
        (cell("APT"), cell("PT"), True, "APT − PT, intent, 5 shots"),
        (cell("FT", task="nli"), cell("FT"), True, "nli − intent, FT, 5 shots"),
        (cell("SPT-8", 8), cell("SPT-8", None), False, "8 shots − all data, SPT-8"),
        (cell("SPT-8", 1), cell("SPT-8-tuned", 1), False, "SPT-8 − SPT-8-tuned, 1 shot"),
    ],
)
def test_a_difference_names_what_differs_first(first, second, with_task, name):
    assert difference_name(first, second, with_task=with_task) == name


def test_a_cell_has_its_shots_in_words():
    assert cell_name(cell("SPT-8", None)) == "SPT-8, all data"
    assert best_in_words((), "topics") == "Nothing was measured."


def test_verdicts_are_counted_one_and_many():
    found = [Verdict.HOLDS, Verdict.DOES_NOT_HOLD, Verdict.DOES_NOT_HOLD, Verdict.NOT_MEASURED]
    assert tally(found) == "Of 4 claims 1 holds, 2 do not, 1 was not measured."
    assert tally([Verdict.UNDECIDED]) == "Of 1 claim 1 stays undecided."


def test_seeds_are_tested_from_two_on():
    """By hand: differences 1 and 3 have mean 2 and standard error 1; Student's t with 1 degree of freedom at 2."""
    assert seeds_evidence("gain", [1.0], 0.95) is None
    found = seeds_evidence("gain", [1.0, 3.0], 0.95)
    assert (found.difference, found.p) == (2.0, pytest.approx(0.29516724))
    assert found.low == pytest.approx(2 - 12.706205)
    assert found.words == "+2.0 (−10.7 to +14.7), p = 0.30 over seeds"
