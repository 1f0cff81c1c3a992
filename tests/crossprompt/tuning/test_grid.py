"""The grid completes each point once, also when several processes share it."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from optuna.trial import TrialState

from crossprompt.tuning.grid import Grid, rate_of
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.storage import StudyError, open_storage, quiet_optuna, safe_address
from tests.conftest import CHILD_PATH

RATES = (0.1, 0.01, 0.001)

WORKER = textwrap.dedent(
    """
    import sys
    from pathlib import Path
    from optuna.exceptions import UpdateFinishedTrialError
    from crossprompt.tuning.grid import Grid, rate_of
    from crossprompt.tuning.settings import TuningSettings
    from crossprompt.tuning.storage import open_storage, quiet_optuna

    quiet_optuna()
    settings = TuningSettings(heartbeat_seconds=30)
    grid = Grid(open_storage(settings, Path(sys.argv[1])), "study", (0.1, 0.01, 0.001), 3, {"method": "fresh"})
    while not grid.complete:
        try:
            while trials := grid.ask():
                with grid.heartbeat(trials):
                    for trial in trials:
                        rate = rate_of(grid.study.trials[trial.number])
                        for look in (1, 2):
                            trial.report(rate * look, look)
                        trial.set_user_attr("histories", [rate])
                        grid.tell(trial, 100 * rate)
        except UpdateFinishedTrialError:
            pass  # on SQLite two processes may take one point; run_grid goes on in the same way
    """
)


def open_grid(home: Path, rates=RATES, max_retries: int = 3) -> Grid:
    quiet_optuna()
    storage = open_storage(TuningSettings(heartbeat_seconds=1), home)
    return Grid(storage, "study", rates, max_retries, {})


def completed(home: Path) -> list[tuple[float, float]]:
    trials = open_grid(home).study.get_trials(states=(TrialState.COMPLETE,))
    return sorted((rate_of(trial), trial.value) for trial in trials)


EXPECTED = sorted((rate, 100 * rate) for rate in RATES)


def test_each_rate_completes_once_and_a_finished_grid_has_nothing_left(tmp_path):
    grid = open_grid(tmp_path)
    while trials := grid.ask():
        grid.tell(trials[0], rate_of(grid.study.trials[trials[0].number]) * 100)
    assert completed(tmp_path) == EXPECTED
    assert open_grid(tmp_path).ask() == []
    assert [rate_of(t) for t in grid.completed()] == list(RATES)


def test_a_group_of_trials_can_be_asked_for_at_once(tmp_path):
    grid = open_grid(tmp_path)
    group = grid.ask(at_most=5)
    assert [rate_of(grid.study.trials[t.number]) for t in group] == list(RATES)


def test_a_failed_trial_is_tried_again_and_then_refused(tmp_path):
    grid = open_grid(tmp_path, rates=(0.1,), max_retries=1)
    grid.fail(grid.ask()[0])
    grid.fail(grid.ask()[0])
    assert grid.attempts(0.1) == 2
    with pytest.raises(StudyError, match=r"learning rate 0\.1 failed 2 times"):
        grid.ask()


def test_a_point_that_optuna_makes_up_is_not_run(tmp_path):
    grid = open_grid(tmp_path)
    stranger = grid.study.ask()
    grid.study.tell(stranger, 99.0)
    first = grid.ask()[0]
    assert rate_of(grid.study.trials[first.number]) == 0.1
    assert not grid.complete


def test_a_twin_of_an_open_point_is_dropped(tmp_path):
    grid = open_grid(tmp_path, rates=(0.1,))
    for _ in range(2):
        grid.study.enqueue_trial({"learning_rate": 0.1}, user_attrs={"grid": True})
    grid.tell(grid.ask()[0], 1.0)
    assert grid.ask() == []
    assert len(grid.study.get_trials(states=(TrialState.COMPLETE,))) == 1


def test_two_processes_share_a_grid(tmp_path):
    open_grid(tmp_path)
    environment = {**os.environ, "PYTHONPATH": CHILD_PATH}
    command = [sys.executable, "-c", WORKER, str(tmp_path)]
    both = [subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) for _ in range(2)]
    assert [process.wait(timeout=120) for process in both] == [0, 0]
    assert completed(tmp_path) == EXPECTED


def test_secrets_come_from_the_environment_and_are_never_shown(tmp_path, monkeypatch):
    monkeypatch.setenv("STUDY_FOLDER", str(tmp_path / "secret-name.db"))
    settings = TuningSettings(storage="sqlite:///${STUDY_FOLDER}")
    open_storage(settings, tmp_path)
    assert (tmp_path / "secret-name.db").exists()
    assert safe_address(settings, tmp_path) == "sqlite:///${STUDY_FOLDER}"
    written = TuningSettings(storage="postgresql://me:hunter2@nowhere/db")
    assert "hunter2" not in safe_address(written, tmp_path)
    with pytest.raises(StudyError) as refused:
        open_storage(written, tmp_path)
    assert "hunter2" not in str(refused.value)
    assert refused.value.__context__ is None


def test_a_missing_variable_is_named(tmp_path):
    with pytest.raises(StudyError, match="CROSSPROMPT_NO_SUCH_THING"):
        open_storage(TuningSettings(storage="${CROSSPROMPT_NO_SUCH_THING}"), tmp_path)
