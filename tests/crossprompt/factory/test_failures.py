"""What a failed call means: another attempt, a wait, a charge."""

from __future__ import annotations

import pytest
from tenacity import Future, RetryCallState, Retrying

from crossprompt.factory.circuit import RunState
from crossprompt.factory.failures import Patience, charge_of, checked, waiting
from crossprompt.factory.records import Ending
from crossprompt.factory.settings import DispatchSettings
from crossprompt.factory.unit import unit_of
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply
from tests.crossprompt.factory.stand_in import StandIn, invent_dialogues, link

DIALOGUE = next(dialogue for dialogue in invent_dialogues(9) if len(dialogue.turns) > 3)
CALL = TranslationCall(DIALOGUE, "sw-KE", 1, 3)
SETTINGS = DispatchSettings(first_wait_seconds=1, longest_wait_seconds=20, circuit_failures=4)


def failure(kind: Failure, **details: object) -> EngineError:
    return EngineError(kind, "reason", "it failed", **details)  # type: ignore[arg-type]


def state(attempt: int, error: EngineError) -> RetryCallState:
    found = RetryCallState(Retrying(), None, (), {})
    found.attempt_number = attempt
    found.outcome = Future(attempt)
    found.outcome.set_exception(error)
    return found


def test_a_good_reply_passes_with_gaps_and_sources_of_its_own() -> None:
    reply = TranslationReply(("moja", None), DIALOGUE.turns[1:3])
    assert checked(CALL, reply) is reply


@pytest.mark.parametrize(
    ("reply", "kind", "reason"),
    [
        (TranslationReply(("one",)), Failure.CONTENT, "wrong_count"),
        (TranslationReply(("one",) * 3), Failure.CONTENT, "wrong_count"),
        (TranslationReply(("one",) * 2, DIALOGUE.turns[:3]), Failure.CONTENT, "wrong_count"),
        (TranslationReply(("one", "\udc80")), Failure.CONTENT, "no_unicode"),
        (TranslationReply(("one",) * 2, DIALOGUE.turns[2:4]), Failure.DIALOGUE, "other_speaker"),
    ],
)
def test_a_reply_that_does_not_fit(reply: TranslationReply, kind: Failure, reason: str) -> None:
    with pytest.raises(EngineError) as raised:
        checked(CALL, reply)
    assert (raised.value.failure, raised.value.reason) == (kind, reason)


@pytest.mark.parametrize(
    ("kind", "billed", "certain"),
    [
        (Failure.TRANSIENT, None, False),
        (Failure.TRANSIENT, True, True),
        (Failure.TRANSIENT, False, None),
        (Failure.CONTENT, None, True),
        (Failure.CONTENT, False, None),
        (Failure.DIALOGUE, None, None),
        (Failure.DIALOGUE, True, True),
        (Failure.FATAL, None, None),
    ],
)
def test_what_a_failed_attempt_costs(kind: Failure, billed: bool | None, certain: bool | None) -> None:
    own = link(StandIn())
    found = charge_of(failure(kind, billed=billed), own, own.bound(CALL))
    assert (None if found is None else found.certain) == certain
    assert found is None or found.nanodollars == CALL.characters * 20_000


def test_tokens_that_the_service_counted_are_what_is_paid() -> None:
    own = link(StandIn(), price={"input_tokens": 1.0, "output_tokens": 2.5})
    found = charge_of(failure(Failure.CONTENT, tokens=(100, 10)), own, own.bound(CALL))
    assert found is not None
    assert (found.amount.input_tokens, found.amount.output_tokens, found.nanodollars) == (100, 10, 125_000)


def test_waits_double_with_jitter_up_to_a_bound() -> None:
    wait = waiting(SETTINGS)
    for attempt, (low, high) in enumerate([(1, 2), (2, 3), (4, 5), (8, 9), (16, 17), (20, 20)], start=1):
        waits = {wait(state(attempt, failure(Failure.TRANSIENT))) for _ in range(20)}
        assert low <= min(waits) <= max(waits) <= high
        assert low == high or len(waits) > 10


