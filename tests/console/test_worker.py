"""The worker's mistakes are sentences; what it does is tested with a run in tests/pipelines."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from crossprompt.tuning.grid import Grid
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.storage import open_storage
from tests.console.test_main import crossprompt

pytestmark = pytest.mark.usefixtures("zenml_stack")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    return tmp_path


def test_a_study_that_is_not_there_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = crossprompt("worker", "--study", "aligned-0", capsys=capsys)
    assert text.startswith("Working on aligned-0 in the project's home")
    assert str(status).startswith("Error: no run has announced a study aligned-0")


def test_a_study_of_another_server_says_how_to_connect(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tuning = TuningSettings(learning_rates=(0.1,), seeds=(0,))
    grid = Grid(open_storage(tuning, home), "study", tuning.learning_rates, tuning.max_retries, {})
    grid.announce({"step": str(uuid4()), "backbone": "mini"})
    status, _, _ = crossprompt("worker", "--study", "study", capsys=capsys)
    assert "connect it to the run's server with `zenml login`" in str(status)


def test_a_password_is_not_shown(capsys: pytest.CaptureFixture[str]) -> None:
    address = "postgresql+pg8000://me:hunter2@127.0.0.1:1/optuna"
    status, text, _ = crossprompt("worker", "--study", "study", "--storage", address, capsys=capsys)
    assert "127.0.0.1:1/optuna can't be opened" in str(status)
    assert "hunter2" not in f"{status}{text}"


def test_an_unknown_secret_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    address = "postgresql+pg8000://me:{{nothing.PASSWORD}}@127.0.0.1:1/optuna"
    status, _, _ = crossprompt("worker", "--study", "study", "--storage", address, capsys=capsys)
    assert str(status).startswith("Error: ZenML has no secret nothing")
