"""Write points are numbered in order, logged on request, and kill at exactly the one that is named."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from crossprompt.storage.faults import FAULT, WRITE_LOG
from tests.conftest import ROOT

THREE_WRITES = """
import sys
from pathlib import Path
from crossprompt.storage.atomic import write_text_atomic
folder = Path(sys.argv[1])
for name in ("one", "two", "one"):
    print(name, flush=True)
    write_text_atomic(folder / name, "new")
"""


def write_three(folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Write the files one, two and one again in a process of their own."""
    environment = {name: value for name, value in os.environ.items() if name not in (FAULT, WRITE_LOG)}
    environment |= {"PYTHONPATH": str(ROOT), **variables}
    command = [sys.executable, "-c", THREE_WRITES, str(folder)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_nothing_happens_unless_it_is_asked_for(tmp_path: Path) -> None:
    assert write_three(tmp_path).returncode == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one", "two"]


def test_the_log_names_every_write_in_order_and_goes_on_over_processes(tmp_path: Path) -> None:
    log = tmp_path / "log"
    for _ in range(2):
        assert write_three(tmp_path / "files", **{WRITE_LOG: str(log)}).returncode == 0
    assert log.read_text().split() == ["one", "two", "one"] * 2


@pytest.mark.parametrize(
    ("fault", "begun", "left"),
    [
        ("1:before", ["one"], {}),
        ("1:after", ["one"], {"one": "new"}),
        ("2:before", ["one", "two"], {"one": "new"}),
        ("3:after", ["one", "two", "one"], {"one": "new", "two": "new"}),
    ],
)
def test_a_fault_kills_before_or_after_the_write_that_it_numbers(
    tmp_path: Path, fault: str, begun: list[str], left: dict[str, str]
) -> None:
    killed = write_three(tmp_path, **{FAULT: fault})
    assert killed.returncode == -signal.SIGKILL
    assert killed.stdout.split() == begun
    assert {path.name: path.read_text() for path in tmp_path.iterdir() if path.suffix != ".part"} == left


@pytest.mark.parametrize("fault", ["4:before", "0:after", "2", "", "two:before"])
def test_a_fault_that_names_no_write_kills_nothing(tmp_path: Path, fault: str) -> None:
    assert write_three(tmp_path, **{FAULT: fault}).returncode == 0


def test_a_kill_before_a_write_leaves_the_old_file(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("old")
    assert write_three(tmp_path, **{FAULT: "1:before"}).returncode == -signal.SIGKILL
    assert (tmp_path / "one").read_text() == "old"
    assert write_three(tmp_path).returncode == 0
    assert (tmp_path / "one").read_text() == "new"
