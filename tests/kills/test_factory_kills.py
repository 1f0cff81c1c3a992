"""Killed at any write and started again, the factory gives the same corpus and pays for little twice."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from crossprompt.factory.ledger import Ledger
from tests.crossprompt.factory.stand_in import PRICE
from tests.kills.factory_job import BUDGET, JOURNAL, LEDGER, WORKERS
from tests.kills.test_kills import assert_same_results, kill

FACTORY = "tests.kills.factory_job"


def journal(folder: Path) -> Counter[str]:
    """Characters that the service billed, by call."""
    billed: Counter[str] = Counter()
    for line in (folder / JOURNAL).read_text(encoding="utf-8").splitlines():
        name, characters, _ = line.split("\t")
        billed[name] += int(characters)
    return billed


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
