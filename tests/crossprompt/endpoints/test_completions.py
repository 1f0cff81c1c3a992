"""One attempt, and what came of it, against the fake endpoint. The chat baselines' tests have more of this."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from crossprompt.endpoints.completions import CompletionEndpoint
from crossprompt.endpoints.connection import Connection
from crossprompt.endpoints.outcome import Completion, Trouble, TroubleKind
from tests.fakes.process import RunningFake, running

KEY = "sk-test-77c0ffee19d2"
MESSAGE = json.dumps({"turns": [{"number": 1, "speaker": "USER", "text": "Hello"}]})
Ask = Callable[[str], Completion | Trouble]


@pytest.fixture(scope="module")
def fake() -> Iterator[RunningFake]:
    with running("chat_server.py", "--key", KEY, "--silence", "1", "--retry-after", "7") as started:
        yield started


@pytest.fixture
def ask(fake: RunningFake, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Asks once, and the fake answers in the way that is named."""
    monkeypatch.setenv("FAKE_KEY", KEY)
    connection = Connection(f"{fake.url}/v1", "pretender", "FAKE_KEY", 0.5, "max_tokens", "chat")
    with CompletionEndpoint(connection) as endpoint:

        def once(how: str) -> Completion | Trouble:
            fake.post("/admin/script", [how])
            return endpoint.complete(MESSAGE, max_output_tokens=64, response_format={"type": "json_object"})

        yield once


def test_a_completion_has_its_text_and_tokens(ask: Ask) -> None:
    found = ask("good")
    assert isinstance(found, Completion)
    assert json.loads(found.text)["translations"][0]["number"] == 1
    assert (found.finish, found.model) == ("stop", "pretender-2026-01-02")
    assert (found.input_tokens, found.output_tokens) == (len(MESSAGE) // 4, len(found.text) // 4)


@pytest.mark.parametrize(
    ("how", "kind", "reason", "wait"),
    [
        ("400", TroubleKind.REQUEST, "status_400", None),
        ("401", TroubleKind.KEY, "status_401", None),
        ("403", TroubleKind.KEY, "status_403", None),
        ("404", TroubleKind.ADDRESS, "status_404", None),
        ("408", TroubleKind.PASSING, "status_408", None),
        ("413", TroubleKind.TOO_LARGE, "too_large", None),
        ("filter", TroubleKind.FILTER, "filtered", None),
        ("toolong", TroubleKind.TOO_LARGE, "too_large", None),
        ("429", TroubleKind.PASSING, "status_429", None),
        ("429-after", TroubleKind.PASSING, "status_429", 7.0),
        ("503-after", TroubleKind.PASSING, "status_503", 7.0),
        ("500", TroubleKind.PASSING, "status_500", None),
        ("quota", TroubleKind.QUOTA, "no_quota", None),
        ("timeout", TroubleKind.PASSING, "timeout", None),
        ("reset", TroubleKind.PASSING, "no_connection", None),
        ("truncated", TroubleKind.PASSING, "no_connection", None),
        ("html", TroubleKind.PASSING, "no_completion", None),
    ],
)
def test_trouble_says_what_can_be_done(ask: Ask, how: str, kind: TroubleKind, reason: str, wait: float | None) -> None:
    found = ask(how)
    assert isinstance(found, Trouble)
    assert (found.kind, found.reason, found.retry_after) == (kind, reason, wait)
    assert KEY not in found.message
