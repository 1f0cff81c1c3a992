"""What measuring took, over all runs that took part."""

from pathlib import Path

import pytest

from crossprompt.comparison.results import ResultFolder
from steps.measurements import Measured, result_files
from tests.crossprompt.comparison.made_up import cell, measurement


def _folder(root: Path, *seconds: float | None) -> Path:
    results = ResultFolder(root)
    for seed, own in enumerate(seconds):
        results.write(measurement(cell(), seed, "my-MM", [1, 0]).model_copy(update={"seconds": own}))
    return root


def test_the_hours_are_those_of_all_results_once(tmp_path: Path) -> None:
    measured = Measured([_folder(tmp_path / "a", 1800.0, 900.0), _folder(tmp_path / "b", 900.0)])
    assert [len(list(measured)), measured.hours] == [3, 1.0]
    assert [len(list(measured)), measured.hours] == [3, 1.0]


@pytest.mark.parametrize("seconds", [(None, 5.0), (5.0, None), (None,)])
def test_one_result_that_does_not_know_its_time_leaves_the_sum_unknown(
    tmp_path: Path, seconds: tuple[float | None, ...]
) -> None:
    measured = Measured([_folder(tmp_path, *seconds)])
    assert len(list(measured)) == len(seconds)
    assert measured.hours is None


def test_nothing_measured_took_no_known_time(tmp_path: Path) -> None:
    measured = Measured([tmp_path])
    assert measured.hours is None
    assert (list(measured), measured.hours) == ([], None)


def test_what_is_handed_on_keeps_its_time(tmp_path: Path) -> None:
    handed = result_files(Measured([_folder(tmp_path, 7.0, 8.0)]))
    assert [found.seconds for found in Measured([handed])] == [7.0, 8.0]
