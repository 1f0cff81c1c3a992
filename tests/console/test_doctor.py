"""The command says what is wrong, exits accordingly, and leaves no trace."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from console import doctor
from infra.doctor.examination import CHECKS
from infra.doctor.findings import CheckResult, Diagnosis, Finding, note, unknown, well, wrong
from tests.conftest import ROOT
from tests.console.test_main import crossprompt

LIGHT = [check.name for check in CHECKS if check.name != "accelerator"]
NEVER_LOADED = ("torch", "zenml", "mlflow", "datasets", "optuna", "great_expectations")


def made_up(*findings: Finding) -> Diagnosis:
    check = CheckResult(name="disk", title="Disk", findings=findings, seconds=0.1)
    return Diagnosis(checks=(check,), seconds=0.2)


@pytest.mark.parametrize(
    ("findings", "code", "words"),
    [
        ((well("room enough"),), 0, "All is well: 1 well"),
        ((well("room enough"), note("little room", "make some")), 0, "All is well: 1 note, 1 well"),
        ((unknown("who knows", "look"),), 2, "could not be checked: 1 unknown"),
        ((wrong("no room", "make some"), unknown("who knows", "look")), 1, "Something is wrong: 1 wrong, 1 unknown"),
    ],
)
def test_findings_their_advice_and_the_exit_status(
    findings: tuple[Finding, ...],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(doctor, "diagnose", lambda only, thorough, study: made_up(*findings))
    status, text, _ = crossprompt("doctor", capsys=capsys)
    assert status == code
    assert words in text
    for finding in findings:
        assert finding.found in text
        assert finding.advice in text
    status, text, _ = crossprompt("doctor", "--json", capsys=capsys)
    assert status == code
    assert json.loads(text)["exit_code"] == code
    assert Diagnosis.model_validate({k: v for k, v in json.loads(text).items() if k in ("checks", "seconds")})


def test_quiet_leaves_out_what_is_well(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "diagnose", lambda only, thorough, study: made_up(well("room"), note("old", "look")))
    text = crossprompt("doctor", "--quiet", capsys=capsys)[1]
    assert "room" not in text
    assert "Disk" in text


def test_an_unknown_check_is_an_error_that_names_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, _ = crossprompt("doctor", "--only", "horoscope", capsys=capsys)
    assert str(status).startswith("Error: there is no check 'horoscope'; there are python, ")


def test_on_a_bare_machine_nothing_is_wrong_nothing_is_made_and_nothing_heavy_is_loaded(tmp_path: Path) -> None:
    program = (
        "import sys; sys.argv = sys.argv[1:]\n"
        "from console.main import app\n"
        "try: app()\n"
        f"finally: print([name for name in {NEVER_LOADED} if name in sys.modules], file=sys.stderr)"
    )
    only = [word for name in LIGHT for word in ("--only", name)]
    environment = {
        **os.environ,
        "CROSSPROMPT_HOME": str(tmp_path / "home"),
        "ZENML_CONFIG_PATH": str(tmp_path / "zenml"),
        "HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    ended = subprocess.run(
        [sys.executable, "-c", program, "crossprompt", "doctor", "--json", *only],
        env=environment, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert ended.stderr.strip() == "[]"
    found = json.loads(ended.stdout)
    assert [check["name"] for check in found["checks"]] == LIGHT
    assert (ended.returncode, found["exit_code"]) == (0, 0), ended.stdout
    assert list(tmp_path.iterdir()) == []
