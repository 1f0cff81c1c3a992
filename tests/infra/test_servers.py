"""Servers start, answer, and are gone afterwards, however their parent ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from infra.servers import ServerCommand, ServerError, free_port, started

FAMILY = """
import subprocess, sys, http.server
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
open(sys.argv[2], "w").write(str(child.pid))
http.server.ThreadingHTTPServer(("127.0.0.1", int(sys.argv[1])), http.server.SimpleHTTPRequestHandler).serve_forever()
"""
"""A web server that has started another process."""

PARENT = """
import sys, time
from pathlib import Path
from infra.servers import ServerCommand, started
command = ServerCommand("Family", tuple(sys.argv[3:]), sys.argv[1], "/")
with started(command, Path(sys.argv[2])) as server:
    server.wait_until_ready(60)
    print("ready", flush=True)
    time.sleep(600)
"""


def family(folder: Path) -> tuple[ServerCommand, Path]:
    port, pid_file = free_port("127.0.0.1", 18765), folder / "grandchild"
    arguments = (sys.executable, "-c", FAMILY, str(port), str(pid_file))
    return ServerCommand("Family", arguments, f"http://127.0.0.1:{port}", "/"), pid_file


def gone(pid: int, seconds: float = 60) -> bool:
    """Whether the process ends in time (a zombie, which only waits to be collected, has ended)."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.1)
    return False


def test_a_server_answers_and_is_gone_with_its_children_afterwards(tmp_path: Path) -> None:
    command, pid_file = family(tmp_path)
    with started(command, tmp_path) as server:
        server.wait_until_ready(60)
        assert server.answers()
    assert not server.answers()
    assert gone(int(pid_file.read_text()))


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_stays_when_the_parent_is_killed(tmp_path: Path, number: signal.Signals) -> None:
    command, pid_file = family(tmp_path)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, command.url, str(tmp_path), *command.arguments],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert parent.stdout is not None
    assert parent.stdout.readline() == "ready\n"
    descendants = [child.pid for child in psutil.Process(parent.pid).children(recursive=True)]
    assert int(pid_file.read_text()) in descendants
    os.kill(parent.pid, number)
    parent.wait(60)
    parent.stdout.close()
    assert all(gone(pid) for pid in descendants)


def test_a_server_that_ends_at_once_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    command = ServerCommand(
        "Broken", (sys.executable, "-c", "raise SystemExit('no such store')"), "http://x.invalid", "/"
    )
    with started(command, tmp_path) as server, pytest.raises(ServerError, match=r"(?s)Broken ended .*no such store"):
        server.wait_until_ready(60)


def test_a_server_that_never_answers_is_an_error_that_names_its_address(tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port('127.0.0.1', 18766)}"
    command = ServerCommand("Mute", (sys.executable, "-c", "import time; time.sleep(60)"), address, "/")
    with started(command, tmp_path) as server, pytest.raises(ServerError, match=rf"Mute gave no answer at {address}"):
        server.wait_until_ready(1)
