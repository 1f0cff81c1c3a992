from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from crossprompt.backbones.records import BackboneIdentity, PromptShape
from crossprompt.factory.ledger import Charge, Ledger
from crossprompt.factory.ledger_reader import FILE
from crossprompt.factory.prices import Amount
from crossprompt.factory.unit import Unit
from crossprompt.meaning.errors import MeaningError
from crossprompt.meaning.settings import MeasureSettings
from crossprompt.prompts.file import save_prompt
from crossprompt.settings import SettingsError
from crossprompt.translation.engine import Failure
from pipelines.corpus_plan import CorpusJob, CorpusPlan, make_corpus_plan
from pipelines.kinds import kind_of
from tests.conftest import ROOT
from tests.crossprompt.meaning.made_up import zero_prompt

CHAIN = [{"name": "memory"}, {"name": "pseudo"}]
MEMORY = ROOT / "crossprompt" / "assets" / "sample" / "translations.tmx"
TWO = {"locales": ["sw-KE", "de-DE"]}


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


def test_a_language_that_a_memory_gains_changes_nothing_of_the_others(tmp_path: Path) -> None:
    packaged = MEMORY.read_text(encoding="utf-8")
    swahili = re.compile(r'\s*<tuv xml:lang="sw-KE">.*?</tuv>', re.DOTALL)

    def parameters(text: str) -> list[Any]:
        (tmp_path / "memory.tmx").write_text(text, encoding="utf-8")
        chain = [{"name": "memory", "source": {"location": str(tmp_path / "memory.tmx")}}, *CHAIN[1:]]
        languages = plan(chain=chain, locales=["sw-KE", "de-DE"]).languages
        return [language.translation.parameters for language in languages]

    lacking = swahili.sub("", packaged)
    assert len(lacking) < len(packaged)
    (none, old), (new, same) = parameters(lacking), parameters(packaged)
    assert old == same
    assert none != new


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


def recipes(**dispatch: Any) -> list[tuple[int, int]]:
    languages = plan(locales=["sw-KE", "de-DE"], dispatch=dispatch).languages
    found = [language.translation.parameters["recipe"] for language in languages]
    assert found == [language.retranslation.parameters["recipe"] for language in languages]
    return [(recipe.retries, recipe.to_retry) for recipe in found]


def test_what_is_sent_again_counts_for_its_language_and_goes_on_counting(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    unit, nothing = Unit("k", "pseudo", "sw-KE", "train", "1_00000", 0, 1, 5), Charge(Amount(), 0)
    assert recipes(retry_failed=True) == recipes() == [(0, 0), (0, 0)]
    with Ledger(tmp_path / FILE) as ledger:
        ledger.claim(unit, nothing)
        ledger.fail(unit, None, Failure.DIALOGUE, "status_400", "it said no")
        assert recipes() == [(0, 0), (0, 0)]
        assert recipes(retry_failed=True) == [(0, 1), (0, 0)]
        ledger.retry(unit)
        ledger.claim(unit, nothing)
        ledger.fail(unit, None, Failure.DIALOGUE, "status_400", "it said no")
        assert recipes(retry_failed=True) == [(1, 1), (0, 0)]
        ledger.retry(unit)
        ledger.claim(unit, nothing)
        ledger.settle(unit, ("habari",), nothing, 0.1)
    assert recipes(retry_failed=True) == recipes() == [(2, 0), (0, 0)]


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
    assert google.title == "Cloud Translation, API v3"
    assert not origin.own_copy
    assert origin.seal is not None
    assert origin.seal.kind == "files"
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


def screened(**meaning: Any) -> CorpusPlan:
    return make_corpus_plan(CorpusJob.from_sections(factory=TWO, meaning=meaning))


def save_strangers_prompt(folder: Path) -> Path:
    """A prompt of a backbone that is not the packaged one."""
    owl = BackboneIdentity(name="owl", revision=None, fingerprint="0" * 64)
    shape = PromptShape(layers=1, heads=1, length=1, head_dim=2)
    save_prompt(zero_prompt(owl, shape), folder / "prompt.safetensors")
    return folder


def test_meaning_is_screened_only_if_its_section_is_there_and_changes_no_other_step() -> None:
    without, with_meaning = make_corpus_plan(CorpusJob.from_sections(factory=TWO)), screened(prompt=None)
    assert without.meaning is None
    assert with_meaning.meaning is not None
    assert with_meaning.languages == without.languages
    assert with_meaning.dialogues == without.dialogues


def test_a_floor_and_the_place_of_a_prompt_measure_nothing_anew() -> None:
    plain = screened(prompt=None).meaning
    other = screened(prompt=None, floor={"share": 0.5, "below": "refuse"}).meaning
    more = screened(prompt=None, turns=100).meaning
    assert plain is not None
    assert other == plain
    assert more is not None
    assert more.parameters["settings"] == MeasureSettings(turns=100)
    assert plain.places == {"backbone": "mini", "prompt": None}


def test_a_prompt_of_another_backbone_or_none_at_all_is_told_before_anything_is_translated(tmp_path: Path) -> None:
    place = save_strangers_prompt(tmp_path)
    with pytest.raises(MeaningError, match=r"^meaning\.prompt: .* was learned on the backbone 'owl' .*, not on 'mini'"):
        screened(prompt=str(place))
    with pytest.raises(MeaningError, match=r"^meaning\.prompt: there is no .*/nowhere; give the file of an aligned"):
        screened(prompt=str(place / "nowhere"))
    with pytest.raises(SettingsError, match=r"^meaning\.turnz: no such setting; meaning has backbone, .*prompt"):
        screened(prompt=None, turnz=3)


_WHAT_IS_IMPORTED = """
import sys
from pipelines.build_corpus import build_corpus
from pipelines.corpus_plan import CorpusJob, make_corpus_plan
make_corpus_plan(CorpusJob.from_sections(factory={"locales": ["sw-KE"]}))
names = ("pipelines.meaning_plan", "crossprompt.meaning.measuring", "crossprompt.meaning.prompt", "transformers")
names += ("crossprompt.meaning.sample", "crossprompt.retrieval.retrieval", "crossprompt.backbones.encoder")
print([name for name in names if name in sys.modules])
"""


def test_without_the_section_nothing_that_measures_is_imported(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(_WHAT_IS_IMPORTED, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(script)]
    ended = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    assert ended.stdout.splitlines()[-1] == "[]"
