"""Claims, states and money of the ledger."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

import pytest

from crossprompt.factory.errors import BudgetError, LedgerError
from crossprompt.factory.ledger import Charge, Claimed, Held, Ledger
from crossprompt.factory.ledger_reader import Done, Failed, LedgerReader, Retries
from crossprompt.factory.prices import Amount
from crossprompt.factory.unit import Unit
from crossprompt.translation.engine import Failure

CENT = 10_000_000


def unit(number: int, locale: str = "sw-KE", turns: int = 2) -> Unit:
    return Unit(f"{locale}{number:059d}", "stand_in", locale, "train", f"1_{number:05d}", 0, turns, 10)


def charge(cents: int, *, certain: bool = True) -> Charge:
    return Charge(Amount(calls=1, utterances=2, characters=10), cents * CENT, certain)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def ledger(path: Path) -> Iterator[Ledger]:
    with Ledger(path) as opened:
        yield opened


def test_a_unit_from_claim_to_done(ledger: Ledger) -> None:
    assert ledger.find(unit(1).key) is None
    assert ledger.claim(unit(1), charge(3)) == Claimed(1)
    assert ledger.find(unit(1).key) is None
    ledger.settle(unit(1), ("moja \x00 😀", None), charge(2), 1.5)
    assert ledger.claim(unit(1), charge(3)) == ledger.find(unit(1).key) == Done(("moja \x00 😀", None))
    (account,) = ledger.accounts()
    assert account.paid == Amount(calls=1, utterances=2, characters=10)
    assert (account.paid_nanodollars, account.reserved_nanodollars, account.seconds) == (2 * CENT, 0, 1.5)


def test_a_claimed_unit_is_held_for_threads_and_other_workers(ledger: Ledger, path: Path) -> None:
    ledger.claim(unit(1), charge(1))
    assert ledger.claim(unit(1), charge(1)) == Held()
    with Ledger(path) as other:
        assert other.claim(unit(1), charge(1)) == Held()
        assert other.claim(unit(2), charge(1)) == Claimed(1)


def test_attempts_are_counted_and_each_is_booked(ledger: Ledger) -> None:
    ledger.claim(unit(1), charge(1))
    assert ledger.again(unit(1), charge(1, certain=False), "timeout", "silent for 60 s", charge(1))
    assert ledger.again(unit(1), None, "status_503", "it said 503", charge(1))
    ledger.release(unit(1), charge(1), "html", "a page came back")
    assert ledger.claim(unit(1), charge(1)) == Claimed(4)
    ledger.settle(unit(1), ("a", "b"), charge(1), 0.1)
    (account,) = ledger.accounts()
    assert (account.paid.calls, account.uncertain.calls) == (2, 1)
    assert account.committed == 3 * CENT


def test_what_failed_for_good_stays_failed_until_it_is_reopened(ledger: Ledger, path: Path) -> None:
    ledger.claim(unit(1), charge(1))
    ledger.fail(unit(1), None, Failure.DIALOGUE, "status_400", "it said no")
    with Ledger(path) as later:
        assert later.claim(unit(1), charge(1)) == Failed(Failure.DIALOGUE, "status_400", "it said no")
        later.retry(unit(1))
        assert later.claim(unit(1), charge(1)) == Claimed(2)
        later.settle(unit(1), ("a", "b"), charge(1), 0.1)
        later.retry(unit(1))
        assert later.find(unit(1).key) == Done(("a", "b"))


def test_retries_are_counted_by_locale_and_halved_calls_are_none(ledger: Ledger) -> None:
    split, single = unit(2, turns=4), unit(3, turns=1)
    for one, failure in ((unit(1), Failure.DIALOGUE), (split, Failure.CONTENT), (single, Failure.CONTENT)):
        ledger.claim(one, charge(1))
        ledger.fail(one, None, failure, "no", "it said no")
    assert ledger.retries() == {"sw-KE": Retries(0, 2)}
    ledger.retry(single)
    ledger.retry(single)  # it is pending
    assert ledger.retries() == {"sw-KE": Retries(1, 1)}


def test_a_ledger_of_before_there_were_retries_is_read_and_brought_up_to_date(path: Path) -> None:
    Ledger(path).close()
    with sqlite3.connect(path) as database:
        database.executescript("DROP TABLE doubts; DROP TABLE retries")
    database.close()
    with LedgerReader(path) as reader:
        assert reader.retries() == {}
    with Ledger(path) as ledger:
        ledger.claim(unit(1), charge(1))
        ledger.fail(unit(1), None, Failure.DIALOGUE, "no", "it said no", doubtful=True)
        ledger.confirm([unit(1)])
        ledger.retry(unit(1))
        assert ledger.retries() == {"sw-KE": Retries(1, 0)}


def refuse(ledger: Ledger, *units: Unit) -> None:
    for one in units:
        ledger.claim(one, charge(1))
        ledger.fail(one, None, Failure.DIALOGUE, "status_400", "it said no", doubtful=True)


def test_what_was_refused_in_doubt_is_pending_once_its_worker_is_gone(path: Path) -> None:
    with Ledger(path) as ledger:
        refuse(ledger, unit(1), unit(2))
        assert isinstance(ledger.find(unit(1).key), Failed)
        ledger.confirm([unit(2)])
    with Ledger(path) as later:
        assert later.find(unit(1).key) is None
        assert isinstance(later.find(unit(2).key), Failed)
        assert later.retries() == {"sw-KE": Retries(0, 1)}


def test_what_a_killed_worker_doubted_is_taken_up_by_the_next(path: Path) -> None:
    def refuse_and_wait(far: Connection) -> None:
        with Ledger(path) as own:
            refuse(own, unit(2))
            far.send("refused")
            time.sleep(60)

    process, near = in_a_process(path, refuse_and_wait)
    assert near.recv() == "refused"
    with Ledger(path) as ledger:
        assert isinstance(ledger.claim(unit(2), charge(1)), Failed)  # its worker lives
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    with Ledger(path) as ledger:
        assert ledger.claim(unit(2), charge(1)) == Claimed(2)


def test_accounts_and_counts_are_by_engine_and_locale(ledger: Ledger, path: Path) -> None:
    for locale, number in (("th-TH", 1), ("sw-KE", 1), ("sw-KE", 2), ("sw-KE", 3)):
        ledger.claim(unit(number, locale), charge(1))
        if number < 3:
            ledger.settle(unit(number, locale), ("a", "b"), charge(1), 0.5)
    assert [(own.locale, own.paid.calls, own.reserved_nanodollars) for own in ledger.accounts()] == [
        ("sw-KE", 2, CENT),
        ("th-TH", 1, 0),
    ]
    with LedgerReader(path) as reader:
        counts = [(own.locale, own.pending, own.done, own.failed, own.characters_done) for own in reader.counts()]
    assert counts == [("sw-KE", 1, 2, 0, 20), ("th-TH", 0, 1, 0, 10)]


def test_only_who_claimed_may_settle(ledger: Ledger, path: Path) -> None:
    with Ledger(path) as other:
        other.claim(unit(1), charge(1))
        with pytest.raises(LedgerError, match="is not claimed by this worker"):
            ledger.settle(unit(1), ("a", "b"), charge(1), 0.1)
        other.settle(unit(1), ("a", "b"), charge(1), 0.1)
    assert ledger.accounts()[0].committed == CENT


def test_what_is_held_back_counts_against_the_budget(path: Path) -> None:
    with Ledger(path, budget=0.05) as ledger:
        assert ledger.claim(unit(1), charge(2)) == Claimed(1)
        assert ledger.claim(unit(2), charge(3)) == Claimed(1)
        assert ledger.claim(unit(3), charge(1)) == Held()  # what is under way may turn out cheaper
        with pytest.raises(BudgetError, match=r"may cost \$0\.0600, more than is left of the budget of \$0\.05"):
            ledger.claim(unit(3), charge(6))
        ledger.settle(unit(1), ("a", "b"), charge(1), 0.1)
        assert ledger.claim(unit(3), charge(1)) == Claimed(1)
        ledger.settle(unit(2), ("a", "b"), charge(3), 0.1)
        ledger.settle(unit(3), ("a", "b"), charge(1), 0.1)
        with pytest.raises(BudgetError):
            ledger.claim(unit(4), charge(1))
        assert ledger.claim(unit(4), charge(0)) == Claimed(1)


def test_what_costs_nothing_needs_no_room(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.claim(unit(1), charge(5))
        ledger.settle(unit(1), ("a", "b"), charge(5), 0.1)
    with Ledger(path, budget=0.01) as lower:
        assert lower.claim(unit(2), charge(0)) == Claimed(1)
        with pytest.raises(BudgetError):
            lower.claim(unit(3), charge(1))


def test_another_attempt_needs_room_too(path: Path) -> None:
    with Ledger(path, budget=0.03) as ledger:
        ledger.claim(unit(1), charge(2))
        with pytest.raises(BudgetError):
            ledger.again(unit(1), charge(2, certain=False), "timeout", "silent", charge(2))
        (account,) = ledger.accounts()
        assert (account.uncertain_nanodollars, account.reserved_nanodollars) == (2 * CENT, 0)
        ledger.claim(unit(2), charge(1))
        ledger.release(unit(2), None, "stopped", "the run ended")
        ledger.claim(unit(1), charge(1))
        ledger.claim(unit(3), charge(0))
        assert ledger.again(unit(1), None, "status_503", "busy", charge(1))


def test_two_workers_share_one_budget(path: Path) -> None:
    with Ledger(path, budget=0.05) as one, Ledger(path, budget=0.05) as two:
        one.claim(unit(1), charge(4))
        assert two.claim(unit(2), charge(2)) == Held()
        one.settle(unit(1), ("a", "b"), charge(4), 0.1)
        with pytest.raises(BudgetError):
            two.claim(unit(2), charge(2))


@pytest.mark.parametrize("seed", range(4))
def test_books_balance_and_the_budget_holds_whatever_happens(path: Path, seed: int) -> None:
    random, open_claims, budget = Random(seed), dict[int, int](), 60
    booked = {"paid": 0, "uncertain": 0}
    with Ledger(path, budget=budget / 100) as ledger:
        for _ in range(60):
            number, bound = random.randrange(12), random.randint(0, 6)
            billed = random.choice([None, charge(random.randint(0, bound)), charge(bound, certain=False)])
            if number not in open_claims:
                try:
                    if isinstance(ledger.claim(unit(number), charge(bound)), Claimed):
                        open_claims[number] = bound
                except BudgetError:
                    assert bound + sum(booked.values()) > budget
            else:
                held = open_claims.pop(number)
                billed = None if billed is None or billed.nanodollars > held * CENT else billed
                action = random.choice(["settle", "fail", "release", "again"])
                if billed is not None or action == "settle":
                    billed = billed or charge(held)
                    booked["paid" if billed.certain else "uncertain"] += billed.nanodollars // CENT
                end(ledger, action, number, billed, bound, open_claims)
            own = ledger.accounts()[0]
            assert own.reserved_nanodollars == sum(open_claims.values()) * CENT
            assert own.paid_nanodollars == booked["paid"] * CENT
            assert own.uncertain_nanodollars == booked["uncertain"] * CENT
            assert own.committed <= budget * CENT


def end(
    ledger: Ledger, action: str, number: int, billed: Charge | None, bound: int, open_claims: dict[int, int]
) -> None:
    if action == "settle":
        assert billed is not None
        ledger.settle(unit(number), ("a", "b"), billed, 0.1)
    elif action == "fail":
        ledger.fail(unit(number), billed, Failure.DIALOGUE, "no", "no")
    elif action == "release":
        ledger.release(unit(number), billed, "no", "no")
    else:
        try:
            if ledger.again(unit(number), billed, "no", "no", charge(bound)):
                open_claims[number] = bound
        except BudgetError:
            pass


def in_a_process(path: Path, then: Callable[[Connection], None]) -> tuple[multiprocessing.Process, Connection]:
    """A process that opens the ledger, claims unit 1 and goes on as told; it has claimed when this returns."""

    def work(far: Connection) -> None:
        with Ledger(path) as ledger:
            assert isinstance(ledger.claim(unit(1), charge(1)), Claimed)
            far.send("claimed")
            then(far)

    context = multiprocessing.get_context("fork")
    near, far = context.Pipe()
    process = context.Process(target=work, args=(far,))
    process.start()
    assert near.recv() == "claimed"
    return process, near


def test_a_killed_worker_holds_nothing_but_its_money(path: Path) -> None:
    with Ledger(path) as ledger:
        process, _ = in_a_process(path, lambda far: time.sleep(60))
        assert ledger.claim(unit(1), charge(1)) == Held()
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        assert ledger.claim(unit(1), charge(1)) == Claimed(2)
        ledger.settle(unit(1), ("a", "b"), charge(1), 0.1)
        (account,) = ledger.accounts()
        assert (account.paid_nanodollars, account.uncertain_nanodollars) == (CENT, CENT)
        assert [file.name for file in path.with_name("ledger.db.workers").iterdir()] == [ledger._worker.name]


def test_a_suspended_worker_keeps_its_claims(path: Path) -> None:
    with Ledger(path) as ledger:
        process, near = in_a_process(path, lambda far: far.recv())
        os.kill(process.pid or 0, signal.SIGSTOP)
        assert ledger.claim(unit(1), charge(1)) == Held()
        with Ledger(path) as third:
            assert third.claim(unit(1), charge(1)) == Held()
        os.kill(process.pid or 0, signal.SIGCONT)
        near.send("go on")
        process.join()
        assert process.exitcode == 0
        assert ledger.claim(unit(1), charge(1)) == Claimed(2)


def test_money_of_a_killed_worker_is_not_waited_for(path: Path) -> None:
    with Ledger(path, budget=0.01) as ledger:
        process, _ = in_a_process(path, lambda far: time.sleep(60))
        assert ledger.claim(unit(2), charge(1)) == Held()
        os.kill(process.pid or 0, signal.SIGKILL)
        process.join()
        ledger.claim(unit(2), charge(0))
        with pytest.raises(BudgetError):
            [ledger.claim(unit(3), charge(1)) for _ in range(2)]


def test_a_ledger_is_not_used_after_a_fork(ledger: Ledger) -> None:
    def work() -> None:
        with pytest.raises(LedgerError, match="was opened before this process was forked"):
            ledger.find("x")
        os._exit(7)

    process = multiprocessing.get_context("fork").Process(target=work)
    process.start()
    process.join()
    assert process.exitcode == 7


def test_a_full_disk_loses_nothing_that_was_done(path: Path) -> None:
    with Ledger(path) as ledger:
        ledger.claim(unit(1), charge(1))
        ledger.settle(unit(1), ("a", "b"), charge(1), 0.1)
        ledger.claim(unit(2), charge(1))
        pages = ledger._database.execute("PRAGMA page_count").fetchone()[0]
        ledger._database.execute(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(LedgerError, match=r"database or disk is full.*make room"):
            ledger.settle(unit(2), ("a" * 100_000, "b"), charge(1), 0.1)
        ledger._database.execute("PRAGMA max_page_count = 100000")
        ledger.settle(unit(2), ("a" * 100_000, "b"), charge(1), 0.1)
        assert isinstance(ledger.find(unit(1).key), Done)
        assert ledger.accounts()[0].committed == 2 * CENT
