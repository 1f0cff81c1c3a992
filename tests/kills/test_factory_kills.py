"""Killed at any write and started again, the factory gives the same corpus and pays for little twice."""

from __future__ import annotations

import multiprocessing
import signal
import time
from collections import Counter
from multiprocessing.context import ForkProcess
from pathlib import Path
from random import Random
from typing import Any

import pytest
from datasets import Dataset

from crossprompt.factory.ledger import Ledger
from tests.crossprompt.factory.stand_in import ANSWERED, PRICE, backwards, invent_dialogues
from tests.kills.factory_job import BUDGET, JOURNAL, LEDGER, LOCALE, RESULTS, WORKERS, run
from tests.kills.test_kills import assert_same_results, kill

FACTORY = "tests.kills.factory_job"
KILLS = 12
"""Tried in the test of random moments."""


def journal(folder: Path) -> Counter[str]:
    """Characters that the service billed, by call."""
    billed: Counter[str] = Counter()
    for line in lines(folder):
        name, characters, _ = line.split("\t")
        billed[name] += int(characters)
    return billed


def lines(folder: Path) -> list[str]:
    file = folder / JOURNAL
    return file.read_text(encoding="utf-8").splitlines() if file.exists() else []


def assert_little_is_paid_twice(folder: Path, outcome: dict[str, Any]) -> None:
    undisturbed = journal(folder / "undisturbed")
    largest = sorted(undisturbed.values())[-WORKERS:]
    for point in outcome["exits"]:
        billed = journal(folder / point)
        assert billed.total() - undisturbed.total() <= sum(largest)
        with Ledger(folder / point / LEDGER) as ledger:
            (account,) = ledger.accounts()
        assert account.paid.characters <= billed.total() <= account.paid.characters + account.uncertain.characters
        assert account.committed <= BUDGET * 1e9
        assert account.paid_nanodollars == account.paid.characters * PRICE * 1000


def test_five_kills_change_no_corpus(tmp_path: Path) -> None:
    outcome = kill(tmp_path, "some", FACTORY)[FACTORY]
    writes = Counter(outcome["writes"])
    assert set(writes) == {"ledger.db", "corpus.arrow"}
    assert writes["ledger.db"] > 50
    assert len(outcome["exits"]) == 1 + 5
    assert_same_results(tmp_path / FACTORY, outcome)
    assert_little_is_paid_twice(tmp_path / FACTORY, outcome)


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_a_kill_before_or_after_any_write_changes_no_corpus(tmp_path: Path) -> None:
    outcome = kill(tmp_path, "all", FACTORY)[FACTORY]
    assert len(outcome["exits"]) == 1 + 2 * len(outcome["writes"])
    assert_same_results(tmp_path / FACTORY, outcome)
    assert_little_is_paid_twice(tmp_path / FACTORY, outcome)


def wait_for_calls(folder: Path, count: int, jobs: list[ForkProcess]) -> None:
    """Until so many more calls were made, or everybody is done."""
    wanted = len(lines(folder)) + count
    while len(lines(folder)) < wanted and any(job.is_alive() for job in jobs):
        time.sleep(0.001)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_two_processes_on_one_ledger_killed_at_random_moments(tmp_path: Path) -> None:
    random, context, dialogues = Random(7), multiprocessing.get_context("fork"), invent_dialogues(100)
    kills, exits = 0, [None]
    while exits != [0, 0]:
        assert 1 not in exits
        jobs = [context.Process(target=run, args=(dialogues, tmp_path)) for _ in range(2)]
        for job in jobs:
            job.start()
        for job in random.sample(jobs, 2) if kills < KILLS else ():
            wait_for_calls(tmp_path, random.randint(2, 8), jobs)
            job.kill()
        for job in jobs:
            job.join()
        exits = [job.exitcode for job in jobs]
        kills += exits.count(-signal.SIGKILL)
    assert kills > KILLS // 2
    rows = Dataset.from_file(str(tmp_path / RESULTS[0]))
    assert rows["target"] == [backwards(turn.utterance, LOCALE) for own in dialogues for turn in own.turns]
    answered = Counter(line.split("\t")[0] for line in lines(tmp_path) if line.endswith(ANSWERED))
    assert answered.total() - len(answered) <= kills * WORKERS
    with Ledger(tmp_path / LEDGER) as ledger:
        (account,) = ledger.accounts()
    assert account.reserved_nanodollars == 0
    assert (
        account.paid.characters <= journal(tmp_path).total() <= account.paid.characters + account.uncertain.characters
    )
