from __future__ import annotations

import logging
import traceback

import pytest

from crossprompt.chat.endpoint import Endpoint
from crossprompt.chat.errors import ChatError, TransientError
from crossprompt.chat.question import Answer, Question
from crossprompt.endpoints.completions import HIDDEN
from crossprompt.settings import SettingsError
from tests.crossprompt.chat.conftest import KEY, VARIABLE, Configure
from tests.crossprompt.chat.stub import MODEL, Stub

QUESTION = Question("parrot", "Intents: a, b.\n", "Utterance: hello", 0.0, 64)


def ask(configure: Configure, question: Question = QUESTION, **changes: object) -> Answer:
    with Endpoint(configure(**changes)) as endpoint:
        return endpoint.ask(question)


def test_a_question_is_sent_as_it_is_and_the_answer_comes_with_its_tokens(stub: Stub, configure: Configure) -> None:
    assert ask(configure) == Answer("alarm_set", "stop", MODEL, 100, 10)
    (request,) = stub.requests
    assert request == {
        "path": "/v1/chat/completions",
        "model": "parrot",
        "messages": [{"role": "user", "content": "Intents: a, b.\nUtterance: hello"}],
        "temperature": 0.0,
        "max_tokens": 64,
    }
    assert stub.authorizations == [f"Bearer {KEY}"]


def test_what_some_models_do_not_accept_can_be_left_out_or_renamed(stub: Stub, configure: Configure) -> None:
    bare = Question("parrot", "", "hello", None, 64)
    ask(configure, bare, temperature=None, limit_parameter="max_completion_tokens")
    assert set(stub.requests[0]) == {"path", "model", "messages", "max_completion_tokens"}


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("500", "answered 500"),
        ("503", "answered 503"),
        ("429", "answered 429"),
        ("nonsense", "no chat completion"),
        ("page", "no chat completion"),
        ("no-choices", "no chat completion"),
        ("break", "broke off"),
        ("silent", r"was silent for 0\.3 s"),
    ],
)
def test_what_may_pass_is_transient(stub: Stub, configure: Configure, how: str, says: str) -> None:
    stub.plan = [how]
    with pytest.raises(TransientError, match=says):
        ask(configure, timeout_seconds=0.3)
    assert len(stub.requests) == 1


def test_nobody_listens(configure: Configure) -> None:
    with pytest.raises(TransientError, match="can't be reached"):
        ask(configure, base_url="http://127.0.0.1:9/v1")


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ("401", rf"refused the key \(401\); check the environment variable {VARIABLE}"),
        ("403", r"refused the key \(403\)"),
        ("404", r"refused a question to parrot \(404.*check chat.base_url"),
        ("400", r"refused a question to parrot \(400"),
        ("307", r"refused a question to parrot \(307"),
        ("quota", "no quota left"),
    ],
)
def test_what_does_not_pass_is_an_error_at_once(stub: Stub, configure: Configure, how: str, says: str) -> None:
    stub.plan = [how]
    stub.headers = {"Location": "http://127.0.0.1:9/elsewhere"} if how == "307" else {}
    with pytest.raises(ChatError, match=says):
        ask(configure)
    assert len(stub.requests) == 1


def test_a_refusal_by_a_filter_is_an_answer_without_text(stub: Stub, configure: Configure) -> None:
    stub.plan = ["filter"]
    assert ask(configure) == Answer("", "content_filter", "", None, None)


def test_a_cut_off_answer_says_so(stub: Stub, configure: Configure) -> None:
    stub.plan = ["cut"]
    answer = ask(configure)
    assert (answer.text, answer.finish) == ("alarm_", "length")


def test_the_time_that_a_server_asks_for_is_handed_on_and_bounded(stub: Stub, configure: Configure) -> None:
    stub.plan, stub.headers = ["429", "429"], {"Retry-After": "1.5"}
    with pytest.raises(TransientError) as caught:
        ask(configure)
    assert caught.value.retry_after == 1.5
    stub.headers = {"Retry-After": "3600"}
    with pytest.raises(ChatError, match=r"asks to wait 3,600 s.*all answers so far are kept"):
        ask(configure)


@pytest.mark.parametrize("how", ["401", "400", "429", "500", "nonsense", "silent", "break"])
def test_the_key_is_in_no_log_or_exception(
    stub: Stub, configure: Configure, caplog: pytest.LogCaptureFixture, how: str
) -> None:
    stub.plan = [how]
    caplog.set_level(logging.DEBUG)
    with pytest.raises((ChatError, TransientError)) as caught:
        ask(configure, timeout_seconds=0.3)
    assert caught.value.__context__ is caught.value.__cause__ is None
    assert caplog.text
    texts = (*traceback.format_exception(caught.value), str(caught.getrepr(showlocals=True)), caplog.text)
    assert [text for text in texts if KEY in text] == []


def test_a_key_that_the_server_repeats_is_hidden(
    stub: Stub, configure: Configure, caplog: pytest.LogCaptureFixture
) -> None:
    stub.plan = ["echo"]
    caplog.set_level(logging.DEBUG)
    assert ask(configure).text == f"your key is {HIDDEN}"
    assert KEY not in caplog.text


def test_without_a_key_nothing_is_sent(stub: Stub, configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = configure()
    for value, says in ((None, "is not set"), ("  ", "is not set"), ("två ord", "so it is no key"), ("a\nb", "no key")):
        monkeypatch.delenv(VARIABLE) if value is None else monkeypatch.setenv(VARIABLE, value)
        with pytest.raises(ChatError, match=f"the environment variable {VARIABLE} .*{says}") as caught:
            Endpoint(settings)
        assert value is None or not value.strip() or value not in str(caught.value)
    assert stub.requests == []


def test_a_word_in_place_of_a_key_does_not_change_answers(
    stub: Stub, configure: Configure, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = configure()
    monkeypatch.setenv(VARIABLE, "alarm")
    with Endpoint(settings) as endpoint:
        assert endpoint.ask(QUESTION).text == "alarm_set"


@pytest.mark.parametrize("name", ["HTTP_PROXY", "http_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_does_not_stand_before_this_machine(
    stub: Stub, configure: Configure, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    for variable in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv(name, "http://127.0.0.1:9")
    assert ask(configure, base_url=stub.base_url.replace("127.0.0.1", "localhost")).text == "alarm_set"
    assert ask(configure).text == "alarm_set"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"base_url": "api.example.org"}, "must look like https://host/v1"),
        ({"base_url": "https://me:hush@example.org/v1"}, "may hold no user, password or query"),
        ({"model": None}, "base_url needs a model"),
        ({"max_cost": 1.0}, "max_cost needs input_price and output_price"),
        ({"first_wait_seconds": 5.0}, "may not exceed"),
        ({"intent_shots": [1, 1]}, "twice"),
        ({"api_key": "x"}, "no such setting"),
    ],
)
def test_wrong_settings_are_named(configure: Configure, fields: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        configure(**fields)
