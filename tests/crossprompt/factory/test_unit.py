"""A unit's key: all that decides the text, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest

from crossprompt.corpora.dialogue import Dialogue, Frame, SlotSpan, SlotValues, Speaker, Turn
from crossprompt.factory.unit import context_fingerprint, unit_of
from crossprompt.translation.engine import TranslationCall
from tests.crossprompt.factory.stand_in import StandIn

DIALOGUE = Dialogue(
    "train",
    "1_00001",
    ("Ferries_1",),
    (
        Turn(Speaker.USER, "Two tickets to Lamu", (Frame("Ferries_1", (SlotSpan("to", 15, 19),)),)),
        Turn(Speaker.SYSTEM, "At which hour?"),
    ),
)
CALL = TranslationCall(DIALOGUE, "sw-KE", 0, 2)


class OtherRevision(StandIn):
    @property
    def revision(self) -> str:
        return "stand-in-2"


class OtherSwahili(StandIn):
    def revision_for(self, locale: str) -> str:
        return "mended" if locale == "sw-KE" else self.revision


class OtherName(StandIn):
    @classmethod
    def engine_name(cls) -> str:
        return "other"


def key(call: TranslationCall = CALL, engine: StandIn | None = None) -> str:
    return unit_of(call, engine or StandIn()).key


def with_turn(**changes: object) -> TranslationCall:
    turns = (replace(DIALOGUE.turns[0], **changes), DIALOGUE.turns[1])
    return replace(CALL, dialogue=replace(DIALOGUE, turns=turns))


@pytest.mark.parametrize(
    "other",
    [
        key(engine=OtherRevision()),
        key(engine=OtherName()),
        key(engine=OtherSwahili()),
        key(replace(CALL, locale="th-TH")),
        key(replace(CALL, stop=1)),
        key(replace(CALL, start=1)),
        key(with_turn(utterance="Two tickets to Lama")),
        key(with_turn(speaker=Speaker.SYSTEM)),
        key(with_turn(frames=())),
        key(replace(CALL, dialogue=replace(DIALOGUE, services=("Trains_1",)))),
    ],
)
def test_what_decides_the_text_decides_the_key(other: str) -> None:
    assert other != key()
    assert len(other) == 64


def test_context_counts_where_it_is_not_translated() -> None:
    ending = replace(CALL, start=1)
    changed = replace(with_turn(utterance="Three tickets to Lamu"), start=1)
    assert ending.turns == changed.turns
    assert key(ending) != key(changed)


def test_ids_and_annotations_that_no_engine_reads_do_not_count() -> None:
    frame = Frame("Ferries_1", (SlotSpan("to", 15, 19),), (), "Book", (SlotValues("to", ("Lamu",)),))
    assert key(replace(CALL, dialogue=replace(DIALOGUE, dialogue_id="2_00007", split="dev"))) == key()
    assert key(with_turn(frames=(frame,))) == key()


def test_another_revision_of_another_language_does_not_count() -> None:
    thai = replace(CALL, locale="th-TH")
    assert key(thai, OtherSwahili()) == key(thai)


def test_texts_can_not_run_into_each_other() -> None:
    joined = [Turn(Speaker.USER, 'a","b'), Turn(Speaker.USER, "c")]
    apart = [Turn(Speaker.USER, "a"), Turn(Speaker.USER, 'b","c')]
    prints = {context_fingerprint(replace(DIALOGUE, turns=tuple(turns))) for turns in (joined, apart)}
    assert len(prints) == 2


def test_a_context_at_hand_gives_the_same_key() -> None:
    assert unit_of(CALL, StandIn(), context_fingerprint(DIALOGUE)) == unit_of(CALL, StandIn())


def test_a_unit_says_what_it_is() -> None:
    unit = unit_of(CALL, StandIn())
    assert unit.name == "stand_in, sw-KE, train/1_00001, turns 0 to 1"
    assert (unit.turns, unit.characters) == (2, 19 + 14)
