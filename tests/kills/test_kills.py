"""Killed at any write and started again, all that trains ends with the numbers of an undisturbed run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossprompt.storage.fingerprint import fingerprint_file
from tests.conftest import CHILD_PATH, ROOT

JOBS = ALIGNMENT, STUDY, PRETRAINING = (
    "tests.kills.alignment_job",
    "tests.kills.study_job",
    "tests.kills.pretraining_job",
)


def kill(folder: Path, extent: str, *jobs: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.kills.worker", str(folder), extent, *jobs]
    environment = {
        **os.environ,
        "PYTHONPATH": CHILD_PATH,
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
    }
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-3000:]
    outcomes: dict[str, Any] = json.loads((folder / "outcomes.json").read_text(encoding="utf-8"))
    return outcomes


def assert_same_results(folder: Path, outcome: dict[str, Any]) -> None:
    exits = dict(outcome["exits"])
    assert exits.pop("undisturbed") == [0]
    assert exits == {point: [-signal.SIGKILL, 0] for point in exits}
    expected = results(folder / "undisturbed", outcome)
    assert {point: results(folder / point, outcome) for point in exits} == dict.fromkeys(exits, expected)
    assert not list(folder.glob("*/checkpoints/*.part"))


def checkpoints(*steps: int) -> list[str]:
    """The files of checkpoints: tensors, then the marker that makes them count."""
    return [name for step in steps for name in (f"step-{step:08d}.safetensors", "checkpoint.json")]


def results(folder: Path, outcome: dict[str, Any]) -> list[str]:
    return [fingerprint_file(folder / name) for name in outcome["results"]]


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("some")
    return folder, kill(folder, "some", *JOBS)


def test_the_write_points_are_enumerated(some: tuple[Path, dict[str, Any]]) -> None:
    outcomes = some[1]
    assert outcomes[ALIGNMENT]["writes"] == [*checkpoints(3, 6, 8), "prompt.safetensors"]
    assert outcomes[PRETRAINING]["writes"] == checkpoints(2, 4, 6)
    assert set(outcomes[STUDY]["writes"]) == {"optuna.db"}
    assert len(outcomes[STUDY]["writes"]) > 40


@pytest.mark.parametrize("job", JOBS)
def test_five_kills_change_no_result(some: tuple[Path, dict[str, Any]], job: str) -> None:
    folder, outcomes = some
    assert len(outcomes[job]["exits"]) == 1 + 5
    assert_same_results(folder / job, outcomes[job])


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_kill_before_or_after_any_write_changes_no_result(tmp_path: Path) -> None:
    outcomes = kill(tmp_path, "all", *JOBS)
    for job, outcome in outcomes.items():
        assert len(outcome["exits"]) == 1 + 2 * len(outcome["writes"])
        assert_same_results(tmp_path / job, outcome)
