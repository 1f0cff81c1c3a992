"""Hostile requests never get a 5xx: what is malformed is refused with a reason, what is merely odd is answered."""

from __future__ import annotations

import json
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.crossprompt.serving.hostile import HostileRequest, hostile_requests
from tests.crossprompt.serving.running import Connection, running_service
from tests.crossprompt.serving.texts import odd_text

KINDS = 9
WORKERS = 4


def judge(request: HostileRequest, status: int, answer: dict) -> None:
    shown = (request.kind, request.body[:300], status, answer)
    if request.valid:
        assert status == 200, shown
        for own in answer["predictions"]:
            for slot in own["slots"]:
                assert own["text"][slot["start"] : slot["end"]] == slot["text"], shown
    else:
        assert 400 <= status < 500, shown
        assert len(answer["error"]) > 10, shown


def test_hostile_requests_are_answered_or_refused(client):
    seen = Counter()
    for request in hostile_requests(seed=1, count=90):
        response = client.post("/predict", content=request.body, headers=request.headers)
        judge(request, response.status_code, response.json())
        seen[request.kind] += 1
    assert len(seen) == KINDS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["utterances", "text", "locale"]) | st.text(), inner)
    ),
    max_leaves=20,
)


@settings(max_examples=40)
@given(value=JSON, wrapped=st.booleans())
def test_any_json_is_answered_or_refused(client, value, wrapped):
    body = json.dumps({"utterances": [{"text": value}]} if wrapped else value)
    response = client.post("/predict", content=body, headers={"Content-Type": "application/json"})
    asked = isinstance(value, str) and wrapped and len(value.strip()) > 0 and len(value) <= 2000
    assert response.status_code == (200 if asked else 422)


@settings(max_examples=40)
@given(
    headers=st.dictionaries(
        st.sampled_from(["Content-Type", "Authorization", "Accept", "X-Any"]), st.binary(max_size=60)
    )
)
def test_any_headers_are_taken(client, headers):
    clean = {name: bytes(b for b in value if b not in b"\r\n\0") for name, value in headers.items()}
    for method, path in (("POST", "/predict"), ("GET", "/metrics")):
        assert client.request(method, path, content=b"{}", headers=clean).status_code < 500


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_ten_thousand_hostile_requests_to_a_running_service(bundle_folder):
    seen = Counter()
    with running_service("--bundle", str(bundle_folder)) as service, ThreadPoolExecutor(WORKERS) as pool:
        for counted in pool.map(lambda seed: _send_all(service.port, seed, 10_000 // WORKERS), range(WORKERS)):
            seen += counted
        assert service.stop() == 0
    assert sum(seen.values()) == 10_000
    assert len(seen) == KINDS


def _send_all(port: int, seed: int, count: int) -> Counter[str]:
    seen: Counter[str] = Counter()
    connection = Connection(port)
    for request in hostile_requests(100 + seed, count):
        judge(request, *connection.post(request.body, request.headers))
        seen[request.kind] += 1
    return seen


def test_odd_texts_are_of_many_writing_systems():
    draw = random.Random(0)
    texts = [odd_text(draw) for _ in range(300)]
    assert all(text.strip() for text in texts)
    assert len({ord(c) >> 8 for text in texts for c in text}) > 100
    assert not any("\ud800" <= c <= "\udfff" for text in texts for c in text)
