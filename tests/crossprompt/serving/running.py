"""The service as people start it: ``crossprompt serve`` in a process of its own, and a plain client."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from crossprompt.serving.app import make_app
from crossprompt.serving.holder import FoundChampion
from crossprompt.serving.records import State
from crossprompt.serving.service import Service
from crossprompt.serving.settings import ServingSettings
from tests.conftest import ROOT
from tests.crossprompt.serving.conftest import wait_until

START_SECONDS, STOP_SECONDS = 120, 60


@dataclass
class RunningService:
    """A process that serves on ``port``; ``lines`` are what it has printed."""

    process: subprocess.Popen[str]
    port: int = 0
    lines: list[str] = field(default_factory=list)

    def tell_to_stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    def stop(self) -> int:
        """Its exit code once it has ended."""
        self.tell_to_stop()
        return self.process.wait(STOP_SECONDS)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())


@contextmanager
def running_service(*arguments: str, **environment: str) -> Iterator[RunningService]:
    """``crossprompt serve`` on a port that the system gives, when it says that it is ready."""
    command = [sys.executable, "-m", "console.main", "serve", "--port", "0", *arguments]
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1", **environment},
    )
    service = RunningService(process)
    reader = threading.Thread(target=service.read, daemon=True)
    try:
        service.port = _wait_for_port(service, reader)
        yield service
    finally:
        process.kill()
        process.wait()
        reader.join(STOP_SECONDS)


def _wait_for_port(service: RunningService, reader: threading.Thread) -> int:
    patience = threading.Timer(START_SECONDS, service.process.kill)
    patience.start()
    reader.start()
    try:
        while service.process.poll() is None:
            for line in service.lines:
                if found := re.search(r"^Demo page .*:(\d+)/$", line):
                    return int(found.group(1))
            reader.join(0.05)
    finally:
        patience.cancel()
    raise AssertionError("the service ended: " + "\n".join(service.lines))


class Connection:
    """A connection to a service on this machine that is kept open, as clients keep theirs."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(self, body: bytes, headers: dict[str, str] | None = None) -> tuple[int, Any]:
        """Status and answer of a request to ``/predict``."""
        self._connection.request("POST", "/predict", body, headers or {"Content-Type": "application/json"})
        response = self._connection.getresponse()
        return response.status, json.loads(response.read())

    def get(self, path: str) -> tuple[int, str]:
        self._connection.request("GET", path)
        response = self._connection.getresponse()
        return response.status, response.read().decode()

    def ask(self, *texts: str, **more: Any) -> tuple[int, Any]:
        return self.post(json.dumps({"utterances": [{"text": text} for text in texts], **more}).encode())


class Served:
    """A service in a thread of this process; inside, its address."""

    def __init__(self, folder: Path, token: str | None = None, settings: ServingSettings | None = None) -> None:
        self.service = Service(lambda: FoundChampion(folder, "7"), settings or ServingSettings())
        config = uvicorn.Config(make_app(self.service, token), port=0, log_config=None, access_log=False)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run)

    def __enter__(self) -> str:
        self.thread.start()
        wait_until(lambda: self.server.started and self.service.state is State.READY)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join()
