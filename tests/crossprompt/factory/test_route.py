"""The way of a dialogue through a chain: what one engine lacks goes to the next."""

from __future__ import annotations

from typing import ClassVar

import pytest

from crossprompt.corpora.dialogue import Dialogue, Speaker, Turn
from crossprompt.factory.link import Link
from crossprompt.factory.route import Missing, Piece, translate_dialogue
from crossprompt.translation.engine import CallLimits, EngineError, Failure, TranslationCall, TranslationReply
from tests.crossprompt.factory.stand_in import StandIn, link

DIALOGUE = Dialogue(
    "train",
    "1_00000",
    (),
    tuple(Turn(Speaker.USER if n % 2 == 0 else Speaker.SYSTEM, f"text {n}") for n in range(8)),
)


class Scripted(StandIn):
    """Has the turns of ``has``; raises ``failure`` for any call with a turn of ``stumbles``."""

    paid: ClassVar[bool] = False

    def __init__(self, label: str, has: str, stumbles: str = "", failure: Failure = Failure.DIALOGUE) -> None:
        super().__init__()
        self.label, self.has, self.stumbles, self.failure = label, has, stumbles, failure
        self.calls: list[tuple[int, int]] = []

    @property
    def limits(self) -> CallLimits:
        return CallLimits(utterances=10)

    def translate(self, call: TranslationCall) -> TranslationReply:
        self.calls.append((call.start, call.stop))
        numbers = [str(number) for number in range(call.start, call.stop)]
        if set(numbers) & set(self.stumbles):
            raise EngineError(self.failure, "stumbled", f"over {call.start} to {call.stop - 1}")
        return TranslationReply(tuple(f"{self.label}{n}" if n in self.has else None for n in numbers))


class Whole(Scripted):
    needs_whole_dialogue: ClassVar[bool] = True


def walk(*engines: Scripted, longest: int = 10) -> list[Piece] | Missing:
    chain = [Link(engine, link(engine).settings, longest) for engine in engines]
    return translate_dialogue(DIALOGUE, "sw-KE", chain, lambda own, call: own.engine.translate(call))


def targets(way: list[Piece] | Missing) -> str:
    assert isinstance(way, list), way
    assert [piece.source for piece in way] == list(DIALOGUE.turns)
    return " ".join(piece.target for piece in way)


def test_the_first_engine_is_enough_if_it_has_all() -> None:
    first, second = Scripted("a", "01234567"), Scripted("b", "01234567")
    assert targets(walk(first, second)) == "a0 a1 a2 a3 a4 a5 a6 a7"
    assert (first.calls, second.calls) == ([(0, 8)], [])


def test_what_it_lacks_goes_to_the_next_and_nothing_else() -> None:
    first, second, third = Scripted("a", "0167"), Scripted("b", "2345", stumbles="4"), Scripted("c", "01234567")
    assert targets(walk(first, second, third, longest=2)) == "a0 a1 b2 b3 c4 c5 a6 a7"
    assert second.calls == [(2, 4), (4, 6)]
    assert third.calls == [(4, 6)]


def test_a_reply_that_does_not_fit_is_asked_for_in_halves_down_to_one_turn() -> None:
    first, second = Scripted("a", "01234567", stumbles="5", failure=Failure.CONTENT), Scripted("b", "01234567")
    assert targets(walk(first, second)) == "a0 a1 a2 a3 a4 b5 a6 a7"
    assert first.calls == [(0, 8), (0, 4), (4, 8), (4, 6), (4, 5), (5, 6), (6, 8)]
    assert second.calls == [(5, 6)]


def test_no_engine_has_it_all() -> None:
    way = walk(Scripted("a", "0123"), Scripted("b", "4567", stumbles="7"))
    assert way == Missing("stumbled", "stand_in: over 4 to 7")
    assert walk(Scripted("a", "0123")) == Missing("missing_target", "stand_in: turn 7 has no target: 'text 7'")
    assert walk() == Missing("no_engine", "no engine of the chain offers sw-KE")


def test_an_engine_that_needs_whole_dialogues_gives_all_or_nothing() -> None:
    assert targets(walk(Scripted("a", "012"), Whole("w", "01234567"))) == "w0 w1 w2 w3 w4 w5 w6 w7"
    assert (
        targets(walk(Scripted("a", "012"), Whole("w", "0123456"), Scripted("b", "34567"))) == "a0 a1 a2 b3 b4 b5 b6 b7"
    )
    stumbling = Whole("w", "01234567", stumbles="3", failure=Failure.CONTENT)
    assert isinstance(walk(stumbling), Missing)
    assert stumbling.calls == [(0, 8)]


def test_a_dialogue_too_long_for_an_engine_that_needs_it_whole() -> None:
    engine = Whole("w", "01234567")
    way = walk(engine, longest=7)
    assert isinstance(way, Missing)
    assert (way.reason, engine.calls) == ("too_long", [])


def test_a_turn_too_long_for_one_engine_goes_to_the_next() -> None:
    class Narrow(Scripted):
        @property
        def limits(self) -> CallLimits:
            return CallLimits(characters=3)

    assert targets(walk(Narrow("n", "01234567"), Scripted("b", "01234567"))).startswith("b0 b1")


@pytest.mark.parametrize("failure", [Failure.TRANSIENT, Failure.FATAL])
def test_other_failures_end_the_walk(failure: Failure) -> None:
    second = Scripted("b", "01234567")
    with pytest.raises(EngineError, match="over 0 to 7"):
        walk(Scripted("a", "", stumbles="3", failure=failure), second)
    assert second.calls == []


def test_sources_of_the_engines_own_come_with_the_targets() -> None:
    class Localised(Scripted):
        def translate(self, call: TranslationCall) -> TranslationReply:
            turns = tuple(Turn(turn.speaker, turn.utterance.upper()) for turn in call.turns)
            return TranslationReply(("x",) * len(turns), turns)

    way = walk(Localised("l", ""))
    assert isinstance(way, list)
    assert [piece.source.utterance for piece in way][:2] == ["TEXT 0", "TEXT 1"]
