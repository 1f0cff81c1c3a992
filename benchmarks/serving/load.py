"""Clients that ask one server at the same time, each as soon as it has its last answer."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass


class LoadError(RuntimeError):
    """A request was not answered as it must be."""


@dataclass(frozen=True, slots=True)
class LoadResult:
    """What the clients saw: the seconds of each request, and its answer, in the order of the requests."""

    seconds: tuple[float, ...]
    answers: tuple[bytes, ...]

    def percentile(self, share: float) -> float:
        """The seconds that so large a ``share`` of the requests did not exceed (nearest rank)."""
        ranked = sorted(self.seconds)
        return ranked[max(0, math.ceil(share * len(ranked)) - 1)]


def put_load(port: int, path: str, bodies: Sequence[bytes], clients: int) -> LoadResult:
    """POST every one of ``bodies`` (JSON) to a server on this machine, ``clients`` of them at a time.

    Raises:
        LoadError: An answer has another status than 200, or a connection breaks.
    """
    return asyncio.run(_put_load(port, path, bodies, clients))


async def _put_load(port: int, path: str, bodies: Sequence[bytes], clients: int) -> LoadResult:
    waiting = deque(range(len(bodies)))
    seconds, answers = [0.0] * len(bodies), [b""] * len(bodies)

    async def client() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while waiting:
            number = waiting.popleft()
            began = time.perf_counter()
            writer.write(_head(path, port, bodies[number]) + bodies[number])
            answers[number] = await _answer(reader)
            seconds[number] = time.perf_counter() - began
        writer.close()

    try:
        await asyncio.gather(*(client() for _ in range(min(clients, len(bodies)))))
    except (OSError, asyncio.IncompleteReadError) as error:
        raise LoadError(f"a connection broke: {error!r}") from error
    return LoadResult(tuple(seconds), tuple(answers))


def _head(path: str, port: int, body: bytes) -> bytes:
    lines = (f"POST {path} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Content-Type: application/json")
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode()


async def _answer(reader: asyncio.StreamReader) -> bytes:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
    status, _, fields = head.partition("\r\n")
    length = next((line.partition(":")[2] for line in fields.split("\r\n") if line.startswith("content-length:")), "0")
    body = await reader.readexactly(int(length))
    if " 200" not in status:
        raise LoadError(f"answered {status!r}: {body[:300]!r}")
    return body
