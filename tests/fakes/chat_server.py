"""A chat endpoint on loopback that pretends to translate, well or in many bad ways, and counts what it was sent.

A program of its own: it imports nothing of the project, and all that it counts it reads from the bytes it received.

    python tests/fakes/chat_server.py --key SECRET --seed 7 --rates '{"500": 0.1, "swapped": 0.05}'

It prints one line of JSON, ``{"url": "http://127.0.0.1:PORT"}``, and serves until it is ended. The protocol is that of
``/v1/chat/completions``; the message's last line must be JSON with ``turns``, of which those with a ``number`` are to
be translated. A translation is the text between brackets, and four digits that follow from the rest of the message: so
another language or another wording gives another text.

How it misbehaves, by name: ``400 401 403 404 408 413 429 500 502 503`` (``429-after`` and ``503-after``: with
Retry-After), ``quota``, ``filter``, ``toolong``; ``timeout`` (silence, then the end), ``reset``, ``truncated`` (half a
body), ``html`` (a page with status 200); ``count`` (a translation too few), ``more`` (one too many), ``swapped`` (two
numbers changed places), ``empty`` (no text), ``prose`` (words before the JSON), ``cut`` (half a reply that reached its
limit).
``fenced`` is a good reply between marks for code. First comes what the script says, one name a request (``good`` for
none), then what the rates say; these depend on seed, message and how often it came, not on the order of arrival.

``GET /admin/counts`` gives for each name, and ``good``: requests, characters of the turns to translate, tokens read and
written; ``GET /admin/repeats`` how often a message was answered well that had been answered well before.
``POST /admin/script`` and ``POST /admin/rates`` set these, ``POST /admin/reset`` forgets all of it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import socket
import struct
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

PATH = "/v1/chat/completions"
MODEL = "pretender-2026-01-02"
COUNTED = ("requests", "characters", "utterances", "input_tokens", "output_tokens")
PAGE = b"<html><body>The hotel's network asks you to sign in.</body></html>"


class Fake(ThreadingHTTPServer):
    """What the endpoint does, and what it has counted."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", options.port), Handler)
        self.key: str | None = options.key
        self.seed: int = options.seed
        self.silence: float = options.silence
        self.retry_after: str = options.retry_after
        self.latency: float = options.latency
        self.rates: dict[str, float] = json.loads(options.rates)
        self.script: list[str] = json.loads(options.script)
        self.lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.counts: dict[str, Counter[str]] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed hangs up; that is no news."""

    def reset(self) -> None:
        """Behave, and begin to count anew."""
        with self.lock:
            self.rates, self.script = {}, []
            self.seen.clear()
            self.answered.clear()
            self.counts.clear()

    def choose(self, message: str) -> str:
        """How to answer this message, this time."""
        digest = hashlib.sha256(message.encode()).hexdigest()
        with self.lock:
            self.seen[digest] += 1
            times = self.seen[digest]
            if self.script:
                return self.script.pop(0)
        drawn = Random(f"{self.seed} {digest} {times}").random()
        for name, rate in self.rates.items():
            drawn -= rate
            if drawn < 0:
                return name
        return "good"

    def count(self, name: str, message: str = "", **amounts: int) -> None:
        """Add one request to what ``name`` had."""
        with self.lock:
            if name in ("good", "fenced"):
                self.answered[message] += 1
            self.counts.setdefault(name, Counter()).update({"requests": 1, **amounts})

    def report(self) -> dict[str, Any]:
        """The counts so far."""
        with self.lock:
            return {name: {what: counts[what] for what in COUNTED} for name, counts in sorted(self.counts.items())}

    def repeats(self) -> int:
        """Good replies to messages that had one before."""
        with self.lock:
            return sum(count - 1 for count in self.answered.values())


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Fake

    def do_GET(self) -> None:
        if self.path == "/admin/counts":
            self.send(200, self.server.report())
        elif self.path == "/admin/repeats":
            self.send(200, self.server.repeats())
        else:
            self.send(404, failure("no such path"))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.startswith("/admin/"):
            self.configure(self.path.removeprefix("/admin/"), json.loads(body))
        elif self.path != PATH:
            self.send(404, failure("no such path"))
        elif self.server.key is not None and self.headers.get("Authorization") != f"Bearer {self.server.key}":
            self.server.count("unauthorised")
            self.send(401, failure("no such key"))
        else:
            self.complete(json.loads(body))

    def configure(self, what: str, value: Any) -> None:
        if what == "reset":
            self.server.reset()
        elif what in ("script", "rates"):
            with self.server.lock:
                setattr(self.server, what, value)
        else:
            self.send(404, failure("no such setting"))
            return
        self.send(200, {})

    def complete(self, request: dict[str, Any]) -> None:
        if (wrong := what_is_wrong(request)) is not None:
            self.server.count("malformed")
            self.send(400, failure(wrong))
            return
        message = request["messages"][0]["content"]
        texts = numbered_texts(message)
        how = self.server.choose(message)
        time.sleep(self.server.latency)
        reply, finish = written(how, message, texts)
        usage = {"prompt_tokens": len(message) // 4, "completion_tokens": len(reply) // 4}
        self.server.count(
            how,
            message,
            characters=sum(len(text) for text in texts),
            utterances=len(texts),
            input_tokens=usage["prompt_tokens"],
            output_tokens=usage["completion_tokens"],
        )
        self.answer(how, completion(reply, finish, usage))

    def answer(self, how: str, good: dict[str, Any]) -> None:
        status, _, extra = how.partition("-")
        if status.isdigit():
            headers = {"Retry-After": self.server.retry_after} if extra == "after" else {}
            self.send(int(status), failure(f"told to say {status} to {self.headers.get('Authorization')}"), headers)
        elif how == "quota":
            self.send(429, failure("pay first", "insufficient_quota"))
        elif how == "filter":
            self.send(400, failure("not that", "content_filter"))
        elif how == "toolong":
            self.send(400, failure("too many tokens", "context_length_exceeded"))
        elif how == "timeout":
            time.sleep(self.server.silence)
            self.close_connection = True
        elif how == "reset":
            self.reset()
        elif how == "html":
            self.send(200, PAGE)
        else:
            self.send(200, good, half=how == "truncated")

    def reset(self) -> None:
        """End the connection so that the other side gets an error and not an end."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def send(self, status: int, body: Any, headers: dict[str, str] | None = None, *, half: bool = False) -> None:
        content = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        kind = "text/html" if isinstance(body, bytes) else "application/json"
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if half else content)
        self.close_connection = self.close_connection or half

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def what_is_wrong(request: dict[str, Any]) -> str | None:
    """What the protocol forbids in the request; None: nothing."""
    messages = request.get("messages")
    if not request.get("model") or not isinstance(messages, list) or len(messages) != 1:
        return "a model and one message are expected"
    limit = request.get("max_tokens", request.get("max_completion_tokens"))
    if not isinstance(limit, int) or limit < 1:
        return "a limit of tokens is expected"
    form = request.get("response_format", {"type": "text"})
    if form.get("type") not in ("text", "json_object", "json_schema"):
        return "no such response_format"
    if form["type"] == "json_schema" and not isinstance(form.get("json_schema", {}).get("schema"), dict):
        return "json_schema needs a schema"
    try:
        numbered_texts(messages[0]["content"])
    except (ValueError, KeyError, TypeError):
        return "the last line is no JSON with turns"
    return None


