from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from crossprompt.chat.baseline import plan_chat_baseline, run_chat_baseline
from crossprompt.chat.errors import ChatCostError, ChatError
from crossprompt.chat.records import NO_ENDPOINT, ChatResult, Reading
from crossprompt.chat.settings import ChatSettings
from crossprompt.tasks.shots import draw_shots, prepare_intent_data
from tests.conftest import ROOT
from tests.crossprompt.chat.conftest import KEY, VARIABLE, Configure
from tests.crossprompt.chat.invented import INTENTS, LOCALES, corpus, truth, utterance_in
from tests.crossprompt.chat.stub import MODEL, Stub

DISTINCT = 3 * 4
"""Utterances of the invented corpus."""


def oracle(message: str) -> str:
    """Answers as a model would that is always right."""
    intent, annotated = truth()[utterance_in(message)]
    return annotated if message.endswith("Marked:") else intent


def run(configure: Configure, home: Path, copies: int = 1, **changes: Any) -> ChatResult:
    return run_chat_baseline(corpus(copies), configure(**changes), home, progress=False)


def test_without_an_endpoint_it_says_so(tmp_path: Path) -> None:
    assert run_chat_baseline(corpus(), ChatSettings(), tmp_path) == ChatResult(not_run=NO_ENDPOINT)
    assert NO_ENDPOINT == "no endpoint configured"
    assert plan_chat_baseline(corpus(), ChatSettings(), tmp_path) is None
    assert not list(tmp_path.iterdir())


def test_a_model_that_knows_everything_gets_everything(stub: Stub, configure: Configure, tmp_path: Path) -> None:
    stub.reply = oracle
    result = run(configure, tmp_path, intent_shots=(0, 1, 2))
    assert [(cell.task, cell.shots, cell.score_name) for cell in result.cells] == [
        ("intent", 0, "accuracy"),
        ("intent", 1, "accuracy"),
        ("intent", 2, "accuracy"),
        ("slots", 0, "F1"),
    ]
    for cell in result.cells:
        assert [own.answers.locale for own in cell.locales] == sorted(LOCALES)
        assert {own.answers.score for own in cell.locales} == {cell.average} == {cell.english} == {100.0}
        assert all(own.readings == {Reading.EXACT: 4} and own.finishes == {"stop": 4} for own in cell.locales)
        assert (cell.usage.calls, cell.usage.input_tokens, cell.usage.output_tokens) == (DISTINCT, 1200, 120)
    assert result.ids == ("0", "1", "2", "3")
    assert (result.model, result.answered_by, result.not_run) == ("parrot", (MODEL,), None)
    assert ChatResult.model_validate_json(result.model_dump_json()) == result


def test_answers_are_judged_and_those_that_can_not_be_read_are_counted(
    stub: Stub, configure: Configure, tmp_path: Path
) -> None:
    said = {"wake me at six": "Alarm set", "lamp off in the barn": "no idea", "sing something old": "alarm_set"}
    stub.reply = lambda message: said.get(utterance_in(message), "It is lamp_off.")
    (cell,) = run(configure, tmp_path, intent_shots=(0,), slots=False, locales=("en-US",)).cells
    (english,) = cell.locales
    assert english.answers.answers == ("alarm_set", "unparsable", "alarm_set", "lamp_off")
    assert english.answers.numerators == (1, 0, 0, 1)
    assert english.answers.denominators == (1, 1, 1, 1)
    assert english.readings == {"exact": 1, "mentioned": 1, "normalised": 1, "unparsable": 1}
    assert cell.average == 50.0


def test_slots_are_scored_by_characters(stub: Stub, configure: Configure, tmp_path: Path) -> None:
    said = {
        "wake me at six": "wake me [time : at six]",  # a wrong span: 0 of 1 + 1
        "lamp off in the barn": "[place : Barn] [time : dawn]",  # one right, one that is nowhere: 2 of 2 + 1
        "sing something old": "sing something old",  # nothing, rightly: 0 of 0
        "darker please": "Sorry!",  # unparsable: 0 of 0
    }
    stub.reply = lambda message: said[utterance_in(message)]
    (cell,) = run(configure, tmp_path, intent_shots=(), locales=("en-US",)).cells
    (english,) = cell.locales
    assert english.answers.numerators == (0, 2, 0, 0)
    assert english.answers.denominators == (2, 3, 0, 0)
    assert english.answers.answers == (
        "wake me [time : at six]",
        "lamp off in the [place : barn]",
        "sing something old",
        "unparsable",
    )
    assert (english.answers.score, english.unlocated) == (40.0, 1)


def test_a_cut_off_or_filtered_answer_is_wrong_and_counted(stub: Stub, configure: Configure, tmp_path: Path) -> None:
    stub.reply, stub.plan = oracle, ["cut", "filter"]
    (cell,) = run(configure, tmp_path, intent_shots=(0,), slots=False, locales=("en-US",)).cells
    (english,) = cell.locales
    assert english.finishes == {"content_filter": 1, "length": 1, "stop": 2}
    assert english.answers.numerators == (0, 0, 1, 1)
    assert cell.usage.uncounted == 1


