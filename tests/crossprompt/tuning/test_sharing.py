"""Studies that several processes work on: announced, joined, taken over, and finished whoever is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from random import Random

import optuna
import pytest
import torch
from optuna.trial import TrialState

from crossprompt.tasks.budget import budget_of
from crossprompt.tasks.records import TrainingNumbers, TrainingPoint
from crossprompt.tuning import search
from crossprompt.tuning.grid import Grid, rate_of
from crossprompt.tuning.records import MethodStudy
from crossprompt.tuning.search import run_grid
from crossprompt.tuning.settings import TuningSettings
from crossprompt.tuning.sharing import StudyInputs, announce_studies, join_study, read_origin
from crossprompt.tuning.storage import StudyError, open_storage, quiet_optuna
from crossprompt.tuning.study import tune_learning_rate
from tests.crossprompt.sample_task import QUICK, mini, sample_task
from tests.databases import DatabaseServer

pytestmark = pytest.mark.filterwarnings("ignore:Heartbeat of storage")  # trials are asked for, as by a grid

TUNING = TuningSettings(learning_rates=(1e-2, 1e-3), seeds=(0,), heartbeat_seconds=1)
ORIGIN = {"step": "5a", "backbone": "mini"}
LOOKS = 4


class Slow:
    """A contender whose score is its rate, and which takes its time."""

    seeds = (0,)
    max_updates = LOOKS

    def __init__(self, seconds: float = 0.0) -> None:
        self.seconds, self.asked = seconds, []

    def size(self, rates):
        return len(rates)

    def train(self, rates, report):
        self.asked.append(tuple(rates))
        for place, rate in enumerate(rates):
            for look in range(1, LOOKS + 1):
                time.sleep(self.seconds / LOOKS)
                report(place, look, 100 * rate)
        return [numbers(rate) for rate in rates]


def numbers(rate: float) -> TrainingNumbers:
    points = (TrainingPoint(update=LOOKS, train_loss=1.0, dev_accuracy=100 * rate),)
    return TrainingNumbers(
        seed=0,
        learning_rate=rate,
        points=points,
        best_update=LOOKS,
        best_dev_accuracy=100 * rate,
        updates=LOOKS,
        stopped_early=False,
        seconds=0.0,
        diverged_at=None,
    )


def make_inputs(tuning=TUNING, code="1") -> StudyInputs:
    aligned = torch.randn(mini().prompt_shape(4).sizes, generator=torch.Generator().manual_seed(3))
    return StudyInputs(sample_task(), aligned, tuning, QUICK, code)


def open_grid(tuning: TuningSettings, home: Path) -> Grid:
    quiet_optuna()
    return Grid(open_storage(tuning, home), "study", tuning.learning_rates, tuning.max_retries, {})


def budget(tuning: TuningSettings):
    return budget_of(QUICK, (0,), tuning.learning_rates, 4)


def values(study: MethodStudy) -> list[float | None]:
    return [trial.value for trial in study.trials]


def completions(grid: Grid) -> Counter[float]:
    return Counter(rate_of(trial) for trial in grid.study.get_trials(states=(TrialState.COMPLETE,)))


def test_a_run_announces_its_studies_with_their_points_once(tmp_path):
    for _ in range(2):
        announce_studies(make_inputs(), tmp_path, ORIGIN)
    summaries = optuna.get_all_study_summaries(f"sqlite:///{tmp_path / 'optuna.db'}")
    assert sorted(summary.study_name for summary in summaries) == sorted(make_inputs().studies())
    for summary in summaries:
        assert summary.n_trials == len(TUNING.learning_rates)
        assert read_origin(TUNING, tmp_path, summary.study_name) == ORIGIN


def test_workers_and_the_run_end_with_the_numbers_of_the_run_alone(tmp_path):
    inputs = make_inputs()
    arguments = (inputs.task, inputs.aligned, TUNING, QUICK)
    alone = tune_learning_rate(*arguments, tmp_path / "alone", code_version="1")
    announce_studies(inputs, tmp_path, ORIGIN)
    done = [join_study(name, inputs, tmp_path, at_most=1) for name in inputs.studies()]
    assert done == [2, 2]
    together = tune_learning_rate(*arguments, tmp_path, code_version="1")
    assert [study.study_name for study in together.studies] == [study.study_name for study in alone.studies]
    for ours, theirs in zip(together.studies, alone.studies, strict=True):
        assert ours.best_learning_rate == theirs.best_learning_rate
        assert [trial.value for trial in ours.trials] == pytest.approx(
            [trial.value for trial in theirs.trials], abs=0.1
        )


def test_a_study_that_nobody_announced_is_refused_with_those_that_there_are(tmp_path):
    with pytest.raises(StudyError, match="there is none yet"):
        read_origin(TUNING, tmp_path, "aligned-0")
    announce_studies(make_inputs(), tmp_path, ORIGIN)
    with pytest.raises(
        StudyError, match=r"no run has announced a study aligned-0 .*; there are aligned-\w+, fresh-\w+"
    ):
        read_origin(TUNING, tmp_path, "aligned-0")


def test_a_machine_that_would_compute_something_else_is_refused(tmp_path):
    announce_studies(make_inputs(), tmp_path, ORIGIN)
    name = next(iter(make_inputs().studies()))
    with pytest.raises(StudyError, match="would not compute the study"):
        join_study(name, make_inputs(code="2"), tmp_path, at_most=1)
    storage = make_inputs(TUNING.model_copy(update={"storage": f"sqlite:///{tmp_path / 'optuna.db'}"}))
    assert name in storage.studies()


def test_a_worker_takes_no_more_points_at_once_than_it_may(tmp_path):
    tuning = TuningSettings(learning_rates=(0.1, 0.01, 0.001), seeds=(0,))
    contender = Slow()
    grid = open_grid(tuning, tmp_path)
    assert run_grid(grid, contender, budget(tuning), at_once=2) == 3
    assert [len(rates) for rates in contender.asked] == [2, 1]
    assert completions(grid) == Counter(tuning.learning_rates)


def test_a_point_that_was_taken_over_is_neither_told_twice_nor_an_error(tmp_path):
    tuning = TuningSettings(learning_rates=(0.1,), seeds=(0,))
    slow, quick = open_grid(tuning, tmp_path), open_grid(tuning, tmp_path)
    (trial,) = slow.ask()
    quick.study.tell(trial.number, state=TrialState.FAIL)
    assert run_grid(quick, Slow(), budget(tuning)) == 1
    slow.tell(trial, 99.0)
    slow.fail(trial)
    assert slow.told == 0
    assert completions(slow) == Counter([0.1])
    assert [found.value for found in slow.completed()] == [10.0]


def test_a_worker_whose_point_is_taken_over_while_it_trains_goes_on_with_the_rest(tmp_path):
    tuning = TuningSettings(learning_rates=(0.1, 0.01), seeds=(0,))
    grid, other = open_grid(tuning, tmp_path), open_grid(tuning, tmp_path)

    class Robbed(Slow):
        def train(self, rates, report):
            if not self.asked:
                (running,) = other.study.get_trials(states=(TrialState.RUNNING,))
                other.study.tell(running.number, state=TrialState.FAIL)
            return super().train(rates, report)

    assert run_grid(grid, Robbed(), budget(tuning), at_once=1) == 2
    assert completions(grid) == Counter(tuning.learning_rates)


def take_and_die(grid: Grid) -> optuna.trial.Trial:
    """As a process does that is killed between taking a point and its first sign of life."""
    grid.announce(ORIGIN)
    return grid.study.ask()


def test_a_point_whose_process_died_before_its_first_sign_of_life_is_started_again(tmp_path):
    tuning = TuningSettings(learning_rates=(0.1,), seeds=(0,), heartbeat_seconds=1)
    grid, other = open_grid(tuning, tmp_path), open_grid(tuning, tmp_path)
    take_and_die(grid)
    assert run_grid(other, Slow(), budget(tuning)) == 1
    assert [trial.state for trial in grid.study.trials] == [TrialState.FAIL, TrialState.COMPLETE]
    assert grid.attempts(0.1) == 2


def test_a_machine_whose_clock_is_years_behind_is_not_taken_for_dead(tmp_path):
    tuning = TuningSettings(learning_rates=(0.1,), seeds=(0,), heartbeat_seconds=60)
    grid, other = open_grid(tuning, tmp_path), open_grid(tuning, tmp_path)
    take_and_die(grid)
    with closing(sqlite3.connect(tmp_path / "optuna.db")) as database:
        database.execute("UPDATE trials SET datetime_start = '2020-01-01 00:00:00'")
        database.commit()
    for _ in range(2):
        other._revive()
    assert [found.state for found in other.study.trials] == [TrialState.RUNNING]


def test_two_who_notice_the_same_death_are_not_in_each_others_way(tmp_path, monkeypatch):
    tuning = TuningSettings(learning_rates=(0.1,), seeds=(0,), heartbeat_seconds=1)
    grid, other = open_grid(tuning, tmp_path), open_grid(tuning, tmp_path)
    trial = take_and_die(grid)
    monkeypatch.setattr(other._storage, "record_heartbeat", lambda _: grid.fail(trial))
    other._revive()
    monkeypatch.undo()
    assert run_grid(other, Slow(), budget(tuning)) == 1


def test_twins_are_no_attempts(tmp_path):
    tuning = TuningSettings(learning_rates=(0.1,), seeds=(0,), max_retries=1)
    grid = open_grid(tuning, tmp_path)
    for _ in range(4):
        grid.study.enqueue_trial({"learning_rate": 0.1}, user_attrs={"grid": True})
    (trial,) = grid.ask(at_most=4)
    assert grid.attempts(0.1) == 1
    grid.fail(trial)
    assert run_grid(grid, Slow(), budget(tuning)) == 1
    assert grid.attempts(0.1) == 2


def test_what_two_processes_found_at_once_is_kept_of_both(tmp_path):
    """Each rate has its own place, so that none is lost that another process wrote a moment before."""
    tuning = TuningSettings(learning_rates=(0.1, 0.01), seeds=(0,))
    grid, other = open_grid(tuning, tmp_path), open_grid(tuning, tmp_path)

    class Meanwhile(Slow):
        def train(self, rates, report):
            if len(rates) == 1 and not self.asked:
                self.asked.append(())
                search._run_trials(other, other.ask(), Slow(), budget(tuning))
            return super().train(rates, report)

    run_grid(grid, Meanwhile(), budget(tuning), at_once=1)
    kept = {name for name in grid.study.user_attrs if name.startswith("result-")}
    assert kept == {"result-0.1", "result-0.01"}


def work(address: str, home: Path, rates: tuple[float, ...]) -> None:
    """One worker's process."""
    tuning = TuningSettings(learning_rates=rates, seeds=(0,), heartbeat_seconds=1, storage=address)
    run_grid(open_grid(tuning, home), Slow(0.5), budget(tuning), at_once=1)


