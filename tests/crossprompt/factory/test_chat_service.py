"""The factory on the fake chat endpoint, which fails in every way it knows: the books, the bill and the plan agree."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from crossprompt.corpora.dialogue import Dialogue, iterate_dialogues
from crossprompt.corpora.ingest import ingest_dialogues
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.factory.chain import Chain, load_chain
from crossprompt.factory.dispatch import dispatch
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.plan import make_plan
from crossprompt.factory.records import DispatchReport, Ending
from crossprompt.factory.rows import CoverageTally, iterate_rows
from crossprompt.factory.settings import FactorySettings
from tests.fakes.process import RunningFake, running

KEY = "sk-test-1d9e77c0ffee"
LOCALES = ("sw-KE", "de-DE")
MISFITS = ("count", "more", "swapped", "empty", "prose", "cut")
UNKNOWN = ("timeout", "reset", "truncated", "html")
FREE = ("400", "401", "403", "408", "413", "429", "429-after", "500", "503", "503-after", "filter", "toolong", "quota")
WELL = ("good", "fenced")
RATES = dict.fromkeys(MISFITS, 0.03) | dict.fromkeys((*UNKNOWN, "fenced"), 0.02) | dict.fromkeys(FREE, 0.02)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningFake]:
    monkeypatch.setenv("FAKE_FACTORY_KEY", KEY)
    with running("chat_server.py", "--key", KEY, "--silence", "0.4", "--seed", "5") as started:
        yield started


@pytest.fixture(scope="module")
def dialogues() -> list[Dialogue]:
    return list(iterate_dialogues(ingest_dialogues(DialogueSettings(), progress=False).dialogues))


def settings(fake: RunningFake) -> FactorySettings:
    options = {
        "base_url": f"{fake.url}/v1",
        "model": "pretender",
        "key_variable": "FAKE_FACTORY_KEY",
        "timeout_seconds": 0.3,
        "max_utterances": 6,
    }
    link = {"name": "chat", "options": options, "price": {"input_tokens": 2.5, "output_tokens": 10.0}}
    quick = {"workers": 4, "first_wait_seconds": 0.0, "longest_wait_seconds": 0.1, "retry_failed": True}
    return FactorySettings.parse({"chain": [link], "locales": LOCALES, "dispatch": quick}, "factory")


def work_off(wanted: Sequence[Dialogue], locale: str, chain: Chain, own: FactorySettings, path: Path) -> list[Ending]:
    """Runs until nothing is left, as somebody would who starts the command again each time."""
    endings: list[Ending] = []
    for _ in range(60):
        report = run_once(wanted, locale, chain, own, path)
        endings.append(report.ending)
        if report.finished and not report.failed:
            return endings
    raise AssertionError(f"not finished after sixty runs: {report.detail}")


def run_once(wanted: Sequence[Dialogue], locale: str, chain: Chain, own: FactorySettings, path: Path) -> DispatchReport:
    with Ledger(path) as ledger:
        return dispatch(wanted, locale, chain.links, ledger, own.dispatch, progress=False)


def test_under_every_failure_each_text_is_translated_once_and_the_books_are_the_fakes(
    fake: RunningFake, dialogues: list[Dialogue], tmp_path: Path
) -> None:
    own = settings(fake)
    chain = load_chain(own)
    planned = make_plan(DialogueSettings(), own, home=tmp_path, progress=False).work.to_do
    path = tmp_path / "ledger.db"
    fake.post("/admin/rates", RATES)
    endings = {ending for locale in LOCALES for ending in work_off(dialogues, locale, chain, own, path)}
    assert {Ending.FATAL, Ending.FINISHED} <= endings
    counts = fake.get("/admin/counts")
    assert len(counts) > 15
    assert_each_text_is_there(dialogues, chain, path)
    with Ledger(path) as ledger:
        accounts = ledger.accounts()
    for unit in ("requests", "characters", "input_tokens", "output_tokens"):
        name = "calls" if unit == "requests" else unit
        assert sum(getattr(account.paid, name) for account in accounts) == total(counts, unit, *WELL, *MISFITS)
    assert sum(account.uncertain.characters for account in accounts) == total(counts, "characters", *UNKNOWN)
    assert planned.characters == total(counts, "characters", *WELL)
    assert fake.get("/admin/repeats") == 0


def test_without_failures_the_plan_is_the_bill(fake: RunningFake, dialogues: list[Dialogue], tmp_path: Path) -> None:
    own = settings(fake)
    chain = load_chain(own)
    planned = make_plan(DialogueSettings(), own, home=tmp_path, progress=False).work.to_do
    for locale in LOCALES:
        assert work_off(dialogues, locale, chain, own, tmp_path / "ledger.db") == [Ending.FINISHED]
    good = fake.get("/admin/counts")["good"]
    assert (good["requests"], good["utterances"], good["characters"]) == (
        planned.calls,
        planned.utterances,
        planned.characters,
    )
    with Ledger(tmp_path / "ledger.db") as ledger:
        paid = [account.paid for account in ledger.accounts()]
    assert sum(amount.input_tokens for amount in paid) == good["input_tokens"]
    # the fake counts four characters as a token, as the estimate does, and its form of the reply is its own
    assert planned.input_tokens == pytest.approx(good["input_tokens"], rel=0.05)
    assert KEY.encode() not in b"".join(file.read_bytes() for file in tmp_path.rglob("*") if file.is_file())


def assert_each_text_is_there(dialogues: Sequence[Dialogue], chain: Chain, path: Path) -> None:
    sources = [turn.utterance for dialogue in dialogues for turn in dialogue.turns]
    for locale in LOCALES:
        with Ledger(path) as ledger:
            rows = list(iterate_rows(dialogues, locale, chain.links, ledger, CoverageTally()))
        assert [row["source"] for row in rows] == sources
        assert [row["target"][1 : row["target"].rindex("⟩")] for row in rows] == sources


def total(counts: dict[str, Any], unit: str, *names: str) -> int:
    return sum(counts[name][unit] for name in names if name in counts)