def test_what_the_model_is_told(stub: Stub, configure: Configure, tmp_path: Path) -> None:
    run(configure, tmp_path, intent_shots=(0, 1), locales=("ja-JP",), examples_per_language=1, seed=3)
    zero, one, slots = stub.messages
    shots = draw_shots(prepare_intent_data(corpus()), 1, 3).examples
    assert all(", ".join(INTENTS) in message for message in (zero, one))
    assert not any(text in zero for text in shots.texts)
    for text, label in zip(shots.texts, shots.labels, strict=True):
        assert f"Utterance: {text}\nIntent: {INTENTS[label]}\n" in one
    assert "place, time" in slots
    assert "[label : entity]" in slots
    assert len({utterance_in(message) for message in stub.messages}) == 1


def test_shots_may_be_counted_per_prompt(stub: Stub, configure: Configure, tmp_path: Path) -> None:
    changes: dict[str, Any] = {"slots": False, "locales": ("en-US",), "examples_per_language": 1}
    run(configure, tmp_path, intent_shots=(2,), shots_per="prompt", **changes)
    run(configure, tmp_path, intent_shots=(2,), shots_per="intent", **changes)
    assert [message.count("Utterance:") for message in stub.messages] == [1 + 2, 1 + 6]


def test_nothing_is_asked_twice_and_no_key_is_needed_for_what_is_there(
    stub: Stub, configure: Configure, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stub.reply = oracle
    plan = plan_chat_baseline(corpus(), configure(), tmp_path)
    assert plan is not None
    assert (plan.calls, plan.cached) == (4 * DISTINCT, 0)
    first = run(configure, tmp_path)
    assert len(stub.requests) == 4 * DISTINCT
    settings = configure(base_url="http://127.0.0.1:9/v1")
    monkeypatch.delenv(VARIABLE)
    assert run_chat_baseline(corpus(), settings, tmp_path, progress=False) == first
    assert len(stub.requests) == 4 * DISTINCT


def test_equal_utterances_are_asked_once(stub: Stub, configure: Configure, tmp_path: Path) -> None:
    doubled = corpus().map(lambda row: {"utt": "hm", "annot_utt": "hm"} if row["partition"] == "test" else {})
    settings = configure(intent_shots=(0,), slots=False)
    (cell,) = run_chat_baseline(doubled, settings, tmp_path, progress=False).cells
    assert len(stub.requests) == cell.usage.calls == 1
    assert [len(own.answers.ids) for own in cell.locales] == [4, 4, 4]


def test_the_cost_is_told_before_the_first_call_and_may_forbid_it(
    stub: Stub, configure: Configure, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    logged_before: list[str] = []
    stub.on_request = lambda number: logged_before.append(caplog.text) if number == 1 else None
    prices = {"input_price": 1.0, "output_price": 2.0}
    with pytest.raises(ChatCostError, match="not started: 48 calls"):
        run(configure, tmp_path, max_cost=0.001, **prices)
    assert stub.requests == []
    run(configure, tmp_path, max_cost=1.0, **prices)
    assert "parrot: 48 calls (0 answers are there), estimated at" in logged_before[0]


def test_an_error_in_the_middle_keeps_what_was_answered(stub: Stub, configure: Configure, tmp_path: Path) -> None:
    stub.reply, stub.plan = oracle, [*["well"] * 10, "401"]
    with pytest.raises(ChatError, match="refused the key"):
        run(configure, tmp_path)
    assert len(stub.requests) == 11
    run(configure, tmp_path)
    assert len(stub.requests) == 11 + 4 * DISTINCT - 10


def test_the_key_is_in_no_file_log_or_result(
    stub: Stub, configure: Configure, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stub.plan = ["echo", "429", "500", "nonsense"]
    result = run(configure, tmp_path, max_retries=5)
    assert set(stub.authorizations) == {f"Bearer {KEY}"}
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {"answers.db"}
    assert not any(KEY.encode() in file.read_bytes() for file in files)
    assert KEY not in caplog.text + result.model_dump_json() + repr(configure())


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_kill_loses_at_most_what_is_under_way(
    stub: Stub, configure: Configure, tmp_path: Path, concurrency: int
) -> None:
    stub.reply = oracle
    command = [sys.executable, "-m", "tests.crossprompt.chat.chat_job", stub.base_url, str(tmp_path), str(concurrency)]
    job = subprocess.Popen(command, cwd=ROOT, env={**os.environ, VARIABLE: KEY, "PYTHONPATH": str(ROOT)})
    stub.on_request = lambda number: job.send_signal(signal.SIGKILL) if number == 20 else None
    assert job.wait(500) == -signal.SIGKILL
    stub.on_request = lambda number: None
    before = stub.counts
    assert max(before.values()) == 1
    resumed = run(configure, tmp_path, copies=2, concurrency=concurrency)
    again = [message for message, count in stub.counts.items() if count > 1]
    assert len(again) <= concurrency
    assert set(again) <= set(before)
    assert len(stub.requests) == 2 * 4 * DISTINCT + len(again)
    assert resumed == run(configure, tmp_path / "undisturbed", copies=2)