def finish_with_kills(address: str, home: Path, rates: tuple[float, ...], workers: int, kills: int, seed: int) -> Grid:
    """Let workers finish a study while some of them are killed at random moments; the study."""
    random, context = Random(seed), multiprocessing.get_context("fork")
    grid = open_grid(TuningSettings(learning_rates=rates, seeds=(0,), storage=address), home)
    grid.announce(ORIGIN)
    started = [context.Process(target=work, args=(address, home, rates)) for _ in range(workers)]
    for process in started:
        process.start()
    victims = random.sample(started, kills)
    for victim in victims:
        wait_for_completions(grid, 1)
        time.sleep(random.uniform(0.0, 0.6))
        assert victim.pid is not None
        os.kill(victim.pid, signal.SIGKILL)
    for process in started:
        process.join(120)
    expected = [-signal.SIGKILL if process in victims else 0 for process in started]
    assert [process.exitcode for process in started] == expected
    return grid


def wait_for_completions(grid: Grid, number: int) -> None:
    deadline = time.monotonic() + 120
    while sum(completions(grid).values()) < number:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_four_workers_on_postgresql_complete_each_point_once_when_two_are_killed(
    tmp_path: Path, postgresql: DatabaseServer
) -> None:
    rates = tuple(1.0 / number for number in range(1, 17))
    grid = finish_with_kills(postgresql.create("study"), tmp_path, rates, workers=4, kills=2, seed=11)
    assert completions(grid) == Counter(rates)
    assert {trial.state for trial in grid.study.trials} <= {TrialState.COMPLETE, TrialState.FAIL}


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(12))
def test_workers_killed_at_many_moments(tmp_path: Path, postgresql: DatabaseServer, seed: int) -> None:
    rates = tuple(1.0 / number for number in range(1, 25))
    grid = finish_with_kills(postgresql.create(f"study_{seed}"), tmp_path, rates, workers=6, kills=4, seed=seed)
    assert completions(grid) == Counter(rates)
