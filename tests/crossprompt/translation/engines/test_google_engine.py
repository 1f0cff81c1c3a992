"""The google engine against a Cloud Translation of its own program, by Google's client over real HTTP."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import google.auth
import pytest
from google.auth.exceptions import DefaultCredentialsError, RefreshError
from google.oauth2.credentials import Credentials
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from requests import PreparedRequest, Session
from requests.exceptions import ConnectTimeout

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn
from crossprompt.settings import SettingsError
from crossprompt.translation.cloud.client import CloudClient
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, load_engine
from crossprompt.translation.engines.google import LIMITS, GoogleEngine, GoogleOptions
from crossprompt.translation.settings import EngineSettings
from tests.fakes.google_server import NAMES, translate
from tests.fakes.process import RunningFake, running

TOKEN = "ya29.a-secret-token-of-nobody"
GLOSSARY = "projects/p1/locations/us-central1/glossaries/places"


@pytest.fixture(scope="module")
def server() -> Iterator[RunningFake]:
    with running("google_server.py", "--silence", "0.6", "--retry-after", "7") as fake:
        yield fake


@pytest.fixture
def fake(server: RunningFake) -> RunningFake:
    """The server with nothing left in its script."""
    server.post("/admin/script", [])
    return server


def engine_on(fake: RunningFake, **options: Any) -> GoogleEngine:
    return GoogleEngine(GoogleOptions(**{"project": "p1", "endpoint": fake.url, "timeout_seconds": 5, **options}))


def dialogue_of(*texts: str) -> Dialogue:
    speakers = (Speaker.USER, Speaker.SYSTEM)
    turns = tuple(Turn(speakers[number % 2], text) for number, text in enumerate(texts))
    return Dialogue("train", "7_00002", ("Parks_1",), turns)


def call_of(*texts: str, locale: str = "sw-KE") -> TranslationCall:
    return TranslationCall(dialogue_of(*texts), locale, 0, len(texts))


def expected(*texts: str, code: str = "sw") -> tuple[str, ...]:
    return tuple(translate(text, code, "text/plain") for text in texts)


def failure_of(engine: GoogleEngine, call: TranslationCall) -> EngineError:
    with pytest.raises(EngineError) as caught:
        engine.translate(call)
    return caught.value


def total(fake: RunningFake, what: str) -> int:
    return sum(count[what] for count in fake.get("/admin/counts").values())


def test_a_dialogue_is_one_request_and_comes_back_turn_by_turn(fake: RunningFake, park_dialogue: Dialogue) -> None:
    before = total(fake, "requests")
    texts = [turn.utterance for turn in park_dialogue.turns]
    reply = engine_on(fake).translate(TranslationCall(park_dialogue, "sw-KE", 0, 4))
    assert reply.targets == expected(*texts)
    assert total(fake, "requests") == before + 1
    last = fake.get("/admin/last")
    assert last["path"].partition("?")[0] == "/v3/projects/p1/locations/global:translateText"
    assert last["body"] == {
        "contents": texts,
        "mimeType": "text/plain",
        "sourceLanguageCode": "en",
        "targetLanguageCode": "sw",
        "model": "projects/p1/locations/global/models/general/nmt",
        **{name: last["body"][name] for name in ("parent",) if name in last["body"]},
    }
    assert "authorization" not in last["headers"]


def test_a_part_of_a_dialogue_is_just_that(fake: RunningFake, park_dialogue: Dialogue) -> None:
    reply = engine_on(fake).translate(TranslationCall(park_dialogue, "zh-HK", 1, 3))
    assert reply.targets == expected("Yes, until 9 pm.", "Good, thanks.", code="zh-TW")


@pytest.mark.parametrize(
    "text", ["Tom &amp; Jerry", "AT&T <b>now</b>", 'it\'s "here"', "&#39; &lt;", "a&nbsp;b", "50%25"]
)
def test_marks_of_html_stay_as_they_are(fake: RunningFake, text: str) -> None:
    assert engine_on(fake).translate(call_of(text)).targets == expected(text)


@hypothesis_settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=30), min_size=1, max_size=8))
def test_characters_paid_are_those_of_the_call(fake: RunningFake, texts: list[str]) -> None:
    before = total(fake, "characters")
    call = call_of(*texts)
    reply = engine_on(fake).translate(call)
    assert reply.targets == tuple(translate(text, "sw", "text/plain") if text else "" for text in texts)
    assert total(fake, "characters") - before == call.characters


def test_empty_turns_are_not_sent(fake: RunningFake) -> None:
    before = total(fake, "requests")
    assert engine_on(fake).translate(call_of("", "")).targets == ("", "")
    assert total(fake, "requests") == before
    assert engine_on(fake).translate(call_of("", "Hello", "")).targets == ("", *expected("Hello"), "")


def test_with_a_glossary_its_own_translations_are_taken(fake: RunningFake) -> None:
    engine = engine_on(fake, glossary=GLOSSARY, location="us-central1", ignore_glossary_case=True)
    assert engine.translate(call_of("Elm Park")).targets == expected("Elm Park", code="sw*")
    assert fake.get("/admin/last")["body"]["glossaryConfig"] == {"glossary": GLOSSARY, "ignoreCase": True}


def test_other_models_are_named_in_full(fake: RunningFake) -> None:
    custom = "projects/p1/locations/us-central1/models/TRL123"
    engine_on(fake, model="general/translation-llm").translate(call_of("Hello"))
    assert fake.get("/admin/last")["body"]["model"] == "projects/p1/locations/global/models/general/translation-llm"
    engine_on(fake, model=custom, location="us-central1").translate(call_of("Hello"))
    assert fake.get("/admin/last")["body"]["model"] == custom


FAILURES = {
    "400": (Failure.DIALOGUE, "invalid_argument", None),
    "401": (Failure.FATAL, "unauthorised", None),
    "403": (Failure.FATAL, "forbidden", None),
    "404": (Failure.FATAL, "not_found", None),
    "408": (Failure.TRANSIENT, "timeout", None),
    "413": (Failure.CONTENT, "too_large", None),
    "429": (Failure.TRANSIENT, "rate_limited", None),
    "429-after": (Failure.TRANSIENT, "rate_limited", 7.0),
    "429-info": (Failure.TRANSIENT, "rate_limited", 2.5),
    "500": (Failure.TRANSIENT, "server_error", None),
    "502": (Failure.TRANSIENT, "server_error", None),
    "503": (Failure.TRANSIENT, "server_error", None),
    "503-after": (Failure.TRANSIENT, "server_error", 7.0),
    "504": (Failure.TRANSIENT, "timeout", None),
    "rate": (Failure.TRANSIENT, "rate_limited", None),
    "daily": (Failure.FATAL, "quota_spent", None),
    "precondition": (Failure.FATAL, "precondition", None),
    "redirect": (Failure.FATAL, "redirected", None),
    "page": (Failure.TRANSIENT, "server_error", None),
    "gateway": (Failure.TRANSIENT, "server_error", None),
    "list": (Failure.TRANSIENT, "server_error", None),
    "echo": (Failure.DIALOGUE, "invalid_argument", None),
    "timeout": (Failure.TRANSIENT, "timeout", None),
    "reset": (Failure.TRANSIENT, "broken_off", None),
    "truncated": (Failure.TRANSIENT, "broken_off", None),
    "half": (Failure.TRANSIENT, "not_json", None),
    "html": (Failure.TRANSIENT, "not_json", None),
    "count": (Failure.CONTENT, "wrong_count", None),
}


UNKNOWN = ("timeout", "reset", "truncated", "half", "html")
"""After these a client can't know whether it pays."""