def test_a_service_that_asks_for_more_gets_it() -> None:
    assert waiting(SETTINGS)(state(1, failure(Failure.TRANSIENT, retry_after=7.5))) == 7.5


def test_each_kind_of_failure_has_attempts_of_its_own() -> None:
    patience = Patience(DispatchSettings(max_attempts=3, content_attempts=2))
    kinds = [Failure.TRANSIENT, Failure.CONTENT, Failure.TRANSIENT]
    assert [patience.allows_another(failure(kind)) for kind in kinds] == [True, True, True]
    assert not patience.allows_another(failure(Failure.TRANSIENT))
    assert not patience.allows_another(failure(Failure.CONTENT))
    assert not Patience(SETTINGS).allows_another(failure(Failure.DIALOGUE))
    assert not Patience(SETTINGS).allows_another(failure(Failure.FATAL))


def test_failures_in_succession_open_the_circuit_and_a_success_forgets_them() -> None:
    run = RunState(SETTINGS)
    for _ in range(3):
        run.failed("google", failure(Failure.TRANSIENT), ("train", "1"))
        run.failed("chat", failure(Failure.TRANSIENT), ("train", "1"))
    run.succeeded("google")
    run.failed("google", failure(Failure.TRANSIENT), ("train", "1"))
    assert not run.stop.is_set()
    run.failed("chat", failure(Failure.TRANSIENT), ("train", "1"))
    assert run.stop.is_set()
    assert run.ending is Ending.CIRCUIT
    assert "the chat engine failed 4 times in succession" in run.detail


def test_a_busy_service_is_not_down_and_a_strange_dialogue_counts_once() -> None:
    run = RunState(SETTINGS)
    for _ in range(50):
        run.failed("google", failure(Failure.TRANSIENT, retry_after=1.0), ("train", "1"))
        run.failed("google", failure(Failure.CONTENT), ("train", "1"))
        run.failed("google", failure(Failure.DIALOGUE), ("train", "2"))
    assert not run.stop.is_set()
    for number in range(3):
        run.failed("google", failure(Failure.CONTENT), ("train", str(number + 2)))
    assert run.stop.is_set()


def test_refusals_alone_leave_their_calls_in_doubt_and_a_success_makes_them_final() -> None:
    run, refusal = RunState(SETTINGS), failure(Failure.DIALOGUE, billed=False)
    units = [unit_of(TranslationCall(dialogue, "sw-KE", 0, 1), StandIn()) for dialogue in invent_dialogues(5)]
    run.failed("google", refusal, ("train", "0"))
    run.failed_for_good("google", refusal, units[0])
    assert run.in_doubt() == run.succeeded("google") == units[:1]
    for number, unit in enumerate(units[1:], start=1):
        assert (run.stop.is_set(), run.in_doubt()) == (False, units[1:number])
        for _ in range(3):  # calls of one dialogue
            run.failed("google", refusal, ("train", unit.dialogue_id))
        run.failed_for_good("google", refusal, unit)
    assert run.ending is Ending.CIRCUIT
    assert "mend the cause and start again" in run.detail
    assert run.in_doubt() == units[1:]
    assert (run.counts["failed"], run.given_up) == (5, {unit.key for unit in units})


def test_a_service_that_only_ever_asks_to_wait_is_down_in_the_end() -> None:
    run = RunState(SETTINGS)
    for _ in range(4):
        assert not run.stop.is_set()
        run.gave_up("google", failure(Failure.TRANSIENT, retry_after=1.0))
    assert run.ending is Ending.CIRCUIT


def test_a_wait_beyond_the_bound_ends_the_run_and_the_first_reason_stays() -> None:
    run = RunState(SETTINGS)
    run.failed("google", failure(Failure.TRANSIENT, retry_after=3600.0), ("train", "1"))
    run.end(Ending.BUDGET, "later")
    assert run.ending is Ending.CIRCUIT
    assert "asks to wait 3,600 s, more than dispatch.longest_wait_seconds = 20" in run.detail
