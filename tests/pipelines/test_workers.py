"""Workers on other machines finish the studies of a run that was killed, and are killed themselves on the way."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import optuna
import pytest
import yaml
from optuna.study import Study
from optuna.trial import TrialState

from crossprompt.tuning.grid import rate_of
from crossprompt.tuning.sharing import ORIGIN
from tests.conftest import ROOT
from tests.databases import PASSWORD, DatabaseServer
from tests.pipelines.workplace import Workplace, make_workplace

RATES = [0.05, 0.02, 0.01, 0.005, 0.002, 0.001]
WORKERS, KILLS = 4, 2
REFERENCE = "{{studies.PASSWORD}}"
KEEP_PASSWORD = f"""
from zenml.client import Client
Client().create_secret("studies", {{"PASSWORD": "{PASSWORD}"}})
"""

pytestmark = [pytest.mark.soak, pytest.mark.timeout(3600)]


def shared(address: str) -> dict[str, Any]:
    """The smoke configuration with a longer grid, kept in a database; patient, for a core may be shared by many."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "configs" / "smoke.yaml").read_text(encoding="utf-8"))
    patience = {"heartbeat_seconds": 5, "max_retries": 20}
    found["parameters"]["tuning"] = {"learning_rates": RATES, "storage": address, **patience}
    return found


def test_a_killed_runs_studies_are_finished_by_workers_and_read_by_the_next_run(
    tmp_path: Path, postgresql: DatabaseServer
) -> None:
    workplace = make_workplace(tmp_path)
    addresses = {name: postgresql.create(name) for name in ("alone", "together")}
    assert workplace.call(sys.executable, "-c", KEEP_PASSWORD).returncode == 0
    for name in addresses:
        (workplace.root / f"{name}.yaml").write_text(yaml.safe_dump(shared(postgresql.address(name, REFERENCE))))
    workplace.executed("alone.yaml")
    alone = workplace.numbers()

    kill_once_announced(workplace, addresses["together"])
    for study in studies(addresses["together"]):
        finish_by_workers(workplace, postgresql.address("together", REFERENCE), study)
    for study in studies(addresses["together"]):
        assert completions(study) == Counter(RATES)
    assert "tune_learning_rate" in workplace.executed("together.yaml")
    assert_close(workplace.numbers()["studies"], alone["studies"])


def kill_once_announced(workplace: Workplace, address: str) -> None:
    """Start a run and kill it as soon as its studies can be joined; all that it had taken is lost."""
    workplace.edit("crossprompt.tuning.study")
    command = [str(Path(sys.executable).with_name("zenml")), "pipeline", "run", "align_and_eval", "-c", "together.yaml"]
    with (workplace.root / "killed.log").open("wb") as log:
        run = subprocess.Popen(
            command, cwd=workplace.root, env=workplace.environment, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + 300
    while len([study for study in studies(address) if ORIGIN in study.user_attrs]) < 2:
        assert run.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    assert sum(completions(study).total() for study in studies(address)) < 2 * len(RATES)


def finish_by_workers(workplace: Workplace, storage: str, study: Study) -> None:
    """Four workers on one study, of which two are killed when some points are complete."""
    random = Random(study.study_name)
    command = [sys.executable, "-m", "console.main", "worker", "--study", study.study_name, "--storage", storage]
    logs = [workplace.root / f"worker-{number}.log" for number in range(WORKERS)]
    started = []
    for log in logs:
        with log.open("wb") as output:
            started.append(
                subprocess.Popen(
                    command, cwd=workplace.root, env=workplace.environment, stdout=output, stderr=subprocess.STDOUT
                )
            )
    victims = random.sample(started, KILLS)
    while completions(study).total() < 1 and any(worker.poll() is None for worker in started):
        time.sleep(0.1)
    for victim in victims:
        victim.kill()
        time.sleep(random.uniform(0, 2))
    codes = [worker.wait(600) for worker in started]
    told = "\n".join(log.read_text() for log in logs)
    for worker, code in zip(started, codes, strict=True):
        assert code == 0 or (worker in victims and code == -signal.SIGKILL), told
    assert "The study is complete" in told


def studies(address: str) -> list[Study]:
    storage = optuna.storages.RDBStorage(address)
    return [optuna.load_study(study_name=name, storage=storage) for name in optuna.get_all_study_names(storage)]


def completions(study: Study) -> Counter[float]:
    return Counter(rate_of(trial) for trial in study.get_trials(states=(TrialState.COMPLETE,)))


def assert_close(ours: list[Any], theirs: list[Any]) -> None:
    """Rounding depends on which points are trained together, so scores may differ by one example of dev."""
    for our, their in zip(ours, theirs, strict=True):
        assert our[0] == their[0]
        assert [trial[0] for trial in our[3:]] == [trial[0] for trial in their[3:]]
        assert [trial[1] for trial in our[3:]] == pytest.approx([trial[1] for trial in their[3:]], abs=5.0)