def test_every_misbehaviour_has_its_failure() -> None:
    assert set(FAILURES) == NAMES - {"good"}


@pytest.mark.parametrize("name", sorted(FAILURES))
def test_a_failure_is_asked_once_and_says_what_can_be_done(fake: RunningFake, name: str) -> None:
    engine = engine_on(fake, timeout_seconds=0.3)
    before = total(fake, "requests")
    fake.post("/admin/script", [name])
    error = failure_of(engine, call_of("Is Elm Park open?", "Yes."))
    assert (error.failure, error.reason, error.retry_after) == FAILURES[name]
    assert error.billed is {"count": True, **dict.fromkeys(UNKNOWN)}.get(name, False)
    assert total(fake, "requests") == before + 1
    assert engine.translate(call_of("Is Elm Park open?")).targets == expected("Is Elm Park open?")


def test_with_a_glossary_too_the_number_of_texts_is_checked(fake: RunningFake) -> None:
    fake.post("/admin/script", ["count"])
    engine = engine_on(fake, glossary=GLOSSARY, location="us-central1")
    assert failure_of(engine, call_of("a", "b")).reason == "wrong_count"


def test_a_service_that_is_not_there_may_come_back() -> None:
    engine = GoogleEngine(GoogleOptions(project="p1", endpoint="http://127.0.0.1:9", timeout_seconds=2))
    error = failure_of(engine, call_of("Hello"))
    assert (error.failure, error.reason, error.billed) == (Failure.TRANSIENT, "no_connection", False)


