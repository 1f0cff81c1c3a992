"""Local web servers as context managers: started under a guard, waited for, and never left behind."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from infra import guard

POLL_SECONDS = 0.2
STOP_SECONDS = guard.GRACE_SECONDS + 5
LOG_LINES = 12
"""How much of a server's log an error shows."""


class ServerError(RuntimeError):
    """A server did not start or does not answer; the message names it and shows the end of its log."""


@dataclass(frozen=True)
class ServerCommand:
    """How a server is started and recognised."""

    name: str
    arguments: tuple[str, ...]
    url: str
    """Its address, ``http://host:port``."""
    ready_path: str
    """What answers with status 200 as soon as the server can be used, such as ``/health``."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables set on top of this process's own."""


@dataclass(frozen=True)
class Server:
    """A started server."""

    command: ServerCommand
    process: subprocess.Popen[bytes]
    log: Path

    def answers(self) -> bool:
        """Whether the server answers at its ready path, now."""
        return answers(self.command.url + self.command.ready_path)

    def wait_until_ready(self, seconds: float) -> None:
        """Return when the server answers.

        Raises:
            ServerError: It ended, or did not answer within ``seconds``.
        """
        deadline = time.monotonic() + seconds
        while not self.answers():
            if self.process.poll() is not None:
                raise ServerError(f"{self.command.name} ended at once (log: {self.log}):\n{self._end_of_log()}")
            if time.monotonic() > deadline:
                raise ServerError(
                    f"{self.command.name} gave no answer at {self.command.url} within {seconds:.0f} s "
                    f"(log: {self.log}):\n{self._end_of_log()}"
                )
            time.sleep(POLL_SECONDS)

    def _end_of_log(self) -> str:
        lines = self.log.read_text(encoding="utf-8", errors="replace").splitlines()
        return "\n".join(lines[-LOG_LINES:])


@contextmanager
def started(command: ServerCommand, logs: Path) -> Iterator[Server]:
    """Start a server, its output going to a file in ``logs``; on leaving, end it and all that it started.

    It also ends when this process dies without leaving the context (see ``infra.guard``).
    """
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{command.name.lower()}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, guard.__file__, *command.arguments],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **command.environment},
            start_new_session=True,
        )
    try:
        yield Server(command, process, log)
    finally:
        _end(process)


def answers(address: str) -> bool:
    """Whether ``address`` answers with status 200, now."""
    try:
        with urllib.request.urlopen(address, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """Close the guard's input, which ends the server, and wait for it."""
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port(host: str, preferred: int) -> int:
    """``preferred`` if nobody listens there, else a port that the system gives."""
    for port in (preferred, 0):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise ServerError(f"no port can be opened on {host}: is the address one of this machine?")
