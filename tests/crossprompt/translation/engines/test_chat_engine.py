"""The chat engine against the fake endpoint: what it sends, what it takes, and what every kind of trouble becomes."""

from __future__ import annotations

import logging
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn
from crossprompt.corpora.settings import SourceSettings
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import Engine, EngineError, Failure, TranslationCall, TranslationReply, load_engine
from crossprompt.translation.engines.chat import ChatEngine
from crossprompt.translation.rows import Nature
from crossprompt.translation.settings import EngineSettings
from tests.fakes.process import RunningFake, running

KEY = "sk-test-9b1f77c0ffee"
VARIABLE = "FAKE_CHAT_KEY"
CONTENT = ("count", "more", "swapped", "empty", "prose", "cut")
STATUS = ("400", "408", "413", "429", "429-after", "500", "503-after", "filter", "toolong")
UNKNOWN = ("timeout", "reset", "truncated", "html")
Configure = Callable[..., ChatEngine]


@pytest.fixture(scope="module")
def started() -> Iterator[RunningFake]:
    with running("chat_server.py", "--key", KEY, "--silence", "0.6", "--seed", "11") as fake:
        yield fake


@pytest.fixture
def fake(started: RunningFake) -> RunningFake:
    started.post("/admin/reset", {})
    return started


@pytest.fixture
def configure(fake: RunningFake, monkeypatch: pytest.MonkeyPatch) -> Configure:
    """Makes an engine on the fake, with the key in the environment."""
    monkeypatch.setenv(VARIABLE, KEY)

    def make(**changes: Any) -> ChatEngine:
        options = {"base_url": f"{fake.url}/v1", "model": "pretender", "key_variable": VARIABLE, "timeout_seconds": 0.3}
        engine = load_engine(EngineSettings(name="chat", options={**options, **changes}))
        assert isinstance(engine, ChatEngine)
        return engine

    return make


def call_of(dialogue: Dialogue, start: int = 0, stop: int = 4, locale: str = "sw-KE") -> TranslationCall:
    return TranslationCall(dialogue, locale, start, stop)


def caught_from(engine: Engine, call: TranslationCall) -> EngineError:
    with pytest.raises(EngineError) as caught:
        engine.translate(call)
    return caught.value


@pytest.mark.parametrize("form", ["json_schema", "json_object", "text"])
def test_turns_come_back_one_for_one(
    fake: RunningFake, configure: Configure, park_dialogue: Dialogue, form: str
) -> None:
    call = call_of(park_dialogue, 1, 3)
    reply = configure(response_format=form).translate(call)
    assert [target[: target.index("⟩") + 1] for target in reply.targets if target] == [
        "⟨Yes, until 9 pm.⟩",
        "⟨Good, thanks.⟩",
    ]
    (good,) = fake.get("/admin/counts").values()
    assert (good["requests"], good["utterances"], good["characters"]) == (1, 2, call.characters)
    assert reply.tokens == (good["input_tokens"], good["output_tokens"])
    assert reply.sources is None


def test_another_language_is_another_question(configure: Configure, park_dialogue: Dialogue) -> None:
    engine = configure()
    swahili, german = (engine.translate(call_of(park_dialogue, locale=tag)).targets for tag in ("sw-KE", "de-DE"))
    assert swahili != german
    assert swahili == engine.translate(call_of(park_dialogue)).targets


def test_a_fenced_reply_is_taken(fake: RunningFake, configure: Configure, park_dialogue: Dialogue) -> None:
    fake.post("/admin/script", ["fenced"])
    assert len(configure(response_format="text").translate(call_of(park_dialogue)).targets) == 4


