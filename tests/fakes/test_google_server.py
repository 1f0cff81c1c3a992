"""The fake itself: the standard library alone, and faults that don't depend on the order of requests."""

from __future__ import annotations

import ast
import json
import sys
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener

from tests.fakes import google_server
from tests.fakes.process import RunningFake, running

_DIRECT = build_opener(ProxyHandler({}))
RATES = json.dumps({"500": 0.3, "400": 0.2, "count": 0.2})


def ask(fake: RunningFake, *contents: str) -> int | str:
    """The status, or the text of the first translation."""
    body = {"contents": contents, "targetLanguageCode": "sw", "mimeType": "text/plain"}
    path = f"{fake.url}/v3/projects/p1/locations/global:translateText"
    try:
        with _DIRECT.open(Request(path, json.dumps(body).encode()), timeout=10) as response:
            found = json.load(response)["translations"]
    except HTTPError as error:
        return error.code
    return str(found[0]["translatedText"]) if found else "nothing"


def test_it_imports_nothing_but_the_standard_library() -> None:
    tree = ast.parse(Path(google_server.__file__).read_text(encoding="utf-8"))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= sys.stdlib_module_names


def test_the_order_of_requests_decides_no_fault() -> None:
    texts = [f"text {number}" for number in range(30)]
    with running("google_server.py", "--seed", "4", "--rates", RATES) as fake:
        first = {text: ask(fake, text) for text in texts}
    with running("google_server.py", "--seed", "4", "--rates", RATES) as fake:
        again = {text: ask(fake, text) for text in reversed(texts)}
    assert first == again
    assert {500, 400, "nothing"} < set(first.values())


def test_it_counts_code_points_of_what_it_received() -> None:
    with running("google_server.py", "--script", '["429", "good", "good"]') as fake:
        assert [ask(fake, "né😀", "e\u0301"), ask(fake, "né😀"), ask(fake, "né😀")] == [429, "sw: aé😀", "sw: aé😀"]
        counts = fake.get("/admin/counts")
        assert counts["429"] == {"requests": 1, "contents": 2, "characters": 5}
        assert counts["good"] == {"requests": 2, "contents": 2, "characters": 6}
        assert fake.get("/admin/repeats") == 1


def test_what_the_service_refuses_it_refuses() -> None:
    with running("google_server.py") as fake:
        assert [ask(fake), ask(fake, *["x"] * 1025), ask(fake, "x" * 30_001)] == [400, 400, 400]
        assert ask(fake, "x" * 30_000) == "sw: " + "k" * 30_000
