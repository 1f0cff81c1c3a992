"""A plan tells amounts, cost, time and disk, and asks nobody."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from crossprompt.corpora.errors import QuarantineError
from crossprompt.corpora.settings import DialogueSettings
from crossprompt.factory.chain import load_chain
from crossprompt.factory.dispatch import dispatch
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.ledger_reader import FILE
from crossprompt.factory.plan import PlanError, make_plan
from crossprompt.factory.plan_records import FactoryPlan, RateSource
from crossprompt.factory.prices import Amount
from crossprompt.factory.settings import FactorySettings
from tests.crossprompt.factory.corpus_files import make_dialogue, write_corpus
from tests.crossprompt.factory.offline import unplug
from tests.fakes.process import RunningFake, running

DIALOGUES = [make_dialogue(number, 3 + number) for number in range(7)] + [make_dialogue(50, 6, "dev")]
PAID = {"name": "pseudo", "ledger": True, "price": {"characters": 20}}
CHAT = {"name": "chat", "options": {"base_url": "https://nowhere.invalid/v1", "model": "m"}}


@pytest.fixture
def corpus(tmp_path: Path) -> DialogueSettings:
    folder = write_corpus(tmp_path / "corpus", DIALOGUES)
    return DialogueSettings.parse({"source": {"corpus": "sgd", "location": str(folder)}}, "dialogues")


def plan(corpus: DialogueSettings, home: Path, *chain: dict[str, Any], **factory: Any) -> FactoryPlan:
    """With German alone, unless told otherwise."""
    values = {"locales": ["de"], **factory, "chain": list(chain)}
    return make_plan(corpus, FactorySettings.parse(values, "factory"), home=home, progress=False)


def send(home: Path, *chain: dict[str, Any], dialogues=DIALOGUES, **sending: Any) -> None:
    """Fill the ledger."""
    factory = FactorySettings.parse({"chain": list(chain), "dispatch": sending}, "factory")
    with Ledger(home / FILE) as ledger:
        links = load_chain(factory).links
        assert dispatch(dialogues, "de", links, ledger, factory.dispatch, progress=False).finished


def texts(split: str | None = None) -> list[str]:
    wanted = [dialogue for dialogue in DIALOGUES if split in (None, dialogue.split)]
    return [turn.utterance for dialogue in wanted for turn in dialogue.turns]


def test_the_plan_of_a_paid_engine(corpus, tmp_path, monkeypatch):
    unplug(monkeypatch)
    made = plan(corpus, tmp_path, PAID, locales=["de", "sw", "hi"])
    characters = sum(map(len, texts()))
    assert (made.dialogues, made.utterances, made.characters) == (8, len(texts()), characters)
    assert (made.work.to_do.characters, made.work.to_do.utterances) == (3 * characters, 3 * len(texts()))
    assert made.dollars == pytest.approx(3 * characters * 20 / 1e6)
    assert [language.locale for language in made.languages] == ["de", "sw", "hi"]
    assert [language.name for language in made.languages] == ["German", "Swahili", "Hindi"]
    assert sum(language.dollars or 0 for language in made.languages) == pytest.approx(made.dollars)
    assert sum(language.disk.total for language in made.languages) == made.disk.total
    assert (made.spent, made.unpriced, made.ledger_found) == (0, (), False)
    assert FactoryPlan.model_validate_json(made.model_dump_json()) == made


def test_a_plan_leaves_nothing_behind(corpus, tmp_path):
    home = tmp_path / "home"
    plan(corpus, home, PAID)
    assert not (home / FILE).exists()


def test_only_the_wanted_splits_count(corpus, tmp_path):
    assert plan(corpus, tmp_path, PAID, splits=["dev"]).utterances == len(texts("dev"))
    only_train = corpus.model_copy(update={"splits": ("train",)})
    assert plan(only_train, tmp_path, PAID).utterances == len(texts("train"))


def test_what_the_memory_has_of_the_sample_is_not_sent(tmp_path, monkeypatch):
    unplug(monkeypatch)
    made = plan(DialogueSettings(), tmp_path, {"name": "memory"}, PAID, locales=["de-DE", "en-XA"])
    german, made_up = made.languages
    assert (german.work.looked_up, german.work.to_do.calls) == (234, 0)
    assert (made_up.work.looked_up, made_up.work.to_do.utterances) == (0, 234)
    assert (german.engines, made_up.engines) == (("memory", "pseudo"), ("pseudo",))
    assert [engine.languages for engine in made.engines] == [1, 2]


def test_services_are_planned_without_a_key_or_a_connection(corpus, tmp_path, monkeypatch):
    unplug(monkeypatch)
    for name in ("OPENAI_API_KEY", "GOOGLE_APPLICATION_CREDENTIALS", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)
    google = {"name": "google", "price": {"characters": 20}}
    chat = {**CHAT, "price": {"input_tokens": 1, "output_tokens": 4}}
    made = plan(corpus, tmp_path, google, chat, locales=["de"])
    assert [engine.engine for engine in made.engines] == ["google", "chat"]
    assert [bool(engine.work.to_do.calls) for engine in made.engines] == [True, False]
    tokens = plan(corpus, tmp_path, chat).engines[0]
    assert tokens.tokens_estimated
    amount = tokens.work.to_do
    assert tokens.dollars == pytest.approx((amount.input_tokens + 4 * amount.output_tokens) / 1e6)
    assert amount.input_tokens > amount.characters / 4


def test_a_paid_engine_without_a_price_is_told(corpus, tmp_path):
    made = plan(corpus, tmp_path, {"name": "pseudo"}, {"name": "google"}, CHAT, budget=5)
    assert made.unpriced == ("factory.chain.1 (google)", "factory.chain.2 (chat)")
    assert (made.within_budget, made.dollars) == (None, 0)
    (alone,) = plan(corpus, tmp_path, {"name": "google"}).languages
    assert alone.dollars is None


def test_a_budget_covers_what_was_spent_and_what_is_to_come(corpus, tmp_path):
    cost = plan(corpus, tmp_path, PAID).dollars
    assert plan(corpus, tmp_path, PAID, budget=cost * 1.01).within_budget
    assert plan(corpus, tmp_path, PAID, budget=cost * 0.99).within_budget is False
    send(tmp_path, PAID, dialogues=DIALOGUES[:4])
    rest = plan(corpus, tmp_path, PAID, budget=cost * 1.01)
    assert 0 < rest.spent < cost
    assert rest.spent + rest.dollars == pytest.approx(cost)
    assert rest.within_budget
    assert plan(corpus, tmp_path, PAID, budget=cost * 0.99).within_budget is False


def test_rates_come_from_the_settings_or_the_ledger_or_nowhere(corpus, tmp_path):
    configured = plan(corpus, tmp_path, {**PAID, "characters_per_second": 10})
    assert configured.engines[0].rate_source is RateSource.SETTINGS
    assert configured.seconds == pytest.approx(configured.characters / 10)
    unknown = plan(corpus, tmp_path, PAID)
    assert (unknown.seconds, unknown.engines[0].rate_source) == (None, RateSource.UNKNOWN)
    send(tmp_path, PAID, dialogues=DIALOGUES[:4])
    with Ledger(tmp_path / FILE) as ledger:
        (account,) = ledger.accounts()
    measured = plan(corpus, tmp_path, PAID, dispatch={"workers": 5}).engines[0]
    assert measured.rate_source is RateSource.LEDGER
    assert measured.characters_per_second == pytest.approx(account.paid.characters / account.seconds * 5)
    assert measured.seconds == pytest.approx(measured.work.to_do.characters / measured.characters_per_second)


def test_what_is_not_here_is_not_fetched(corpus, tmp_path, monkeypatch):
    unplug(monkeypatch)
    away = DialogueSettings.parse({"source": {"location": "https://nowhere.invalid/sgd.zip"}}, "dialogues")
    with pytest.raises(PlanError, match=r"dialogues.source: https://nowhere.invalid/sgd.zip is not here yet"):
        plan(away, tmp_path, PAID)
    memory = {"name": "memory", "source": {"location": "https://nowhere.invalid/all.tmx"}}
    with pytest.raises(PlanError, match=r"factory.chain.1.source: https://nowhere.invalid/all.tmx"):
        plan(corpus, tmp_path, PAID, memory)
    with pytest.raises(PlanError, match=r"factory.chain.0.source: "):
        plan(corpus, tmp_path, {"name": "corpus"}, PAID)


def test_a_models_tokenizer_is_not_fetched(corpus, tmp_path, monkeypatch):
    unplug(monkeypatch)
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    hub = {"name": "nmt", "options": {"model": "somebody/no-such-model", "revision": "0a" * 20}}
    told = r"factory.chain.1: the nmt engine needs the tokenizer of somebody/no-such-model at commit (0a){20}, which is"
    with pytest.raises(PlanError, match=told):
        plan(corpus, tmp_path, PAID, hub)


def test_what_is_in_the_cache_is_told_and_asked_for_once_nothing_is_to_be_fetched(corpus, tmp_path):
    factory = FactorySettings.parse({"chain": [PAID], "locales": ["de", "sw"]}, "factory")
    made = make_plan(
        corpus, factory, home=tmp_path, cached=lambda: {"de": [range(3), range(3, 8)], "sw": [range(3)]}, progress=False
    )
    german, swahili = made.languages
    assert (german.work.to_do, german.dollars, german.disk.total) == (Amount(), 0, 0)
    assert (german.in_cache.utterances, german.in_cache.characters) == (made.utterances, made.characters)
    assert swahili.in_cache.utterances + swahili.work.to_do.utterances == made.utterances
    assert made.in_cache == german.in_cache + swahili.in_cache
    assert made.dollars == swahili.dollars == pytest.approx(swahili.work.to_do.characters * 20 / 1e6)
    away = DialogueSettings.parse({"source": {"location": "https://nowhere.invalid/sgd.zip"}}, "dialogues")
    with pytest.raises(PlanError):
        make_plan(away, factory, home=tmp_path, cached=lambda: pytest.fail("asked too early"), progress=False)


def test_a_corpus_that_is_mostly_refused_has_no_plan(tmp_path):
    folder = write_corpus(tmp_path / "corpus", DIALOGUES)
    (folder / "train" / "dialogues_002.json").write_text("[", encoding="utf-8")
    broken = DialogueSettings.parse({"source": {"corpus": "sgd", "location": str(folder)}}, "dialogues")
    with pytest.raises(QuarantineError, match=r"dialogues_002\.json"):
        plan(broken, tmp_path, PAID)


@pytest.fixture
def service() -> Iterator[RunningFake]:
    with running("google_server.py", "--seed", "3") as fake:
        yield fake


def google(fake: RunningFake) -> dict[str, Any]:
    options = {"endpoint": fake.url, "project": "planned"}
    return {"name": "google", "price": {"characters": 20}, "options": options}


def test_the_service_counts_the_planned_characters(service, corpus, tmp_path):
    planned = plan(corpus, tmp_path, google(service))
    send(tmp_path, google(service))
    counted, amount = service.get("/admin/counts")["good"], planned.work.to_do
    assert (counted["characters"], counted["requests"]) == (amount.characters, amount.calls)
    after = plan(corpus, tmp_path, google(service))
    assert (after.work.to_do.calls, after.work.in_ledger.characters) == (0, amount.characters)
    assert (after.spent, after.dollars) == (pytest.approx(planned.dollars), 0)


def test_what_is_answered_well_is_what_was_planned_whatever_fails(service, corpus, tmp_path):
    rates = {"500": 0.1, "429": 0.1, "reset": 0.1, "truncated": 0.1, "html": 0.1, "count": 0.1}
    service.post("/admin/rates", rates)
    planned = plan(corpus, tmp_path, google(service)).work.to_do
    send(tmp_path, google(service), first_wait_seconds=0, max_attempts=60, circuit_failures=1000)
    counts = service.get("/admin/counts")
    assert len(counts) > 3
    assert counts["good"]["characters"] == planned.characters
