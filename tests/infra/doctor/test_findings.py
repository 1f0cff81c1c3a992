from __future__ import annotations

import pytest

from infra.doctor.findings import CheckResult, Diagnosis, Finding, Status, note, unknown, well, wrong


def diagnosis(*findings: Finding) -> Diagnosis:
    checks = tuple(CheckResult(name="one", title="One", findings=(finding,), seconds=0.0) for finding in findings)
    return Diagnosis(checks=checks, seconds=0.0)


@pytest.mark.parametrize(
    ("findings", "status", "code"),
    [
        ((), Status.WELL, 0),
        ((well("a"), note("b", "c")), Status.NOTE, 0),
        ((well("a"), unknown("b", "c"), note("d", "e")), Status.UNKNOWN, 2),
        ((wrong("a", "b"), unknown("c", "d")), Status.WRONG, 1),
    ],
)
def test_the_worst_finding_decides(findings: tuple[Finding, ...], status: Status, code: int) -> None:
    assert (diagnosis(*findings).status, diagnosis(*findings).exit_code) == (status, code)


def test_a_diagnosis_goes_to_json_and_back() -> None:
    found = diagnosis(well("a"), wrong("b", "mend it"))
    assert Diagnosis.model_validate_json(found.model_dump_json()) == found
