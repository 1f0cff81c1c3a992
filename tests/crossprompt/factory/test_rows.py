"""Rows put together from the ledger, and what is counted on the way."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

import pytest

from crossprompt.corpora.dialogue import dialogues_to_dataset
from crossprompt.factory.dispatch import dispatch
from crossprompt.factory.errors import UnfinishedError
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.rows import CoverageTally, DialogueStream, iterate_rows
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply
from crossprompt.translation.engines.pseudo import PseudoEngine
from crossprompt.translation.rows import TRANSLATION_FEATURES
from crossprompt.translation.settings import TranslationSettings
from crossprompt.translation.table import collect_rows
from crossprompt.translation.translate import translate_dialogues
from tests.crossprompt.factory.stand_in import QUICK, StandIn, error, invent_dialogues, link

DIALOGUES = invent_dialogues(6, seed=3)


class Free(StandIn):
    paid: ClassVar[bool] = False


class Gaps(Free):
    """Lacks one dialogue."""

    def translate(self, call: TranslationCall) -> TranslationReply:
        if call.dialogue.dialogue_id == DIALOGUES[2].dialogue_id:
            raise EngineError(Failure.DIALOGUE, "not_there", "it is not there")
        return super().translate(call)


def test_rows_are_those_of_the_plain_path() -> None:
    table = dialogues_to_dataset(DIALOGUES)
    engine = PseudoEngine()
    plain = translate_dialogues(table, "sw-KE", engine, TranslationSettings(splits=("train",)), progress=False)
    rows = iterate_rows(DialogueStream(table), "sw-KE", [link(engine)], None, CoverageTally())
    made = collect_rows(rows)
    assert made.features == TRANSLATION_FEATURES
    assert made.to_list() == plain.to_list()


def test_coverage_adds_up(tmp_path: Path) -> None:
    tally = CoverageTally()
    rows = list(iterate_rows(DIALOGUES, "sw-KE", [link(Gaps())], None, tally))
    coverage = tally.coverage("sw-KE")
    assert (coverage.dialogues, coverage.covered, coverage.reasons) == (6, 5, {"not_there": 1})
    assert coverage.skipped[0].dialogue_id == DIALOGUES[2].dialogue_id
    assert coverage.utterances == len(rows) == coverage.shares[0].utterances
    assert coverage.shares[0].characters == sum(len(row["source"]) for row in rows)


def test_a_missing_dialogue_can_be_refused() -> None:
    rows = iterate_rows(DIALOGUES, "sw-KE", [link(Gaps())], None, CoverageTally(), refuse_missing=True)
    with pytest.raises(EngineError, match=r"dialogue train/9_00002: stand_in: it is not there; set factory.missing"):
        list(rows)


def test_an_engine_without_a_ledger_is_asked_again_while_that_may_help() -> None:
    fates = {"status_503": error(Failure.TRANSIENT, "status_503", billed=False)}
    engine = Free(1.0, fates=fates)
    rows = list(iterate_rows(DIALOGUES, "sw-KE", [link(engine)], None, CoverageTally(), settings=QUICK))
    assert len(rows) == sum(len(dialogue.turns) for dialogue in DIALOGUES)
    assert set(engine.received.values()) == {4}


def test_nothing_that_costs_is_sent_while_rows_are_put_together(tmp_path: Path) -> None:
    engine = StandIn()
    with pytest.raises(UnfinishedError, match="its calls go through a ledger, and none was given"):
        list(iterate_rows(DIALOGUES, "sw-KE", [link(engine)], None, CoverageTally()))
    with Ledger(tmp_path / "ledger.db") as ledger:
        dispatch(DIALOGUES[:3], "sw-KE", [link(engine)], ledger, QUICK, progress=False)
        before = engine.received.total()
        rows = iterate_rows(DIALOGUES, "sw-KE", [link(engine)], ledger, CoverageTally())
        with pytest.raises(
            UnfinishedError, match=r"train/9_00003, turns 0 to \d: the ledger .*ledger.db has no reply yet"
        ):
            list(rows)
    assert engine.received.total() == before


def test_a_stream_of_dialogues_is_gone_through_again_and_again() -> None:
    stream = DialogueStream(dialogues_to_dataset(DIALOGUES), {"train"})
    assert list(stream) == list(stream) == DIALOGUES
    assert len(stream) == len(DIALOGUES)
    assert DIALOGUES[1] in stream
    assert len(DialogueStream(dialogues_to_dataset(DIALOGUES), {"dev"})) == 0
