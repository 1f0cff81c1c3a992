"""``mlflow models serve`` of the same bundle, as plain as it comes."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from benchmarks.gate import Gate
from benchmarks.serving.job import ServingJob, take_turns
from infra.registry_model import save_model
from infra.servers import ServerCommand, free_port, started

HOST = "127.0.0.1"


def run(options: dict[str, Any], gate: Gate) -> None:
    """Each turn asks all requests of MLflow's server."""
    job = ServingJob.parse(options, "serving")
    model = job.answers.with_suffix(".model")
    save_model(job.bundle, model)
    port = free_port(HOST, 0)
    program = Path(sys.executable).with_name("mlflow")
    serve = ("models", "serve", "--model-uri", str(model), "--host", HOST, "--port", str(port))
    command = ServerCommand(
        name="MLflow",
        arguments=(str(program), *serve, "--env-manager", "local"),
        url=f"http://{HOST}:{port}",
        ready_path="/ping",
    )
    bodies = [json.dumps({"inputs": [{"text": text}]}).encode() for text in job.read_requests()]
    with started(command, job.answers.parent) as server:
        take_turns(job, gate, server, "/invocations", bodies, _intent)


def _intent(answer: Any) -> str:
    return str(answer["predictions"][0]["intents"][0]["intent"])
