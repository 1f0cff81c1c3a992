"""``crossprompt serve``."""

from __future__ import annotations

import json
import sys
from typing import Any

from benchmarks.gate import Gate
from benchmarks.serving.job import ServingJob, take_turns
from infra.servers import ServerCommand, free_port, started

HOST = "127.0.0.1"


def run(options: dict[str, Any], gate: Gate) -> None:
    """Each turn asks all requests of the service, as its defaults have it."""
    job = ServingJob.parse(options, "serving")
    port = free_port(HOST, 0)
    serve = ("serve", "--bundle", str(job.bundle), "--host", HOST, "--port", str(port))
    command = ServerCommand(
        name="CrossPrompt",
        arguments=(sys.executable, "-m", "console.main", *serve),
        url=f"http://{HOST}:{port}",
        ready_path="/healthz",
    )
    bodies = [json.dumps({"utterances": [{"text": text}]}).encode() for text in job.read_requests()]
    with started(command, job.answers.parent) as server:
        take_turns(job, gate, server, "/predict", bodies, _intent)


def _intent(answer: Any) -> str:
    return str(answer["predictions"][0]["intents"][0]["intent"])
