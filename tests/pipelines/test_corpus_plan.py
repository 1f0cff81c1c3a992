from __future__ import annotations

from typing import Any

import pytest
import yaml

from crossprompt.settings import SettingsError
from pipelines.corpus_plan import CorpusJob, CorpusPlan, make_corpus_plan
from pipelines.kinds import kind_of
from tests.conftest import ROOT

CHAIN = [{"name": "memory"}, {"name": "pseudo"}]


def plan(**factory: Any) -> CorpusPlan:
    return make_corpus_plan(CorpusJob.from_sections(factory={"chain": CHAIN, **factory}))


def sections(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8"))
    return dict(found["parameters"])


@pytest.mark.parametrize("name", ["build_corpus", "xsgd", "pseudo20"])
def test_the_configurations_are_known_as_corpora(name: str) -> None:
    assert kind_of(sections(name)) is CorpusJob


def test_one_more_language_changes_nothing_of_the_others() -> None:
    one, two = plan(locales=["sw-KE"]), plan(locales=["sw-KE", "de-DE"])
    assert one.languages[0].translation.parameters == two.languages[0].translation.parameters
    assert one.languages[0].retranslation.parameters == two.languages[0].retranslation.parameters
    assert one.languages[0].validation == two.languages[0].validation


def test_prices_budgets_and_workers_are_no_parameters() -> None:
    plain = plan(locales=["sw-KE"]).languages[0]
    other = plan(locales=["sw-KE"], budget=7.5, dispatch={"workers": 3}).languages[0]
    assert plain.translation.parameters == other.translation.parameters
    assert plain.translation.places != other.translation.places


def test_another_chain_and_other_options_are_parameters() -> None:
    plain = plan(locales=["sw-KE"]).languages[0].translation.parameters
    assert plan(chain=CHAIN[1:], locales=["sw-KE"]).languages[0].translation.parameters != plain
    expanded = [CHAIN[0], {"name": "pseudo", "options": {"expansion": 0.5}}]
    assert plan(chain=expanded, locales=["sw-KE"]).languages[0].translation.parameters != plain


def test_how_dialogues_are_cut_is_a_parameter() -> None:
    def parameters(**options: int) -> Any:
        chat = {"name": "chat", "options": {"base_url": "https://example.org/v1", "model": "m", **options}}
        return plan(chain=[chat], locales=["sw-KE"]).languages[0].translation.parameters

    assert parameters() == parameters(max_utterances=50)
    assert parameters() != parameters(max_utterances=7)


def test_sending_failed_calls_again_runs_finished_shards_again() -> None:
    plain = plan(locales=["sw-KE"]).languages[0]
    again = plan(locales=["sw-KE"], dispatch={"retry_failed": True}).languages[0]
    assert plain.translation.parameters != again.translation.parameters
    assert plain.retranslation.parameters != again.retranslation.parameters


def test_refused_turns_go_on_only_where_a_second_engine_offers_the_language() -> None:
    found = {language.locale: language for language in plan(locales=["sw-KE", "en-XA"]).languages}
    assert found["sw-KE"].rounds == 1
    assert found["en-XA"].rounds == 0
    assert [engine.name for engine in found["en-XA"].translation.parameters["recipe"].engines] == ["pseudo"]


def test_a_threshold_is_of_its_own_language_alone() -> None:
    def validation(**exceptions: float) -> Any:
        job = CorpusJob.from_sections(
            factory={"locales": ["sw-KE", "de-DE"]},
            validation={"min_accepted_share_by_locale": {tag.replace("_", "-"): v for tag, v in exceptions.items()}},
        )
        return [language.validation for language in make_corpus_plan(job).languages]

    swahili, german = validation(sw_KE=0.5)
    assert (swahili.min_accepted_share, german.min_accepted_share) == (0.5, 0.9)
    assert validation() == [german, german]


def test_a_locale_that_no_engine_offers_is_named() -> None:
    with pytest.raises(SettingsError, match=r"factory\.locales: memory does not offer 'tlh'"):
        plan(chain=CHAIN[:1], locales=["tlh"])


def test_xsgd_is_the_papers_corpus() -> None:
    job = CorpusJob.from_sections(**sections("xsgd"))
    assert len(set(job.factory.locales)) == 105
    assert "no" in job.factory.locales
    assert job.factory.chain[0].name == "google"
    assert job.factory.max_utterances_per_call == 100
    assert job.factory.budget is not None
    assert job.dialogues.source.corpus == "sgd"


def test_pseudo20_is_twenty_made_up_languages() -> None:
    job = CorpusJob.from_sections(**sections("pseudo20"))
    found = make_corpus_plan(job.model_copy(update={"dialogues": CorpusJob().dialogues}))
    assert len(found.languages) == 20
    assert all(language.locale.startswith("qa") for language in found.languages)


def test_the_card_is_told_what_engines_and_source_are() -> None:
    chain = [
        {"name": "memory", "options": {"match": "exact"}},
        {"name": "google", "options": {"project": "somebodys", "model": "general/nmt", "location": "us-central1"}},
    ]
    origin = plan(chain=chain, locales=["sw-KE"]).origin
    memory, google = origin.engines
    assert (memory.name, memory.looks_up, memory.settings) == ("memory", True, {"match": "exact"})
    assert (google.name, google.looks_up) == ("google", False)
    assert google.settings == {"model": "general/nmt", "location": "us-central1"}
    assert not origin.own_copy
    sample = str(ROOT / "crossprompt" / "assets" / "sample")
    own = CorpusJob.from_sections(dialogues={"source": {"location": sample}}, factory={"locales": ["sw-KE"]})
    assert make_corpus_plan(own).origin.own_copy


def test_no_secret_of_an_address_is_shown() -> None:
    address = "https://me:secret@example.org/memory.tmx?token=secret"
    job = CorpusJob.from_sections(
        dialogues={"source": {"location": address}},
        factory={"chain": [{"name": "memory", "source": {"location": address}}]},
    )
    assert "secret" not in str(job.shown())
