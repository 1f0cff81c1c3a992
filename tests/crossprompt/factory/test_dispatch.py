"""Every failure, several workers, a budget: each dialogue ends translated once, and the books are right."""

from __future__ import annotations

import multiprocessing
import re
import threading
import time
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any, ClassVar
from weakref import WeakSet

import pytest

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.factory.dispatch import dispatch
from crossprompt.factory.errors import UnfinishedError
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.ledger_reader import LedgerReader
from crossprompt.factory.link import Link
from crossprompt.factory.records import DispatchReport, Ending
from crossprompt.factory.rows import CoverageTally, iterate_rows
from crossprompt.factory.settings import DispatchSettings, LinkSettings
from crossprompt.settings import SettingsError
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply
from crossprompt.translation.engines.google import GoogleEngine, GoogleOptions
from crossprompt.translation.engines.memory import MemoryEngine
from crossprompt.translation.tmx import TmxHeader, TranslationUnit, write_units
from tests.crossprompt.factory.stand_in import (
    ALL,
    PRICE,
    QUICK,
    StandIn,
    backwards,
    error,
    invent_dialogues,
    link,
)

DIALOGUES = invent_dialogues(25)
SHORTEST = min(DIALOGUES, key=lambda dialogue: len(dialogue.turns))
LONGEST = max(DIALOGUES, key=lambda dialogue: len(dialogue.turns))
CHARACTERS = sum(len(turn.utterance) for dialogue in DIALOGUES for turn in dialogue.turns)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


class Slow(StandIn):
    def translate(self, call: TranslationCall) -> TranslationReply:
        time.sleep(0.002)
        return super().translate(call)


def send(
    path: Path,
    *engines: StandIn,
    settings: DispatchSettings = QUICK,
    budget: float | None = None,
    dialogues: Sequence[Dialogue] = DIALOGUES,
) -> DispatchReport:
    with Ledger(path, budget) as ledger:
        return dispatch(dialogues, "sw-KE", links(*engines), ledger, settings, progress=False)


def links(*engines: StandIn) -> list[Link]:
    return [link(engine) for engine in engines]


def rows(path: Path, *engines: StandIn, dialogues: Sequence[Dialogue] = DIALOGUES) -> list[dict[str, Any]]:
    with Ledger(path) as ledger:
        return list(iterate_rows(dialogues, "sw-KE", links(*engines), ledger, CoverageTally()))


def expected(dialogues: Sequence[Dialogue] = DIALOGUES) -> list[str]:
    return [backwards(turn.utterance, "sw-KE") for dialogue in dialogues for turn in dialogue.turns]


def bill(path: Path) -> tuple[int, int]:
    """Characters that were surely and perhaps paid, by the ledger."""
    with Ledger(path) as ledger:
        accounts = ledger.accounts()
    assert all(own.reserved_nanodollars == 0 for own in accounts)
    paid, uncertain = (sum(getattr(own, kind).characters for own in accounts) for kind in ("paid", "uncertain"))
    assert sum(own.committed for own in accounts) == (paid + uncertain) * PRICE * 1000
    return paid, uncertain


def test_all_dialogues_are_translated_and_a_second_run_sends_nothing(path: Path) -> None:
    engine = StandIn()
    report = send(path, engine)
    assert report.finished
    assert (report.dialogues, report.known, report.failed) == (25, 0, 0)
    assert report.sent == report.done == engine.received.total() == len(engine.received)
    assert [row["target"] for row in rows(path, engine)] == expected()
    assert bill(path) == (engine.billed, 0) == (CHARACTERS, 0)
    again = send(path, engine)
    assert (again.sent, again.known, engine.billed) == (0, report.done, CHARACTERS)


@pytest.mark.parametrize("seed", range(3))
def test_with_every_failure_injected_each_text_is_given_once_and_the_bill_is_right(path: Path, seed: int) -> None:
    engine = StandIn(share=0.5, seed=seed)
    report = send(path, engine)
    assert report.finished, report.detail
    assert [row["target"] for row in rows(path, engine)] == expected()
    assert max(engine.answered.values()) == 1
    paid, uncertain = bill(path)
    assert paid <= engine.billed <= paid + uncertain
    assert send(path, engine).sent == 0


def test_the_bill_is_exact_where_the_engine_knows_what_is_charged(path: Path) -> None:
    fates = {name: fate for name, fate in ALL.items() if name not in ("timeout", "reset")}
    engine = StandIn(share=0.6, seed=5, fates=fates)
    assert send(path, engine).finished
    assert bill(path) == (engine.billed, 0)


