"""Fifteen dialogues sent by two workers to a service that fails at times, within a budget, and put into a table."""

from __future__ import annotations

from pathlib import Path

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.factory.dispatch import dispatch
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.rows import CoverageTally, iterate_rows
from crossprompt.translation.table import collect_rows
from tests.crossprompt.factory.stand_in import QUICK, StandIn, invent_dialogues, link

RESULTS = ("corpus.arrow",)
LEDGER, JOURNAL = "ledger.db", "journal.txt"
WORKERS = 2
BUDGET = 5.0
LOCALE = "sw-KE"


def prepare(folder: Path) -> list[Dialogue]:
    return invent_dialogues(15)


def run(dialogues: list[Dialogue], folder: Path) -> None:
    chain = [link(StandIn(share=0.3, seed=1, journal=folder / JOURNAL))]
    with Ledger(folder / LEDGER, BUDGET) as ledger:
        settings = QUICK.model_copy(update={"workers": WORKERS})
        report = dispatch(dialogues, LOCALE, chain, ledger, settings, progress=False)
        assert report.finished, report.detail
        collect_rows(iterate_rows(dialogues, LOCALE, chain, ledger, CoverageTally()), folder / RESULTS[0])
