"""One check that fails or hangs hides no other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.doctor.examination import CHECKS, NamedCheck, examine
from infra.doctor.findings import Finding, Status, well
from infra.doctor.sqlite import UnsoundDatabaseError
from infra.doctor.surroundings import Surroundings
from infra.doctor.zenml_file import ForeignVersionError


def sound(surroundings: Surroundings) -> Iterator[Finding]:
    yield well("all of it")


def failing(error: Exception) -> NamedCheck:
    def fail(surroundings: Surroundings) -> Iterator[Finding]:
        yield well("the first half")
        raise error

    return NamedCheck("failing", "Failing", fail)


def hanging(surroundings: Surroundings) -> Iterator[Finding]:
    yield well("before it hung")
    time.sleep(60)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (ZeroDivisionError("half"), Status.UNKNOWN),
        (UnsoundDatabaseError("it is damaged"), Status.UNKNOWN),
        (ForeignVersionError(Path("zenml.db"), "0.1", "0.98.0"), Status.NOTE),
    ],
)
def test_a_check_that_fails_says_so_and_hides_no_other(error: Exception, status: Status, tmp_path: Path) -> None:
    checks = (failing(error), NamedCheck("sound", "Sound", sound))
    broken, whole = examine(Surroundings(home=tmp_path), checks).checks
    assert [finding.status for finding in broken.findings] == [Status.WELL, status]
    assert str(error) in broken.findings[1].found
    assert broken.findings[1].advice
    assert whole.status is Status.WELL


def test_a_check_that_hangs_is_left_behind(tmp_path: Path) -> None:
    checks = (NamedCheck("hanging", "Hanging", hanging, seconds=0.2), NamedCheck("sound", "Sound", sound))
    stuck, whole = examine(Surroundings(home=tmp_path), checks).checks
    assert [finding.found for finding in stuck.findings] == ["before it hung", "no answer within 0 s"]
    assert stuck.status is Status.UNKNOWN
    assert whole.status is Status.WELL


def test_every_check_has_a_name_of_its_own() -> None:
    assert len({check.name for check in CHECKS}) == len({check.title for check in CHECKS}) == len(CHECKS)
