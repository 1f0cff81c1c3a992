"""The processes of an alignment as torchrun and accelerate start them."""

import os
import shlex
import signal
import subprocess
import sys
import time

import psutil
import pytest
import torch

from crossprompt.alignment import launch
from crossprompt.alignment.job import FOLDER
from crossprompt.alignment.processes import ProcessesError
from crossprompt.alignment.watch import ORPHANED
from crossprompt.storage.faults import FAULT
from tests.conftest import ROOT
from tests.crossprompt.alignment.run_alignment import SETTINGS, align
from tests.crossprompt.backbones.tiny import save_tiny

SHARED = SETTINGS.model_copy(update={"processes": 2, "gathered_negatives": True})


@pytest.fixture(scope="module")
def backbone_folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"), num_hidden_layers=1)


def test_a_run_starts_its_processes_and_takes_their_prompt(backbone_folder, tmp_path, monkeypatch):
    prompt, curve = align(backbone_folder, tmp_path / "two", SHARED)
    alone, _ = align(backbone_folder, tmp_path / "one")
    torch.testing.assert_close(prompt.values, alone.values, rtol=1e-3, atol=1e-3)
    assert len(curve.points) == 8
    assert not (tmp_path / "two" / FOLDER).exists()
    monkeypatch.setattr("crossprompt.alignment.trainer.run_processes", lambda *_: pytest.fail("started again"))
    again, _ = align(backbone_folder, tmp_path / "two", SHARED)
    assert torch.equal(again.values, prompt.values)


def test_a_process_without_parents_ends(tmp_path):
    launcher = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    source = "from crossprompt.alignment.watch import end_with_parents as e; import time; e(); print(flush=True); "
    process = subprocess.Popen(
        [sys.executable, "-c", source + "time.sleep(60)"],
        env={**os.environ, "PYTHONPATH": str(ROOT), launch.LAUNCHER: str(launcher.pid)},
        stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    process.stdout.readline()
    assert process.poll() is None
    launcher.kill()
    launcher.wait()
    assert process.wait(10) == ORPHANED


@pytest.mark.soak
@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_kill_of_one_process_ends_all_and_the_next_run_goes_on(backbone_folder, tmp_path, monkeypatch, moment):
    undisturbed, _ = align(backbone_folder, tmp_path / "undisturbed", SHARED)
    environment = launch._environment
    monkeypatch.setattr(launch, "_environment", lambda number: {**environment(number), FAULT: f"3:{moment}"})
    with pytest.raises(ProcessesError, match="was killed"):
        align(backbone_folder, tmp_path / "killed", SHARED)
    assert workers(tmp_path) == []
    monkeypatch.setattr(launch, "_environment", environment)
    resumed, _ = align(backbone_folder, tmp_path / "killed", SHARED)
    assert torch.equal(resumed.values, undisturbed.values)


@pytest.mark.soak
def test_what_a_process_says_reaches_the_run(backbone_folder, tmp_path):
    with pytest.raises(ProcessesError, match="process 0 of the 2 processes of the alignment failed"):
        align(backbone_folder, tmp_path, SHARED.model_copy(update={"learning_rate": 1e38}))


@pytest.mark.soak
def test_a_killed_run_leaves_no_process(backbone_folder, tmp_path):
    settings = SHARED.model_copy(update={"epochs": 100_000})
    source = (
        "from tests.crossprompt.alignment.run_alignment import *\nfrom pathlib import Path\n"
        f"align(Path({str(backbone_folder)!r}), Path({str(tmp_path)!r}), "
        f"AlignmentSettings.model_validate_json({settings.model_dump_json()!r}))"
    )
    run = subprocess.Popen([sys.executable, "-c", source], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    wait_for(lambda: (tmp_path / "checkpoint.json").is_file())
    assert len(workers(tmp_path)) >= 2
    run.send_signal(signal.SIGKILL)
    run.wait()
    wait_for(lambda: workers(tmp_path) == [])


@pytest.mark.soak
def test_two_machines_meet(backbone_folder, tmp_path, monkeypatch, caplog):
    monkeypatch.setattr(launch.platform, "node", lambda: "localhost")
    others: list[subprocess.Popen[bytes]] = []

    def start_there(message, *arguments):
        command = shlex.split(arguments[1])
        assert command[0] == "torchrun"
        command[:1] = [sys.executable, "-m", "torch.distributed.run"]
        others.append(subprocess.Popen(command, cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)}))

    monkeypatch.setattr(launch.logger, "warning", start_there)
    prompt, _ = align(backbone_folder, tmp_path / "two", SHARED.model_copy(update={"machines": 2}))
    assert [other.wait(60) for other in others] == [0]
    alone, _ = align(backbone_folder, tmp_path / "one")
    torch.testing.assert_close(prompt.values, alone.values, rtol=1e-3, atol=1e-3)


@pytest.mark.soak
def test_accelerate_starts_them_as_well(backbone_folder, tmp_path, monkeypatch):
    arguments = ["--multi_cpu", "--num_processes", "2", "--main_process_port", "0", "-m", launch.WORKER]
    monkeypatch.setattr(launch, "_arguments", lambda *_: arguments)
    popen = subprocess.Popen

    def accelerate(command, **keywords):
        command[1:3] = ["-m", "accelerate.commands.launch"]
        return popen(command, **keywords)

    monkeypatch.setattr(launch.subprocess, "Popen", accelerate)
    prompt, _ = align(backbone_folder, tmp_path / "two", SHARED)
    assert torch.isfinite(prompt.values).all()


def workers(folder):
    """The living processes that work below ``folder``."""
    return [
        process
        for process in psutil.process_iter(["cmdline", "status"])
        if process.info["status"] != psutil.STATUS_ZOMBIE
        and launch.WORKER in (process.info["cmdline"] or ())
        and any(str(folder) in part for part in process.info["cmdline"])
    ]


def wait_for(happened, seconds=120):
    end = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.2)