def test_proxies_of_the_environment_are_left_out_on_this_machine(
    fake: RunningFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    assert engine_on(fake).translate(call_of("Hello")).targets == expected("Hello")


def test_threads_share_an_engine(fake: RunningFake) -> None:
    engine = engine_on(fake)
    texts = [(f"call {number}", f"number {number}") for number in range(40)]
    with ThreadPoolExecutor(8) as threads:
        replies = list(threads.map(engine.translate, (call_of(*pair) for pair in texts)))
    assert [reply.targets for reply in replies] == [expected(*pair) for pair in texts]


@pytest.mark.parametrize("name", ["echo", "403", "500", "truncated", "html", "timeout"])
def test_the_token_is_in_no_message(fake: RunningFake, name: str) -> None:
    engine = engine_on(fake, timeout_seconds=0.3)
    engine.__dict__["_client"] = CloudClient(fake.url, 0.3, Credentials(TOKEN))
    fake.post("/admin/script", [name])
    error = failure_of(engine, call_of("Hello"))
    assert fake.get("/admin/last")["headers"]["authorization"] == f"Bearer {TOKEN}"
    shown = "".join(traceback.format_exception(error))
    assert TOKEN not in shown
    assert (error.__cause__, error.__context__) == (None, None)
    assert ("[token]" in str(error)) is (name == "echo")


def test_a_token_that_cannot_be_renewed_is_final(fake: RunningFake) -> None:
    engine = engine_on(fake)
    engine.__dict__["_client"] = CloudClient(fake.url, 5, Credentials(TOKEN))
    fake.post("/admin/script", ["401"])
    error = failure_of(engine, call_of("Hello"))
    assert (error.failure, error.reason) == (Failure.FATAL, "unauthorised")
    assert "GOOGLE_APPLICATION_CREDENTIALS" in str(error)


@pytest.mark.parametrize(("retryable", "failure"), [(True, Failure.TRANSIENT), (False, Failure.FATAL)])
def test_trouble_with_renewing_a_token_is_told_apart(
    fake: RunningFake, monkeypatch: pytest.MonkeyPatch, retryable: bool, failure: Failure
) -> None:
    def refuse(self: Credentials, request: object) -> None:
        raise RefreshError(f"bad {TOKEN}", retryable=retryable)

    monkeypatch.setattr(Credentials, "refresh", refuse)
    engine = engine_on(fake)
    engine.__dict__["_client"] = CloudClient(fake.url, 5, Credentials(None, refresh_token=TOKEN))
    error = failure_of(engine, call_of("Hello"))
    assert error.failure is failure
    assert TOKEN not in str(error)


def test_without_credentials_the_run_ends_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def find_none(**_: object) -> None:
        raise DefaultCredentialsError("/home/someone/.config is empty")

    monkeypatch.setattr(google.auth, "default", find_none)
    error = failure_of(GoogleEngine(GoogleOptions(project="p1")), call_of("Hello"))
    assert (error.failure, error.reason) == (Failure.FATAL, "no_credentials")
    assert "GOOGLE_APPLICATION_CREDENTIALS" in str(error)
    assert "someone" not in str(error)


def test_the_project_is_the_credentials_own_unless_it_is_set(
    fake: RunningFake, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert failure_of(engine_on(fake, project=None), call_of("Hello")).reason == "no_project"
    monkeypatch.setattr(google.auth, "default", lambda **_: (Credentials(TOKEN), "from-credentials"))
    assert CloudClient(None, 5).project() == "from-credentials"


def test_where_googles_client_is_not_installed_a_plan_stands_and_a_call_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(sys.modules, "crossprompt.translation.cloud.client")
    monkeypatch.setitem(sys.modules, "google.cloud.translate_v3", None)
    engine = GoogleEngine(GoogleOptions(project="p1"))
    assert engine.offers("sw-KE")
    error = failure_of(engine, call_of("Hello"))
    assert (error.failure, error.reason) == (Failure.FATAL, "not_installed")
    assert "pip install google-cloud-translate" in str(error)


def test_without_an_endpoint_google_is_asked_over_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def refuse(self: Session, request: PreparedRequest, **_: object) -> None:
        asked.append(str(request.url))
        raise ConnectTimeout

    monkeypatch.setattr(Session, "send", refuse)
    monkeypatch.setattr(google.auth, "default", lambda **_: (Credentials(TOKEN), "p1"))
    assert failure_of(GoogleEngine(), call_of("Hello")).reason == "no_connection"
    assert [address.partition("?")[0] for address in asked] == [
        "https://translate.googleapis.com/v3/projects/p1/locations/global:translateText"
    ]


@pytest.mark.parametrize("texts", [["x" * 30_001], ["x" * 400] * 76, ["x"] * 101])
def test_a_call_beyond_the_limits_is_not_sent(fake: RunningFake, texts: list[str]) -> None:
    before = total(fake, "requests")
    error = failure_of(engine_on(fake), call_of(*texts))
    assert (error.failure, error.reason) == (Failure.DIALOGUE, "too_long")
    assert total(fake, "requests") == before


def test_a_call_at_the_limits_is_sent(fake: RunningFake) -> None:
    assert engine_on(fake).limits == LIMITS
    texts = ["ñ" * 300] * 100
    assert engine_on(fake).translate(call_of(*texts)).targets == expected(*texts)


def test_half_a_surrogate_pair_is_no_text(fake: RunningFake) -> None:
    error = failure_of(engine_on(fake), call_of("fine", "broken \ud83d"))
    assert (error.failure, error.reason) == (Failure.DIALOGUE, "invalid_text")


def test_an_unknown_language_is_refused_at_the_start_without_a_call(fake: RunningFake) -> None:
    before = total(fake, "requests")
    engine = engine_on(fake)
    assert not engine.offers("tlh")
    assert not engine.offers("sr-Latn")
    assert not engine.offers("en-GB")
    assert engine.offers("sw-KE")
    assert failure_of(engine, call_of("Hello", locale="tlh")).reason == "unknown_locale"
    assert total(fake, "requests") == before


def test_other_languages_can_be_offered(fake: RunningFake) -> None:
    engine = engine_on(fake, languages=["ab", "pt-PT"])
    assert engine.locales() == ("ab", "pt")
    assert engine.translate(call_of("Hello", locale="ab")).targets == expected("Hello", code="ab")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"endpoint": "http://translate.example.org"}, "without TLS"),
        ({"endpoint": "https://user:word@example.org"}, "no user"),
        ({"endpoint": "https://example.org/v3/x"}, "looks like"),
        ({"endpoint": "ftp://127.0.0.1"}, "looks like"),
        ({"model": "nmt"}, "pattern"),
        ({"glossary": "places"}, "pattern"),
        ({"glossary": GLOSSARY}, "lives in us-central1"),
        ({"project": "p1/../p2"}, "pattern"),
        ({"languages": ["xx"]}, "xx"),
        ({"key": TOKEN}, "no such setting"),
        ({"timeout_seconds": 0}, "greater than 0"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        load_engine(EngineSettings(name="google", options=options))
    assert "translation.engine.options" in str(caught.value)


def test_the_revision_follows_what_decides_a_text() -> None:
    plain = GoogleEngine().revision
    elsewhere = GoogleOptions(project="p2", endpoint="https://translate-eu.googleapis.com", timeout_seconds=9)
    assert GoogleEngine(elsewhere).revision == plain
    changes: list[dict[str, Any]] = [
        {"model": "general/translation-llm"},
        {"glossary": GLOSSARY, "location": "us-central1"},
        {"languages": ("pt",)},
        {"languages": ("pt-PT", "sw")},
    ]
    assert len({plain, *(GoogleEngine(GoogleOptions(**change)).revision for change in changes)}) == 5
    turned = GoogleOptions(languages=("sw", "pt-PT"))
    assert GoogleEngine(turned).revision == GoogleEngine(GoogleOptions(**changes[-1])).revision
    assert GoogleEngine.paid