def numbered_texts(message: str) -> list[str]:
    """The texts to translate: of the turns with a number, which must be 1, 2, 3, ..."""
    turns = [turn for turn in json.loads(message.rpartition("\n")[2])["turns"] if "number" in turn]
    if [turn["number"] for turn in turns] != list(range(1, len(turns) + 1)):
        raise ValueError("numbers out of order")
    return [turn["text"] for turn in turns]


def translation(text: str, message: str) -> str:
    """What the fake makes of ``text``."""
    return f"⟨{text}⟩{hashlib.sha256(message.rpartition(chr(10))[0].encode()).hexdigest()[:4]}"


def written(how: str, message: str, texts: list[str]) -> tuple[str, str]:
    """What the model writes, and why it ends."""
    entries: list[dict[str, Any]] = [
        {"number": number, "text": translation(text, message)} for number, text in enumerate(texts, start=1)
    ]
    if how == "count":
        entries.pop()
    elif how == "more":
        entries.append({"number": len(entries) + 1, "text": "⟨⟩"})
    elif how == "swapped":
        first, last = entries[0], entries[-1]
        first["number"], last["number"] = last["number"] + (first is last), first["number"] + (first is last)
    elif how == "empty":
        entries[-1]["text"] = " "
    reply = json.dumps({"translations": entries}, ensure_ascii=False)
    if how == "cut":
        return reply[: len(reply) // 2], "length"
    around = {"fenced": "```json\n{}\n```", "prose": "Here it is:\n{}"}.get(how, "{}")
    return around.replace("{}", reply), "stop"


def completion(text: str, finish: str, usage: dict[str, int]) -> dict[str, Any]:
    choice = {"index": 0, "finish_reason": finish, "message": {"role": "assistant", "content": text}}
    return {"id": "c-1", "object": "chat.completion", "created": 1, "model": MODEL, "choices": [choice], "usage": usage}


def failure(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "fake", "code": code}}


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description="A chat endpoint that pretends to translate.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", help="the only key that is taken; without it, any")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rates", default="{}", help="JSON: probability by name")
    parser.add_argument("--script", default="[]", help="JSON: names, one a request")
    parser.add_argument("--silence", type=float, default=2.0, help="seconds that a time-out lasts")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before any answer")
    parser.add_argument("--retry-after", default="0.05", help="what Retry-After says")
    server = Fake(parser.parse_args())
    sys.stdout.write(json.dumps({"url": f"http://127.0.0.1:{server.server_address[1]}"}) + "\n")
    sys.stdout.flush()
    server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
