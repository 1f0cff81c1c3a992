"""A Cloud Translation v3 on loopback that pretends to translate, well or in many bad ways, and counts what it was sent.

A program of its own: it imports nothing of the project, and all that it counts it reads from the bytes it received.

    python tests/fakes/google_server.py --seed 7 --rates '{"500": 0.1, "truncated": 0.05}'

It prints one line of JSON, ``{"url": "http://127.0.0.1:PORT"}``, and serves until it is ended. ``translateText``
answers the target's code, a colon and the text with its letters rotated (``sw: Uryyb``; ``sw*: Uryyb`` with a
glossary); what stands between ``&`` and ``;`` is left alone. Asked for HTML it escapes, as the service does.

How it misbehaves, by name: ``400 401 403 404 408 413 429 500 502 503 504`` (``429-after`` and ``503-after``: with
Retry-After; ``429-info``: with a RetryInfo detail), ``rate`` and ``daily`` (a 403 that means a spent quota),
``precondition`` (a 400 that no call escapes), ``redirect``, ``page`` (a 503 in HTML), ``gateway`` and ``list`` (a 502
and a 503 in JSON of another form), ``echo`` (a 400 that repeats the Authorization header); ``timeout`` (silence, then
the end), ``reset``; and with status 200 ``truncated`` (half a body), ``half`` (half the JSON, its length told right),
``html`` (a page), ``count`` (a translation too few). First comes what the script says, one name a request (``good`` for
none), then what the rates say; these depend on seed, request and how often it came, not on the order of arrival.

``GET /admin/counts`` gives for each name, and ``good``: requests, contents, and characters, which are code points of
contents. The service bills what is ``good``. What was answered 200 but did not arrive whole or right (``truncated``,
``half``, ``html``, ``count``) it may have billed as well: a client can't know, so that is counted by itself.
``GET /admin/repeats`` is how often a request was answered well that had been answered well before, ``GET /admin/last``
the last request, ``GET /admin/peak`` the most that were open at once. ``POST /admin/script`` and ``POST /admin/rates``
set these.
"""

from __future__ import annotations

import argparse
import codecs
import hashlib
import html
import json
import re
import socket
import struct
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any

MOST_CONTENTS, MOST_CHARACTERS = 1024, 30_000
PATH = re.compile(r"/v3/projects/[^/]+/locations/[^/]+:translateText(\?.*)?")
STATUSES = {
    400: "INVALID_ARGUMENT",
    401: "UNAUTHENTICATED",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    408: "CANCELLED",
    413: "INVALID_ARGUMENT",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    502: "UNAVAILABLE",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
FOREIGN: dict[str, tuple[int, Any]] = {"gateway": (502, {"error": "bad gateway"}), "list": (503, ["unavailable"])}
OWN = ("429-after", "503-after", "429-info", "rate", "daily", "precondition", "redirect", "page", "echo", *FOREIGN)
BROKEN = ("truncated", "half", "html", "count")
NAMES = frozenset({*map(str, STATUSES), *OWN, "timeout", "reset", *BROKEN, "good"})
PAGE = b"<!doctype html><title>Welcome</title><p>Please accept the terms of this network."
RETRY_INFO = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "2.500s"}
QUOTAS = {"rate": "userRateLimitExceeded", "daily": "dailyLimitExceeded"}


