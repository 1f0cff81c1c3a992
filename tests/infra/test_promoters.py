"""Real processes that promote at the same moment: one of them does, on SQLite as well as on a server."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

import psutil
import pytest

from crossprompt.bundles.bundle import Bundle
from infra.registry import mend, propose
from infra.registry_journal import read_events
from infra.registry_mirror import CHAMPION
from infra.registry_place import Registry
from infra.registry_versions import live_versions, version_folder
from infra.servers import ServerCommand, free_port, started
from tests.conftest import CHILD_PATH
from tests.infra.promoters import GO
from tests.infra.registry_cases import candidate, judged, local_registry

AT_ONCE = 3


def start(registry: Registry, folder: Path, champion: Bundle | None, bundles: list[Bundle]) -> subprocess.Popen[str]:
    address = str(registry.client.tracking_uri)
    command = [sys.executable, "-m", "tests.infra.promoters", address, str(folder / "home")]
    command += ["" if champion is None else str(champion.folder), *(str(own.folder) for own in bundles)]
    environment = {**os.environ, "PYTHONPATH": CHILD_PATH, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def told(process: subprocess.Popen[str]) -> Counter[str]:
    """How many processes were told what."""
    printed, errors = process.communicate()
    assert process.returncode == 0, errors[-3000:]
    answers: list[list[Any]] = json.loads(printed.partition("TOLD ")[2])
    assert len({process for process, *_ in answers}) == len(answers)
    return Counter(outcome for _, outcome, _ in answers)


def wait_until_they_go(process: subprocess.Popen[str]) -> float:
    """The time when the first of the processes begins to promote."""
    assert process.stdout is not None
    said = []
    while not (line := process.stdout.readline()).startswith(GO):
        said.append(line)
        assert line, (said, process.communicate()[1])
    return time.monotonic()


def check_whole(registry: Registry) -> None:
    """The alias is the journal's, each bundle has one version, and each version its files."""
    events, versions = read_events(registry), live_versions(registry)
    aliases = registry.client.get_registered_model(registry.name).aliases
    assert str(aliases[CHAMPION]) == events[-1].version
    assert len({own.tags["bundle"] for own in versions}) == len(versions)
    assert all(version_folder(own).is_dir() for own in versions)


def compete(registry: Registry, folder: Path) -> None:
    champion = candidate(folder, 1)
    same = told(start(registry, folder, None, [champion] * AT_ONCE))
    assert same == {"promoted": 1, "already champion": AT_ONCE - 1}
    assert len(live_versions(registry)) == 1
    others = [candidate(folder, seed) for seed in range(2, 2 + AT_ONCE)]
    assert told(start(registry, folder, champion, others)) == {"promoted": 1, "overtaken": AT_ONCE - 1}
    assert len(live_versions(registry)) == 1 + AT_ONCE
    assert len(read_events(registry)) == 2
    check_whole(registry)


def test_of_processes_that_promote_at_once_on_one_machine_one_does(empty_mlflow: Path, tmp_path: Path) -> None:
    shutil.copy(empty_mlflow, tmp_path)
    compete(local_registry(tmp_path), tmp_path)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """MLflow's own server, with two workers on one database."""
    port = free_port("127.0.0.1", 5000)
    arguments = (
        *(sys.executable, "-m", "mlflow", "server", "--port", str(port), "--workers", "2"),
        *("--backend-store-uri", f"sqlite:///{tmp_path / 'server.db'}"),
        *("--artifacts-destination", str(tmp_path / "served")),
    )
    variables = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}
    command = ServerCommand("MLflow", arguments, f"http://127.0.0.1:{port}", "/health", variables)
    with started(command, tmp_path / "logs") as running:
        running.wait_until_ready(120)
        yield command.url


@pytest.mark.soak
def test_of_processes_that_promote_at_once_through_a_server_one_does(tmp_path: Path, server: str) -> None:
    compete(local_registry(tmp_path, server), tmp_path)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_promoters_killed_at_random_moments_leave_one_champion_and_whole_versions(tmp_path: Path) -> None:
    random, registry, kills, longest = Random(5), local_registry(tmp_path), 0, 0.0
    for round_number in range(20):
        bundles = [candidate(tmp_path, seed) for seed in (10 * round_number + 1, 10 * round_number + 2)]
        process = start(registry, tmp_path, None, bundles)
        began = wait_until_they_go(process)
        try:
            process.communicate(timeout=random.uniform(0, longest) if round_number else None)
        except subprocess.TimeoutExpired:
            for one in (*psutil.Process(process.pid).children(), process):
                one.kill()
        longest = max(longest, time.monotonic() - began)
        kills += process.wait() == -signal.SIGKILL
        mend(registry)
        events = read_events(registry)
        assert [event.number for event in events] == list(range(1, len(events) + 1))
        if events:
            check_whole(registry)
    assert kills > 3
    last = candidate(tmp_path, 999)
    champion = read_events(registry)[-1].fingerprint if read_events(registry) else None
    decision = judged(last).model_copy(update={"champion": champion})
    assert propose(last, decision, registry).outcome == "promoted"
    check_whole(registry)
