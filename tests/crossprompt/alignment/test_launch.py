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
from crossprompt.alignment.job import FOLDER, AlignmentJob
from crossprompt.alignment.processes import ProcessesError
from crossprompt.alignment.watch import ORPHANED
from crossprompt.storage.faults import FAULT
from tests.conftest import ROOT
from tests.crossprompt.alignment.run_alignment import SETTINGS, align
from tests.crossprompt.backbones.tiny import save_tiny
from tests.databases import free_port

SHARED = SETTINGS.model_copy(update={"processes": 2, "gathered_negatives": True})


@pytest.fixture(scope="module")
def backbone_folder(tmp_path_factory):
    return save_tiny(tmp_path_factory.mktemp("tiny"), num_hidden_layers=1)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("CorpusError: it is gone", "process 1 of the alignment's 2 failed: CorpusError: it is gone"),
        (None, "one of the 2 processes of the alignment was killed"),
    ],
)
def test_a_failure_is_told_in_the_words_of_who_failed(backbone_folder, tmp_path, monkeypatch, words, message):
    monkeypatch.setattr(launch, "AGENT", "tests.crossprompt.alignment.stand_in_agent")
    if words:
        monkeypatch.setenv("WORDS", words)
    with pytest.raises(ProcessesError, match=message):
        align(backbone_folder, tmp_path, SHARED)
    job = AlignmentJob.read(tmp_path / FOLDER)
    assert (job.header.settings, job.header.device, job.start) == (SHARED, "cpu", None)


@pytest.mark.soak
def test_a_run_starts_its_processes_and_takes_their_prompt(backbone_folder, tmp_path, monkeypatch):
    prompt, curve = align(backbone_folder, tmp_path / "two", SHARED)
    alone, _ = align(backbone_folder, tmp_path / "one")
    torch.testing.assert_close(prompt.values, alone.values, rtol=1e-4, atol=1e-5)
    assert len(curve.points) == 8
    assert not (tmp_path / "two" / FOLDER).exists()
    monkeypatch.setattr("crossprompt.alignment.trainer.run_processes", lambda *_: pytest.fail("started again"))
    again, _ = align(backbone_folder, tmp_path / "two", SHARED)
    assert torch.equal(again.values, prompt.values)


def test_a_process_without_parents_ends(tmp_path):
    launcher = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    source = (
        "import sys, time; from crossprompt.alignment.watch import end_with_parents; "
        "end_with_parents(int(sys.argv[1])); print(flush=True); time.sleep(60)"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", source, str(launcher.pid)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
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
    with pytest.raises(ProcessesError, match=r"process 0 of the alignment's 2 failed: NonFiniteError: .* is NaN"):
        align(backbone_folder, tmp_path, SHARED.model_copy(update={"learning_rate": 1e30}))


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
    torch.testing.assert_close(prompt.values, alone.values, rtol=1e-4, atol=1e-5)


@pytest.mark.soak
def test_accelerate_starts_them_as_well(backbone_folder, tmp_path, monkeypatch):
    plain = ["--num_machines", "1", "--mixed_precision", "no", "--dynamo_backend", "no"]
    arguments = ["--multi_gpu", "--num_processes", "2", "--main_process_port", str(free_port()), *plain]
    monkeypatch.setattr(launch, "AGENT", "accelerate.commands.launch")
    monkeypatch.setattr(launch, "_arguments", lambda *_: [*arguments, "-m", launch.WORKER])
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