class Fake(ThreadingHTTPServer):
    """What the service does, and what it has counted."""

    daemon_threads = True
    request_queue_size = 256

    def __init__(self, options: argparse.Namespace) -> None:
        super().__init__(("127.0.0.1", options.port), Handler)
        self.options = options
        self.rates: dict[str, float] = known(json.loads(options.rates))
        self.script: list[str] = known(json.loads(options.script))
        self.lock = threading.Lock()
        self.seen: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.counts: dict[str, Counter[str]] = {}
        self.last: dict[str, Any] = {}
        self.open = 0
        self.peak = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that was killed hangs up; that is no news."""

    def choose(self, digest: str) -> str:
        """How to answer this request, this time."""
        with self.lock:
            self.seen[digest] += 1
            if self.script:
                return self.script.pop(0)
            names, weights = list(self.rates), list(self.rates.values())
            draw = Random(f"{self.options.seed} {digest} {self.seen[digest]}")
        return draw.choices([*names, "good"], [*weights, max(0.0, 1 - sum(weights))])[0]

    def count(self, name: str, digest: str, contents: list[str]) -> None:
        """Add a request to what is answered in this way."""
        with self.lock:
            counter = self.counts.setdefault(name, Counter())
            counter.update(requests=1, contents=len(contents), characters=characters(contents))
            self.answered[digest] += name == "good"

    def report(self, what: str) -> Any:
        """What ``/admin/<what>`` tells; None if there is no such thing."""
        with self.lock:
            repeats = sum(count - 1 for count in self.answered.values() if count)
            return {"counts": self.counts, "repeats": repeats, "last": self.last, "peak": self.peak}.get(what)


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    server: Fake

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is logged."""

    def do_GET(self) -> None:
        report = self.server.report(self.path.removeprefix("/admin/"))
        self.send_json(404 if report is None else 200, report)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path in ("/admin/script", "/admin/rates"):
            with self.server.lock:
                setattr(self.server, self.path.removeprefix("/admin/"), known(json.loads(body)))
            self.send_json(200, {})
        elif PATH.fullmatch(self.path):
            self.translate_text(body)
        else:
            self.refuse(404, f"there is nothing at {self.path}")

    def translate_text(self, body: bytes) -> None:
        request, server = json.loads(body.decode("utf-8")), self.server
        with server.lock:
            server.open += 1
            server.peak = max(server.peak, server.open)
            headers = {name.lower(): value for name, value in self.headers.items()}
            server.last = {"body": request, "path": self.path, "headers": headers}
        try:
            time.sleep(server.options.latency)
            self.answer(request, hashlib.sha256(body).hexdigest())
        finally:
            with server.lock:
                server.open -= 1

    def answer(self, request: dict[str, Any], digest: str) -> None:
        contents = request.get("contents", [])
        complaint = check(request)
        name = "400" if complaint else self.server.choose(digest)
        self.server.count(name, digest, contents)
        if complaint:
            self.refuse(400, complaint)
        elif name == "good" or name in BROKEN:
            self.give(request, name)
        elif name == "timeout":
            time.sleep(self.server.options.silence)
            self.close_connection = True
        elif name == "reset":
            self.reset()
        else:
            self.fail(name)

    def give(self, request: dict[str, Any], name: str) -> None:
        reply = translations(request)
        if name == "count":
            reply = {field: items[:-1] for field, items in reply.items()}
        content = json.dumps(reply, ensure_ascii=False).encode()
        if name == "half":
            content = content[: len(content) // 2]
        if name == "html":
            self.send(200, PAGE, {"Content-Type": "text/html"})
        else:
            self.send(200, content, whole=name != "truncated")

    def fail(self, name: str) -> None:
        wait = {"Retry-After": self.server.options.retry_after} if name.endswith("-after") else {}
        if name == "redirect":
            self.send(307, b"", {"Location": f"{self.server.url}{self.path}"})
        elif name == "page":
            self.send(503, PAGE, {"Content-Type": "text/html"})
        elif name in FOREIGN:
            self.send_json(*FOREIGN[name])
        elif name == "echo":
            self.refuse(400, f"who is {self.headers.get('Authorization')}?")
        elif name == "precondition":
            self.refuse(400, "the project has no billing account", status="FAILED_PRECONDITION")
        elif name in QUOTAS:
            self.refuse(403, f"{name} limit exceeded", errors=[{"reason": QUOTAS[name]}])
        else:
            details = {"details": [RETRY_INFO]} if name.endswith("-info") else {}
            self.refuse(int(name[:3]), f"this is a {name[:3]}", wait, **details)

    def refuse(self, code: int, message: str, headers: dict[str, str] | None = None, **extra: Any) -> None:
        error = {"code": code, "message": message, "status": STATUSES[code], **extra}
        self.send_json(code, {"error": error}, headers)

    def reset(self) -> None:
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def send_json(self, code: int, content: Any, headers: dict[str, str] | None = None) -> None:
        self.send(code, json.dumps(content).encode(), headers)

    def send(self, code: int, content: bytes, headers: dict[str, str] | None = None, *, whole: bool = True) -> None:
        self.send_response(code)
        usual = {"Content-Type": "application/json; charset=UTF-8", "Content-Length": str(len(content))}
        for name, value in {**usual, **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content if whole else content[: len(content) // 2])
        self.close_connection = self.close_connection or not whole


def characters(contents: list[str]) -> int:
    """What the service bills: code points."""
    return sum(len(text) for text in contents)


def check(request: dict[str, Any]) -> str:
    """Why the service would not take the request; empty if it would."""
    contents = request.get("contents", [])
    if not 1 <= len(contents) <= MOST_CONTENTS:
        return f"{len(contents)} contents; there may be 1 to {MOST_CONTENTS}"
    if characters(contents) > MOST_CHARACTERS:
        return f"Text is too long: {characters(contents)} code points, there may be {MOST_CHARACTERS}."
    return "" if request.get("targetLanguageCode") else "there is no target language"


def translations(request: dict[str, Any]) -> dict[str, list[dict[str, str]]]:
    """The reply to a request, as the service gives it."""
    target, mime_type = request["targetLanguageCode"], request.get("mimeType", "text/html")
    plain = [{"translatedText": translate(text, target, mime_type)} for text in request["contents"]]
    if "glossaryConfig" not in request:
        return {"translations": plain}
    own = [{"translatedText": translate(text, f"{target}*", mime_type)} for text in request["contents"]]
    return {"translations": plain, "glossaryTranslations": own}


def translate(text: str, target: str, mime_type: str) -> str:
    """``text`` with its letters rotated, after the target's code."""
    pieces = re.split(r"(&#?\w+;)", text)
    rotated = "".join(piece if number % 2 else codecs.encode(piece, "rot13") for number, piece in enumerate(pieces))
    result = f"{target}: {rotated}"
    return html.escape(result) if mime_type == "text/html" else result


def known(names: Any) -> Any:
    """``names``, a list or an object, if it names only what there is."""
    unknown = set(names) - NAMES
    if unknown:
        raise ValueError(f"no such misbehaviour: {', '.join(sorted(unknown))}; there are {', '.join(sorted(NAMES))}")
    return names


def main() -> None:
    """Serve until ended."""
    parser = argparse.ArgumentParser(description="A stand-in for Cloud Translation v3 on loopback.")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rates", default="{}", help="JSON: probability by name")
    parser.add_argument("--script", default="[]", help="JSON: names, one a request")
    parser.add_argument("--silence", type=float, default=2.0, help="seconds that a time-out lasts")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before any answer")
    parser.add_argument("--retry-after", default="0.05", help="what Retry-After says")
    fake = Fake(parser.parse_args())
    print(json.dumps({"url": fake.url}), flush=True)
    fake.serve_forever(poll_interval=0.02)


if __name__ == "__main__":
    main()