@pytest.mark.parametrize(
    ("how", "failure", "reason", "billed"),
    [
        ("count", Failure.CONTENT, "wrong_count", True),
        ("more", Failure.CONTENT, "wrong_count", True),
        ("swapped", Failure.CONTENT, "wrong_numbers", True),
        ("empty", Failure.CONTENT, "empty_target", True),
        ("prose", Failure.CONTENT, "not_json", True),
        ("cut", Failure.CONTENT, "cut_off", True),
        ("filter", Failure.CONTENT, "filtered", False),
        ("413", Failure.CONTENT, "too_large", False),
        ("toolong", Failure.CONTENT, "too_large", False),
        ("400", Failure.DIALOGUE, "status_400", False),
        ("401", Failure.FATAL, "status_401", False),
        ("403", Failure.FATAL, "status_403", False),
        ("404", Failure.FATAL, "status_404", False),
        ("quota", Failure.FATAL, "no_quota", False),
        ("408", Failure.TRANSIENT, "status_408", False),
        ("429", Failure.TRANSIENT, "status_429", False),
        ("500", Failure.TRANSIENT, "status_500", False),
        ("timeout", Failure.TRANSIENT, "timeout", None),
        ("reset", Failure.TRANSIENT, "no_connection", None),
        ("truncated", Failure.TRANSIENT, "no_connection", None),
        ("html", Failure.TRANSIENT, "no_completion", None),
    ],
)
def test_what_goes_wrong_says_what_can_be_done_and_whether_it_is_billed(
    fake: RunningFake,
    configure: Configure,
    park_dialogue: Dialogue,
    caplog: pytest.LogCaptureFixture,
    how: str,
    failure: Failure,
    reason: str,
    billed: bool | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    fake.post("/admin/script", [how])
    error = caught_from(configure(), call_of(park_dialogue))
    assert (error.failure, error.reason, error.billed) == (failure, reason, billed)
    assert (error.tokens is not None) == (billed is True)
    assert fake.get("/admin/counts")[how]["requests"] == 1
    told = "".join(traceback.format_exception(error)) + caplog.text
    assert KEY not in told


def test_the_time_to_wait_is_handed_on(fake: RunningFake, configure: Configure, park_dialogue: Dialogue) -> None:
    fake.post("/admin/script", ["429-after"])
    assert caught_from(configure(), call_of(park_dialogue)).retry_after == 0.05


def test_without_a_key_nothing_is_sent(
    fake: RunningFake, configure: Configure, park_dialogue: Dialogue, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = configure()
    monkeypatch.delenv(VARIABLE)
    error = caught_from(engine, call_of(park_dialogue))
    assert (error.failure, error.reason, error.billed) == (Failure.FATAL, "no_key", False)
    assert fake.get("/admin/counts") == {}


def long_dialogue(number: int) -> Dialogue:
    turns = tuple(
        Turn(Speaker.USER if place % 2 == 0 else Speaker.SYSTEM, f"Turn {place} of {number}: a cab at {place} pm?")
        for place in range(9)
    )
    return Dialogue("train", f"7_{number:05d}", ("Taxi_1",), turns)


def translate_all(engine: Engine, call: TranslationCall, billed: Counter[bool | None]) -> tuple[str | None, ...]:
    """What a caller does with failures, in its plainest form: again, or in halves; counts characters by who pays."""
    for _ in range(40):
        try:
            reply = engine.translate(call)
        except EngineError as error:
            billed[error.billed] += call.characters
            if error.failure is Failure.CONTENT and call.stop - call.start > 1:
                middle = (call.start + call.stop) // 2
                parts = ((call.start, middle), (middle, call.stop))
                halves = (TranslationCall(call.dialogue, call.locale, *part) for part in parts)
                return tuple(target for half in halves for target in translate_all(engine, half, billed))
            continue
        billed[True] += call.characters
        return reply.targets
    raise AssertionError("no reply in forty attempts")


def test_under_all_errors_every_turn_ends_translated_once_and_the_bill_is_the_fakes(
    fake: RunningFake, configure: Configure
) -> None:
    rates = dict.fromkeys((*CONTENT, *STATUS), 0.03) | dict.fromkeys(("reset", "truncated", "html"), 0.02)
    fake.post("/admin/rates", rates | {"timeout": 0.005})
    engine, billed = configure(), Counter[bool | None]()
    dialogues = [long_dialogue(number) for number in range(24)]

    def work(dialogue: Dialogue) -> tuple[tuple[str | None, ...], Counter[bool | None]]:
        own = Counter[bool | None]()
        return translate_all(engine, call_of(dialogue, 0, 9), own), own

    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(work, dialogues))
    for dialogue, (targets, own) in zip(dialogues, done, strict=True):
        assert [str(target)[1 : str(target).index("⟩")] for target in targets] == [t.utterance for t in dialogue.turns]
        billed.update(own)
    counts = fake.get("/admin/counts")
    assert len(counts) > 12
    assert billed[True] == characters(counts, ("good", "fenced", *CONTENT))
    assert billed[False] == characters(counts, STATUS)
    assert billed[None] == characters(counts, UNKNOWN)


def characters(counts: dict[str, dict[str, int]], names: tuple[str, ...]) -> int:
    return sum(counts[name]["characters"] for name in names if name in counts)


def test_the_fake_misbehaves_by_message_and_not_by_order(fake: RunningFake, configure: Configure) -> None:
    calls = [call_of(long_dialogue(number), 0, 9) for number in range(12)]
    engine, outcomes = configure(), []
    for order in (calls, calls[::-1]):
        fake.post("/admin/reset", {})
        fake.post("/admin/rates", {"500": 0.3, "empty": 0.3})
        outcomes.append({call.name: outcome(engine, call) for call in order})
    assert outcomes[0] == outcomes[1]
    assert {"empty_target", "status_500"} < set(map(str, outcomes[0].values()))


def outcome(engine: Engine, call: TranslationCall) -> str | TranslationReply:
    try:
        return engine.translate(call)
    except EngineError as error:
        return error.reason


def test_the_revision_follows_what_decides_the_text(configure: Configure) -> None:
    first = configure().revision
    same = configure(
        base_url="https://elsewhere.example.org/v1",
        key_variable="OTHER_KEY",
        timeout_seconds=9,
        locales=["sw-KE"],
        limit_parameter="max_completion_tokens",
        max_utterances=7,
    )
    assert same.revision == first
    changes = ({"model": "other"}, {"temperature": None}, {"notes": "Say du."}, {"response_format": "text"})
    assert len({first, *(configure(**change).revision for change in changes)}) == 5


def test_the_wording_is_part_of_the_revision(configure: Configure, monkeypatch: pytest.MonkeyPatch) -> None:
    first = configure().revision
    monkeypatch.setattr("crossprompt.translation.dialogue_prompt._INSTRUCTION", "Into {language}. {notes}{form}")
    assert configure().revision != first


def test_what_it_says_of_itself(configure: Configure, park_dialogue: Dialogue) -> None:
    engine = configure(locales=["zh-tw", "sw-KE"], max_utterances=3)
    assert engine.locales() == ("sw-KE", "zh-TW")
    assert [engine.offers(tag) for tag in ("hmn", "de-DE", "en-GB", "de_DE", "elvish!")] == [True, True] + [False] * 3
    assert (engine.limits.utterances, engine.nature, engine.paid, engine.looks_up) == (
        3,
        Nature.TRANSLATED,
        True,
        False,
    )
    reads, writes = engine.estimate_tokens(call_of(park_dialogue))
    assert 250 < reads < 500
    assert 48 < writes < 150
    most = engine.bound_tokens(call_of(park_dialogue))
    assert most[0] > 3 * reads
    assert most[1] == 8192
    assert configure(max_output_tokens=5).estimate_tokens(call_of(park_dialogue))[1] == 5


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"base_url": "api.example.org"}, "options.base_url: .*must look like https://host/v1"),
        ({"base_url": "https://me:hush@example.org/v1"}, "may hold no user, password or query"),
        ({"model": ""}, "options.model"),
        ({"api_key": "x"}, "options.api_key: no such setting"),
        ({"response_format": "xml"}, "options.response_format"),
        ({"locales": ["elvish!"]}, "options.locales"),
        ({"max_utterances": 101}, "options.max_utterances"),
    ],
)
def test_wrong_options_are_named(configure: Configure, changes: dict[str, object], says: str) -> None:
    with pytest.raises(SettingsError, match=says) as caught:
        configure(**changes)
    assert "hush" not in str(caught.value)


def test_it_reads_no_source() -> None:
    options = {"base_url": "http://127.0.0.1:9/v1", "model": "m"}
    with pytest.raises(SettingsError, match="the chat engine reads none"):
        load_engine(EngineSettings(name="chat", source=SourceSettings(), options=options))
