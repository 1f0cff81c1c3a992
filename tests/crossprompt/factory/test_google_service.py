"""The factory on the fake Cloud Translation, which fails in every way it knows: books, bill and plan agree."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossprompt.corpora.dialogue import Dialogue, iterate_dialogues
from crossprompt.corpora.ingest import ingest_dialogues
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.factory.chain import load_chain
from crossprompt.factory.dispatch import dispatch
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.plan import make_plan
from crossprompt.factory.records import Ending
from crossprompt.factory.rows import CoverageTally, iterate_rows
from crossprompt.factory.settings import FactorySettings
from crossprompt.settings import SettingsError
from tests.fakes.google_server import NAMES, translate
from tests.fakes.process import RunningFake, running

LOCALES = {"sw-KE": "sw", "zh-HK": "zh-TW"}
UNKNOWN = ("timeout", "reset", "truncated", "half", "html")
RATES = dict.fromkeys(sorted(NAMES - {"good"}), 0.02)


@pytest.fixture
def fake() -> Iterator[RunningFake]:
    with running("google_server.py", "--silence", "0.4", "--seed", "11", "--retry-after", "0.02") as started:
        yield started


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    return list(iterate_dialogues(ingest_dialogues(DialogueSettings(), progress=False).dialogues))


def settings(fake: RunningFake) -> FactorySettings:
    options = {"endpoint": fake.url, "project": "p1", "timeout_seconds": 0.3}
    link = {"name": "google", "options": options, "price": {"characters": 20.0}}
    quick = {"workers": 4, "first_wait_seconds": 0.0, "longest_wait_seconds": 3.0, "retry_failed": True}
    return FactorySettings.parse(
        {"chain": [link], "locales": tuple(LOCALES), "max_utterances_per_call": 5, "dispatch": quick}, "factory"
    )


def work_off(wanted: list[Dialogue], locale: str, own: FactorySettings, path: Path) -> list[Ending]:
    """Runs until nothing is left, as somebody would who starts the command again each time."""
    endings: list[Ending] = []
    for _ in range(80):
        with Ledger(path) as ledger:
            report = dispatch(wanted, locale, load_chain(own).links, ledger, own.dispatch, progress=False)
        endings.append(report.ending)
        if report.finished and not report.failed:
            return endings
    raise AssertionError(f"not finished after eighty runs: {report.detail}")


def total(counts: dict[str, Any], unit: str, *names: str) -> int:
    return sum(counts[name][unit] for name in names if name in counts)


def test_under_every_failure_each_text_is_translated_once_and_the_books_are_the_services(
    fake: RunningFake, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    own, path = settings(fake), tmp_path / "ledger.db"
    planned = make_plan(DialogueSettings(), own, home=tmp_path, progress=False).work.to_do
    fake.post("/admin/rates", RATES)
    endings = {ending for locale in LOCALES for ending in work_off(dialogues, locale, own, path)}
    assert {Ending.FATAL, Ending.FINISHED} <= endings
    counts = fake.get("/admin/counts")
    assert len(counts) > 15
    assert_each_text_is_there(dialogues, own, path)
    with Ledger(path) as ledger:
        accounts = ledger.accounts()
    assert sum(account.paid.characters for account in accounts) == total(counts, "characters", "good", "count")
    assert sum(account.uncertain.characters for account in accounts) == total(counts, "characters", *UNKNOWN)
    assert planned.characters == total(counts, "characters", "good")
    assert fake.get("/admin/repeats") == 0


def test_an_unknown_language_is_refused_before_any_call(fake: RunningFake) -> None:
    chain = load_chain(settings(fake))
    assert chain.require(("sw-KE", "zh-HK")) == ("sw-KE", "zh-HK")
    with pytest.raises(SettingsError, match="google does not offer 'sr-Latn'"):
        chain.require(("sw-KE", "sr-Latn"))
    assert fake.get("/admin/counts") == {}


def assert_each_text_is_there(dialogues: list[Dialogue], own: FactorySettings, path: Path) -> None:
    sources = [turn.utterance for dialogue in dialogues for turn in dialogue.turns]
    for locale, code in LOCALES.items():
        with Ledger(path) as ledger:
            rows = list(iterate_rows(dialogues, locale, load_chain(own).links, ledger, CoverageTally()))
        assert [row["source"] for row in rows] == sources
        assert [row["target"] for row in rows] == [translate(text, code, "text/plain") for text in sources]
