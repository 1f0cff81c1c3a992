"""A chain knows which of its engines offer a language, and what decides its texts."""

from __future__ import annotations

import pytest

from crossprompt.factory.chain import Chain, load_chain
from crossprompt.factory.settings import FactorySettings
from crossprompt.settings import SettingsError
from tests.crossprompt.factory.counting_engine import CountingEngine, ForgetfulMemory, SlowEngine, link


def load(*engines: dict[str, object], **more: object) -> Chain:
    return load_chain(FactorySettings.parse({"chain": list(engines), **more}, "factory"))


def test_each_language_has_the_part_of_the_chain_that_offers_it():
    memory, service = link(ForgetfulMemory("x", ["de"])), link(CountingEngine(["de", "sw"]))
    chain = Chain((memory, service))
    assert chain.links_for("de") == (memory, service)
    assert chain.links_for("sw") == (service,)
    assert chain.links_for("fi") == ()


def test_without_languages_those_of_the_first_engine_are_meant():
    chain = Chain((link(ForgetfulMemory("x", ["sw", "de"])), link(CountingEngine(["de", "fi"]))))
    assert chain.require(()) == ("de", "sw")
    assert chain.require(["fi", "de", "fi"]) == ("fi", "de")
    with pytest.raises(SettingsError, match="forgetful nor counting_engine does not offer 'ka'; there are de, fi, sw"):
        chain.require(["de", "ka"])


def test_a_chain_without_any_language_wants_some_named():
    with pytest.raises(SettingsError, match="counting_engine has no locales of its own; name those that are wanted"):
        Chain((link(CountingEngine([])),)).require(())


def test_engines_options_and_order_decide_the_revision_and_prices_do_not():
    plain = load({"name": "memory"}, {"name": "pseudo"})
    dear = load({"name": "memory"}, {"name": "pseudo", "price": {"characters": 9}, "characters_per_second": 5})
    turned = load({"name": "pseudo"}, {"name": "memory"})
    longer = load({"name": "memory"}, {"name": "pseudo", "options": {"expansion": 0.5}})
    assert plain.revision == dear.revision
    assert len({plain.revision, turned.revision, longer.revision}) == 3


def test_a_paid_engine_is_never_called_past_the_ledger():
    with pytest.raises(SettingsError, match=r"factory.chain.1.ledger: google is paid"):
        load({"name": "memory"}, {"name": "google", "ledger": False})
    assert load({"name": "google"}).links[0].in_ledger


def test_an_engine_is_in_a_chain_once():
    with pytest.raises(SettingsError, match=r"^factory\.chain: .*in the chain once; there is more than one memory \("):
        load({"name": "memory"}, {"name": "pseudo"}, {"name": "memory", "characters_per_second": 5})


def test_a_slow_engines_texts_are_kept_unless_the_settings_say_otherwise():
    assert link(SlowEngine()).in_ledger
    assert not link(SlowEngine(), ledger=False).in_ledger
    assert [link.in_ledger for link in load({"name": "memory"}, {"name": "pseudo"}).links] == [False, False]


@pytest.mark.parametrize("model", ["general/translation-llm", "projects/p1/locations/us-central1/models/TRL1"])
def test_a_budget_is_refused_with_an_engine_whose_bill_has_no_bound(model: str):
    engine = {"name": "google", "price": {"characters": 20}, "options": {"model": model}}
    assert load(engine).links[0].name == "google"
    with pytest.raises(SettingsError, match=rf"factory.budget: .* google engine: the model {model} may be billed"):
        load(engine, budget=5)


@pytest.mark.parametrize("model", ["general/nmt", "projects/p1/locations/global/models/general/nmt"])
def test_a_budget_is_kept_with_the_model_that_bills_what_is_sent(model: str):
    assert load({"name": "google", "options": {"model": model}}, budget=5).links[0].name == "google"


def test_a_wrong_option_tells_which_engine_of_the_chain_it_belongs_to():
    with pytest.raises(SettingsError, match=r"factory.chain.1 \(pseudo\): .*expansion"):
        load({"name": "memory"}, {"name": "pseudo", "options": {"expansion": -1}})


def test_the_longest_call_is_the_narrower_of_settings_and_engine():
    chain = load({"name": "google"}, {"name": "pseudo"}, max_utterances_per_call=7)
    assert [link.limits.utterances for link in chain.links] == [7, 7]
