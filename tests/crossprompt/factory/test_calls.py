"""Cutting dialogues into calls and calls into halves."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn
from crossprompt.factory.calls import halves, split_calls
from crossprompt.translation.engine import CallLimits, EngineError, Failure, TranslationCall

TEXTS = st.lists(st.text(alphabet="aé漢😀", max_size=6), max_size=30)
LIMITS = st.builds(
    CallLimits,
    utterances=st.integers(1, 7),
    characters=st.none() | st.integers(6, 20),
    bytes=st.none() | st.integers(24, 60),
)


def dialogue(texts: list[str]) -> Dialogue:
    return Dialogue("train", "1_00000", (), tuple(Turn(Speaker.USER, text) for text in texts))


def fits(call: TranslationCall, limits: CallLimits) -> bool:
    size = sum(len(turn.utterance.encode()) for turn in call.turns)
    return (
        len(call.turns) <= limits.utterances
        and (limits.characters is None or call.characters <= limits.characters)
        and (limits.bytes is None or size <= limits.bytes)
    )


@given(texts=TEXTS, limits=LIMITS, data=st.data())
def test_every_wanted_turn_is_in_one_call_within_the_limits(
    texts: list[str], limits: CallLimits, data: st.DataObject
) -> None:
    wanted = sorted(data.draw(st.sets(st.sampled_from(range(len(texts)))))) if texts else []
    calls = split_calls(dialogue(texts), "sw-KE", limits, wanted)
    assert [number for call in calls for number in range(call.start, call.stop)] == wanted
    assert all(fits(call, limits) for call in calls)


@given(texts=TEXTS, limits=LIMITS)
def test_no_call_could_have_held_the_next_turn_too(texts: list[str], limits: CallLimits) -> None:
    calls = split_calls(dialogue(texts), "sw-KE", limits)
    longer = [TranslationCall(call.dialogue, call.locale, call.start, call.stop + 1) for call in calls[:-1]]
    assert not any(fits(call, limits) for call in longer)


def test_a_dialogue_by_hand() -> None:
    texts = ["aaa", "bb", "c", "dddd", "e"]
    calls = split_calls(dialogue(texts), "sw-KE", CallLimits(utterances=3, characters=5))
    assert [(call.start, call.stop) for call in calls] == [(0, 2), (2, 4), (4, 5)]
    assert [(c.start, c.stop) for c in split_calls(dialogue(texts), "sw-KE", CallLimits(), [0, 1, 3])] == [
        (0, 2),
        (3, 4),
    ]


def test_bytes_are_counted_as_utf_8() -> None:
    calls = split_calls(dialogue(["漢字", "漢字"]), "sw-KE", CallLimits(bytes=11))
    assert len(calls) == 2


@pytest.mark.parametrize("limits", [CallLimits(characters=4), CallLimits(bytes=4)])
def test_a_turn_that_no_call_can_hold_is_refused(limits: CallLimits) -> None:
    with pytest.raises(EngineError, match="turn 1 of train/1_00000 has 5 characters") as raised:
        split_calls(dialogue(["ab", "abcde", "c"]), "sw-KE", limits)
    assert (raised.value.failure, raised.value.reason) == (Failure.DIALOGUE, "too_long")


@given(st.integers(0, 5), st.integers(1, 40))
def test_halves_hold_what_the_whole_held_down_to_one_turn(start: int, length: int) -> None:
    call = TranslationCall(dialogue(["x"] * 50), "sw-KE", start, start + length)
    leaves, waiting = [], [call]
    while waiting:
        parts = halves(waiting.pop())
        if parts is None:
            leaves.append(1)
        else:
            assert abs(len(parts[0].turns) - len(parts[1].turns)) <= 1
            waiting += parts
    assert len(leaves) == length