def test_rows_do_not_depend_on_the_order_of_completion(path: Path, tmp_path: Path) -> None:
    class Shuffled(StandIn):
        def translate(self, call: TranslationCall) -> TranslationReply:
            time.sleep(hash((self.seed, call.name)) % 7 / 2000)
            return super().translate(call)

    prints = set()
    for seed in range(2):
        own = tmp_path / f"{seed}.db"
        send(own, Shuffled(0.3, seed), settings=QUICK.model_copy(update={"workers": 1 + 7 * seed}))
        prints.add(fingerprint_value(rows(own, Shuffled())))
    assert len(prints) == 1


def test_no_more_calls_are_under_way_than_there_are_workers(path: Path) -> None:
    engine = Slow()
    send(path, engine, settings=QUICK.model_copy(update={"workers": 3}))
    assert engine.most_at_once <= 3


def test_two_runs_at_once_in_threads_never_send_the_same_call_twice(path: Path) -> None:
    engine, reports = Slow(), []
    runs = [threading.Thread(target=lambda: reports.append(send(path, engine))) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [report.finished for report in reports] == [True, True]
    assert set(engine.received.values()) == {1}
    assert [row["target"] for row in rows(path, engine)] == expected()


def test_two_runs_at_once_in_processes_never_send_the_same_call_twice(path: Path, tmp_path: Path) -> None:
    journals = [tmp_path / f"journal-{number}" for number in range(2)]
    context = multiprocessing.get_context("fork")
    both_are_ready = context.Barrier(2)

    def work(journal: Path) -> None:
        journal.touch()
        both_are_ready.wait()
        assert send(path, Slow(journal=journal)).finished

    runs = [context.Process(target=work, args=(journal,)) for journal in journals]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert [run.exitcode for run in runs] == [0, 0]
    shares = [journal.read_text(encoding="utf-8").splitlines() for journal in journals]
    lines = [line for share in shares for line in share]
    assert len(set(lines)) == len(lines)
    assert [row["target"] for row in rows(path, StandIn())] == expected()


def test_equal_dialogues_are_paid_for_once(path: Path) -> None:
    twin = Dialogue("dev", "other", DIALOGUES[0].services, DIALOGUES[0].turns)
    engine, both = StandIn(), [DIALOGUES[0], twin]
    assert send(path, engine, dialogues=both).finished
    assert bill(path)[0] == CHARACTERS_OF_FIRST
    assert [row["target"] for row in rows(path, engine, dialogues=both)] == expected(both)


CHARACTERS_OF_FIRST = sum(len(turn.utterance) for turn in DIALOGUES[0].turns)


@pytest.mark.parametrize("share", [0.0, 0.5])
@pytest.mark.parametrize("part", [0.1, 0.5])
def test_the_budget_is_never_exceeded_and_a_higher_one_goes_on(path: Path, share: float, part: float) -> None:
    engine = StandIn(share, seed=2)
    budget = part * CHARACTERS * PRICE / 1e6
    report = send(path, engine, budget=budget)
    assert report.ending is Ending.BUDGET
    assert "raise it and start again" in report.detail
    paid, uncertain = bill(path)
    assert paid <= engine.billed <= paid + uncertain <= part * CHARACTERS
    assert paid + uncertain > part * CHARACTERS - 8 * 400
    with pytest.raises(UnfinishedError, match="has no reply yet"):
        rows(path, engine)
    assert send(path, engine, budget=1.0).finished
    assert [row["target"] for row in rows(path, engine)] == expected()
    assert max(engine.answered.values()) == 1


def test_a_service_that_is_down_ends_the_run_which_goes_on_when_it_is_back(path: Path) -> None:
    class Down(StandIn):
        up = False

        def translate(self, call: TranslationCall) -> TranslationReply:
            if self.received.total() >= 20 and not self.up:
                self.received["refused"] += 1
                raise EngineError(Failure.TRANSIENT, "status_503", "it said 503", billed=False)
            return super().translate(call)

    engine = Down()
    report = send(path, engine, settings=QUICK.model_copy(update={"circuit_failures": 10}))
    assert report.ending is Ending.CIRCUIT
    assert re.search(r"1\d times in succession, last: it said 503", report.detail)
    # replies that were under way when it went down forget the failures before them
    assert engine.received["refused"] <= (1 + QUICK.workers) * (10 + QUICK.workers)
    engine.up = True
    assert send(path, engine).finished
    assert bill(path) == (CHARACTERS, 0)


def test_a_service_that_always_asks_to_wait_ends_the_run_before_all_have_waited(path: Path) -> None:
    engine = StandIn(1.0, fates={"wait": error(Failure.TRANSIENT, "status_503", billed=False, retry_after=0.001)})
    settings = QUICK.model_copy(update={"circuit_failures": 5, "max_attempts": 2})
    report = send(path, engine, settings=settings)
    assert report.ending is Ending.CIRCUIT
    assert report.pending < 5 + QUICK.workers


def test_a_service_that_asks_for_a_long_wait_ends_the_run_at_once(path: Path) -> None:
    engine = StandIn(1.0, fates={"wait": error(Failure.TRANSIENT, "status_429", billed=False, retry_after=3600)})
    begun = time.monotonic()
    report = send(path, engine)
    assert report.ending is Ending.CIRCUIT
    assert "asks to wait 3,600 s" in report.detail
    assert time.monotonic() - begun < 30


@pytest.mark.parametrize("status", ["status_401", "status_403"])
def test_a_refused_key_ends_the_run_and_leaves_all_pending(path: Path, status: str) -> None:
    engine = StandIn(1.0, fates={status: error(Failure.FATAL, status, billed=False)})
    report = send(path, engine)
    assert report.ending is Ending.FATAL
    assert f"it said {status}" in report.detail
    assert engine.received.total() <= QUICK.workers
    engine.share = 0.0
    assert send(path, engine).finished
    assert bill(path) == (CHARACTERS, 0)


def test_what_fails_at_every_attempt_is_left_pending_and_taken_up_again(path: Path) -> None:
    class Moody(StandIn):
        def translate(self, call: TranslationCall) -> TranslationReply:
            if self.share and call.dialogue.dialogue_id == DIALOGUES[3].dialogue_id:
                raise EngineError(Failure.TRANSIENT, "status_500", "it said 500", billed=False)
            return super().translate(call)

    engine = Moody(share=1e-9)
    report = send(path, engine)
    assert (report.ending, report.pending) == (Ending.INCOMPLETE, 1)
    assert "start again" in report.detail
    engine.share = 0.0
    assert send(path, engine).finished
    assert [row["target"] for row in rows(path, engine)] == expected()


def test_a_bad_request_is_final_and_goes_to_the_next_engine(path: Path) -> None:
    class Second(StandIn):
        @classmethod
        def engine_name(cls) -> str:
            return "second"

    first = StandIn(1.0, fates={"status_400": error(Failure.DIALOGUE, "status_400", billed=False)})
    second = Second()
    report = send(path, first, second)
    assert report.finished
    assert set(first.received.values()) == {1}
    assert {row["engine"] for row in rows(path, first, second)} == {"second"}
    assert send(path, first, second).sent == 0
    first.share = 0.0
    settings = QUICK.model_copy(update={"retry_failed": True})
    assert send(path, first, second, settings=settings).done == len(first.received)
    assert {row["engine"] for row in rows(path, first, second)} == {"stand_in"}


def test_a_service_that_refuses_everything_ends_the_run_and_its_calls_stay_pending(path: Path) -> None:
    engine = StandIn(1.0, fates={"status_400": error(Failure.DIALOGUE, "status_400", billed=False)})
    report = send(path, engine, settings=QUICK.model_copy(update={"circuit_failures": 5}))
    assert report.ending is Ending.CIRCUIT
    assert "refuses every dialogue" in report.detail
    assert (report.failed, report.pending) == (0, report.sent)
    assert len({name.partition(",")[0] for name in engine.received}) < 5 + QUICK.workers
    engine.share = 0.0
    again = send(path, engine)
    assert (again.finished, again.known) == (True, 0)
    assert [row["target"] for row in rows(path, engine)] == expected()
    assert bill(path) == (CHARACTERS, 0)


def test_refusals_between_good_replies_are_final(path: Path) -> None:
    class Picky(StandIn):
        def translate(self, call: TranslationCall) -> TranslationReply:
            if call.dialogue.dialogue_id in refused:
                raise EngineError(Failure.DIALOGUE, "status_400", "it said 400", billed=False)
            return super().translate(call)

    refused = {dialogue.dialogue_id for dialogue in DIALOGUES[::2]}
    report = send(path, Picky(), settings=QUICK.model_copy(update={"circuit_failures": 2, "workers": 1}))
    assert (report.ending, report.pending) == (Ending.FINISHED, 0)
    assert {row["dialogue_id"] for row in rows(path, Picky())} == {dialogue.dialogue_id for dialogue in DIALOGUES[1::2]}
    assert send(path, Picky()).sent == 0


def test_a_streak_of_refusals_that_breaks_off_is_taken_up_by_the_next_run(path: Path) -> None:
    class BrokenOff(StandIn):
        def translate(self, call: TranslationCall) -> TranslationReply:
            refused = call.dialogue.dialogue_id in {dialogue.dialogue_id for dialogue in DIALOGUES[:4]}
            if not refused:
                raise RuntimeError("the process breaks off")
            raise EngineError(Failure.DIALOGUE, "status_400", "it said 400", billed=False)

    with pytest.raises(RuntimeError, match="breaks off"):
        send(path, BrokenOff(), settings=QUICK.model_copy(update={"workers": 1}))
    with LedgerReader(path) as reader:
        assert sum(counts.failed for counts in reader.counts()) == 0
    again = send(path, StandIn())
    assert (again.finished, again.known) == (True, 0)
    assert [row["target"] for row in rows(path, StandIn())] == expected()


def test_the_last_refusals_of_a_run_that_comes_to_its_end_are_final(path: Path) -> None:
    engine = StandIn(1.0, fates={"status_400": error(Failure.DIALOGUE, "status_400", billed=False)})
    few = DIALOGUES[:3]
    report = send(path, engine, dialogues=few)
    assert (report.ending, report.failed, report.pending) == (Ending.FINISHED, report.sent, 0)
    engine.share = 0.0
    assert send(path, engine, dialogues=few).sent == 0


def test_what_an_engine_refuses_without_asking_says_nothing_of_the_service(path: Path) -> None:
    engine = StandIn(1.0, fates={"too_long": error(Failure.DIALOGUE, "too_long", billed=None)})
    report = send(path, engine, settings=QUICK.model_copy(update={"circuit_failures": 5}))
    assert (report.ending, report.failed) == (Ending.FINISHED, report.sent)


def test_failed_calls_are_sent_again_on_request_and_their_halves_where_they_were_split(path: Path) -> None:
    fates = {"html": error(Failure.CONTENT, "html", billed=False)}

    class Poisoned(StandIn):
        def translate(self, call: TranslationCall) -> TranslationReply:
            if self.share and any(turn is LONGEST.turns[3] for turn in call.turns):
                return fates["html"](call)
            return super().translate(call)

    engine, own = Poisoned(share=1e-9), QUICK.model_copy(update={"retry_failed": True})
    report = send(path, engine, settings=own, dialogues=[LONGEST])
    assert (report.ending, report.failed) == (Ending.FINISHED, 4)  # 8 turns, then 4, 2 and the one
    assert rows(path, engine, dialogues=[LONGEST]) == []
    billed, engine.share = engine.billed, 0.0
    assert send(path, engine, dialogues=[LONGEST]).sent == 0
    assert send(path, engine, settings=own, dialogues=[LONGEST]).sent == 1
    assert engine.billed - billed == len(LONGEST.turns[3].utterance)
    assert [row["target"] for row in rows(path, engine, dialogues=[LONGEST])] == expected([LONGEST])


def test_the_paid_engine_is_asked_for_the_turns_that_a_memory_lacks_and_no_others(path: Path) -> None:
    known = [turn.utterance for number, turn in enumerate(LONGEST.turns) if number != 3]
    units = [TranslationUnit("", "en", {"en": text, "sw-KE": f"memory {text}"}) for text in known]
    write_units(path.with_suffix(".tmx"), units, TmxHeader("en", "tests", "1"))
    memory, engine = MemoryEngine(path.with_suffix(".tmx")), StandIn()
    chain = [Link(memory, LinkSettings(name="memory")), link(engine)]
    with Ledger(path) as ledger:
        assert dispatch([LONGEST], "sw-KE", chain, ledger, QUICK, progress=False).finished
        found = list(iterate_rows([LONGEST], "sw-KE", chain, ledger, CoverageTally()))
    assert [row["turn"] for row in found if row["engine"] == "stand_in"] == [3]
    assert [row["target"] for row in found if row["engine"] == "memory"] == [f"memory {text}" for text in known]
    assert engine.billed == len(LONGEST.turns[3].utterance)


def test_a_free_engine_before_the_paid_one_saves_what_it_has(path: Path) -> None:
    class Memory(StandIn):
        paid: ClassVar[bool] = False

        @classmethod
        def engine_name(cls) -> str:
            return "memory"

        def translate(self, call: TranslationCall) -> TranslationReply:
            numbers = range(call.start, call.stop)
            return TranslationReply(tuple("known" if number % 2 else None for number in numbers))

    engine = StandIn()
    assert send(path, Memory(), engine).finished
    found = rows(path, Memory(), engine)
    assert {row["engine"]: row["turn"] % 2 for row in found} == {"stand_in": 0, "memory": 1}
    assert engine.billed == sum(len(row["source"]) for row in found if row["engine"] == "stand_in")


def test_a_service_is_asked_again_no_sooner_than_it_said(path: Path) -> None:
    class Timed(StandIn):
        times: ClassVar[list[float]] = []

        def translate(self, call: TranslationCall) -> TranslationReply:
            self.times.append(time.monotonic())
            return super().translate(call)

    wait = {"wait": error(Failure.TRANSIENT, "status_429", billed=False, retry_after=0.3)}
    settings = QUICK.model_copy(update={"longest_wait_seconds": 0.5})
    assert send(path, Timed(1.0, fates=wait), settings=settings, dialogues=[SHORTEST]).finished
    pauses = [later - sooner for sooner, later in pairwise(Timed.times)]
    assert len(pauses) == 3
    assert min(pauses) >= 0.3


def test_memory_does_not_grow_with_the_corpus(path: Path) -> None:
    class Watched(Dialogue):
        """A dialogue that can be watched: the plain one has no room for weak references."""

    class Source:
        def __init__(self) -> None:
            self.alive: WeakSet[Watched] = WeakSet()
            self.most = 0

        def __iter__(self) -> Iterator[Dialogue]:
            for dialogue in invent_dialogues(60):
                watched = Watched(dialogue.split, dialogue.dialogue_id, dialogue.services, dialogue.turns)
                self.alive.add(watched)
                self.most = max(self.most, len(self.alive))
                yield watched

    source = Source()
    with Ledger(path) as ledger:
        assert dispatch(source, "sw-KE", links(StandIn()), ledger, QUICK, progress=False).finished
        assert source.most <= 2 * QUICK.workers + 2
        source.most = 0
        assert sum(1 for _ in iterate_rows(source, "sw-KE", links(StandIn()), ledger, CoverageTally())) > 600
        assert source.most <= 2


def test_free_engines_alone_need_no_ledger_and_are_not_sent(path: Path) -> None:
    class Free(StandIn):
        paid: ClassVar[bool] = False

    engine = Free()
    report = send(path, engine)
    assert (report.finished, report.dialogues, engine.received) == (True, 0, {})
    found = list(iterate_rows(DIALOGUES, "sw-KE", links(engine), None, CoverageTally()))
    assert [row["target"] for row in found] == expected()


def test_a_free_engine_that_takes_long_can_be_kept_in_the_ledger(path: Path) -> None:
    class Free(StandIn):
        paid: ClassVar[bool] = False

    engine = Free()
    kept = [link(engine, ledger=True)]
    with Ledger(path, budget=0.0) as ledger:
        assert dispatch(DIALOGUES, "sw-KE", kept, ledger, QUICK, progress=False).finished
        count = engine.received.total()
        assert len(list(iterate_rows(DIALOGUES, "sw-KE", kept, ledger, CoverageTally()))) == len(expected())
    assert engine.received.total() == count


def test_a_mistake_in_an_engine_is_not_swallowed_and_its_claim_is_given_back(path: Path) -> None:
    class Broken(StandIn):
        def translate(self, call: TranslationCall) -> TranslationReply:
            raise ZeroDivisionError("a mistake")

    with pytest.raises(ZeroDivisionError):
        send(path, Broken())
    with Ledger(path) as ledger:
        (account,) = ledger.accounts()
    assert account.reserved_nanodollars == 0
    assert 1 <= account.uncertain.calls <= QUICK.workers
    assert send(path, StandIn()).finished


def test_a_budget_needs_the_prices_of_paid_engines(path: Path) -> None:
    free_of_charge = [link(StandIn(), price={})]
    with (
        Ledger(path, budget=5.0) as ledger,
        pytest.raises(SettingsError, match="the stand_in engine is paid and has no"),
    ):
        dispatch(DIALOGUES, "sw-KE", free_of_charge, ledger, QUICK)


def test_a_budget_needs_an_engine_whose_bill_has_a_bound(path: Path) -> None:
    chain = [link(GoogleEngine(GoogleOptions(model="general/translation-llm")))]
    with Ledger(path, budget=5.0) as ledger, pytest.raises(SettingsError, match="no budget can be kept with the goog"):
        dispatch(DIALOGUES, "sw-KE", chain, ledger, QUICK)


def test_dialogues_that_come_only_once_are_refused(path: Path) -> None:
    with Ledger(path) as ledger, pytest.raises(TypeError, match="gone through more than once"):
        dispatch(iter(DIALOGUES), "sw-KE", links(StandIn()), ledger, QUICK)
