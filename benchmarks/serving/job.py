"""What every contender of the serving is given: a bundle, texts, and how many ask at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.gate import Gate
from benchmarks.serving.load import LoadResult, put_load
from benchmarks.texts import read_texts
from crossprompt.settings import Settings
from crossprompt.storage.atomic import write_text_atomic
from infra.servers import Server


class ServingJob(Settings):
    """One contender's work."""

    bundle: Path
    tests: Path
    answers: Path
    """Where it writes its answers: the intent of each request, in their order."""
    clients: int
    requests: int
    """In one turn; an utterance each."""
    start_seconds: float = 300.0

    def read_requests(self) -> list[str]:
        """The texts that are asked, of all locales in turn."""
        rows = read_texts(self.tests).sort("id")["utt"]
        return [rows[number % len(rows)] for number in range(self.requests)]


IntentOf = Callable[[Any], str]
"""The intent in an answer, which is JSON."""


def take_turns(
    job: ServingJob, gate: Gate, server: Server, path: str, bodies: Sequence[bytes], intent_of: IntentOf
) -> None:
    """Once the server is ready, each turn asks all of ``bodies``; what is measured is the server.

    Raises:
        Finished: There are no more turns.
    """
    server.wait_until_ready(job.start_seconds)
    port = int(server.command.url.rpartition(":")[2])
    gate.count(server.process.pid)
    gate.start()
    while True:
        result = put_load(port, path, bodies, job.clients)
        _keep_answers(job, result, intent_of)
        gate.lap(len(bodies), p50_ms=1000 * result.percentile(0.5), p99_ms=1000 * result.percentile(0.99))


def _keep_answers(job: ServingJob, result: LoadResult, intent_of: IntentOf) -> None:
    write_text_atomic(job.answers, json.dumps([intent_of(json.loads(answer)) for answer in result.answers]))
