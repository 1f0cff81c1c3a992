"""Starts a fake service as the program that it is, and asks it what it has counted."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

FOLDER = Path(__file__).resolve().parent
_DIRECT = build_opener(ProxyHandler({}))


@dataclass(frozen=True)
class RunningFake:
    """A fake that serves at ``url``."""

    url: str

    def get(self, path: str) -> Any:
        """The JSON at ``path``."""
        with _DIRECT.open(f"{self.url}{path}", timeout=10) as response:
            return json.load(response)

    def post(self, path: str, value: Any) -> Any:
        """Send JSON to ``path``."""
        request = Request(f"{self.url}{path}", json.dumps(value).encode(), {"Content-Type": "application/json"})
        with _DIRECT.open(request, timeout=10) as response:
            return json.load(response)


@contextmanager
def running(program: str, *arguments: str) -> Iterator[RunningFake]:
    """The fake of that file name, until the context ends."""
    command = [sys.executable, "-I", str(FOLDER / program), *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield RunningFake(json.loads(process.stdout.readline())["url"])
        finally:
            process.kill()
