from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID
from zenml.client import Client

from infra.orphans import fail_orphaned_runs
from infra.process import ProcessIdentity, is_gone, this_process
from infra.registry_place import connect
from tests.conftest import CHILD_PATH

SCRIPT = """
import os
from zenml.utils.source_utils import set_custom_source_root
set_custom_source_root(os.getcwd())
from infra.orphans import owner_entry
from tests.infra.stand_in import stand_in_that_waits
import sys
stand_in_that_waits.configure(extra=owner_entry())
stand_in_that_waits("word", sys.argv[1])
"""


def altered(**changes: object) -> ProcessIdentity:
    return this_process().model_copy(update=changes)


def test_who_is_gone() -> None:
    assert not is_gone(this_process())
    assert is_gone(altered(started=this_process().started - 60))
    assert is_gone(altered(boot="an earlier one"))
    assert not is_gone(altered(host="another", boot="another", pid=1))
    assert not is_gone(altered(namespace="pid:[1]", pid=2**22 - 1))
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert is_gone(altered(pid=ended.pid))


def status_of(pipeline: str) -> tuple[str, dict[str, str]]:
    (run,) = Client().list_pipeline_runs(pipeline=pipeline, sort_by="desc:created", size=1).items
    steps = Client().list_run_steps(pipeline_run_id=run.id).items
    return run.status.value, {step.name: step.status.value for step in steps}


def begin_in_mlflow(pipeline: str) -> list[str]:
    """What the last run would have begun in MLflow: its own run and one nested in that; and a run of somebody else."""
    (run,) = Client().list_pipeline_runs(pipeline=pipeline, sort_by="desc:created", size=1).items
    client = connect().client
    own = client.create_run("0", run_name=run.name).info.run_id
    nested = client.create_run("0", run_name="a trial", tags={MLFLOW_PARENT_RUN_ID: own}).info.run_id
    return [own, nested, client.create_run("0", run_name="another").info.run_id]


def wait_for(file: Path, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 120
    while not file.exists():
        assert process.poll() is None, "the run ended before it waited"
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.usefixtures("zenml_stack")
def test_the_run_of_a_killed_process_is_failed_and_that_of_a_living_one_is_left_alone(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    process = subprocess.Popen([sys.executable, "-c", SCRIPT, str(ready)], env={**os.environ, "PYTHONPATH": CHILD_PATH})
    wait_for(ready, process)
    try:
        assert fail_orphaned_runs() == []
        assert status_of("stand_in_that_waits")[0] == "running"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert not psutil.pid_exists(process.pid)
    tracked = begin_in_mlflow("stand_in_that_waits")
    assert len(fail_orphaned_runs()) == 1
    assert status_of("stand_in_that_waits") == ("failed", {"make": "completed", "wait": "failed"})
    assert fail_orphaned_runs() == []
    client = connect().client
    assert [client.get_run(run).info.status for run in tracked] == ["KILLED", "KILLED", "RUNNING"]
    client.set_terminated(tracked[-1])
