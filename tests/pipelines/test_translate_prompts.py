"""Translated prompts as a user runs them: the literal command, killed and given again; plans and configurations."""

from __future__ import annotations

import csv
import signal
from collections import Counter
from pathlib import Path

import pytest
import yaml

from crossprompt.factory.chain import load_chain
from crossprompt.factory.production import Workshop, produce
from crossprompt.factory.settings import FactorySettings
from crossprompt.settings import SettingsError
from crossprompt.storage.faults import FAULT, WRITE_LOG
from crossprompt.translator.auxiliary import pairs_to_translate, translated_corpus
from crossprompt.translator.settings import NLI_WORDS, AuxiliarySettings
from pipelines.kinds import kind_of
from pipelines.prompt_study_plan import PromptStudy, make_prompt_study_plan
from tests.conftest import ROOT
from tests.crossprompt.translator.study import paraphrases
from tests.pipelines.workplace import Workplace, make_workplace

COMMAND = ("configs/mpt_smoke.yaml", "translate_prompts")
LOCALES = ("de", "en", "es")
FROZEN, TUNED = {"MPT": 2, "SP": 2, "MPT-lstm-1": 1}, {"FT": 1, "PCT": 1, "MPT-tuned": 1}
"""Contenders of the smallest configuration, and with how many numbers of shots."""
OF_FT = 2 * len(LOCALES)
"""Results of the first step, which writes them once where they are kept and once for its artifact."""
WRITTEN_BEFORE_THE_KILL = 2 * OF_FT + 4 + 5
"""Of the second step four prompts and five results."""


def sections(name: str) -> dict[str, object]:
    return dict(yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8"))["parameters"])


def study(name: str) -> PromptStudy:
    return PromptStudy.from_sections(**sections(name))


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Killed among its first results, then run to its end."""
    place = make_workplace(tmp_path_factory.mktemp("resumed"))
    killed = place.run(*COMMAND, **{FAULT: f"{WRITTEN_BEFORE_THE_KILL}:after"})
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    kept = Counter(file.suffix for file in (place.home / "translated-prompts").rglob("seed-*/*"))
    assert kept == {".json": OF_FT + 5, ".safetensors": 4}
    place.executed(*COMMAND, **{WRITE_LOG: str(place.root / "writes.txt")})
    return place


def test_after_a_kill_no_prompt_is_trained_and_no_answer_given_twice(resumed: Workplace) -> None:
    written = Counter((resumed.root / "writes.txt").read_text(encoding="utf-8").split())
    results = 2 * len(LOCALES) * sum((FROZEN | TUNED).values())
    assert written["prompt.safetensors"] == 2 * sum(FROZEN.values()) - 4
    copied, given = results - OF_FT, results - OF_FT - 5
    assert sum(written[f"{locale}.json"] for locale in LOCALES) == copied + given


def test_every_contender_is_in_the_tables_and_on_the_page(resumed: Workplace) -> None:
    folder = resumed.home / "translated-prompts-report"
    found = list(csv.DictReader((folder / "results" / "averages.csv").open(encoding="utf-8")))
    assert Counter(row["contender"] for row in found) == FROZEN | TUNED
    page = (folder / "report.html").read_text(encoding="utf-8")
    for words in (*FROZEN, *TUNED, "neutral: <em>may</em>", "Figure 3: what MPT gains over SP, 2 shots"):
        assert words in page
    assert "Report          file://" in resumed.printed


def test_a_second_run_takes_all_but_the_report_from_the_cache(resumed: Workplace) -> None:
    assert resumed.executed(*COMMAND) == {"publish_prompt_study"}


def test_configurations_are_known_by_their_sections() -> None:
    for name in ("mpt", "mpt_smoke", "mpt-paper"):
        assert kind_of(sections(name)) is PromptStudy


def test_the_papers_setting() -> None:
    paper = study("mpt-paper")
    assert paper.backbone.name == "FacebookAI/xlm-roberta-base"
    assert len(paper.backbone.revision or "") == 40
    assert paper.backbone.max_tokens == 256
    assert paper.study.seeds == (1, 2, 3, 4, 5)
    assert [cell.shots for cell in paper.study.cells] == [1, 2, 4, 8, 16, 32, 64, 128, 256]
    mpt = paper.study.contender("MPT")
    assert (mpt.length, mpt.alpha, mpt.batch_size, mpt.epochs, mpt.learning_rate) == (4, 0.5, 24, 50, 4e-5)
    assert (mpt.translator.kind, mpt.translator.layers, mpt.pairs, mpt.placement) == ("linear", 2, 500, "suffix")
    assert mpt.tunes_backbone
    assert paper.study.verbalizer == NLI_WORDS
    assert paper.study.contender("SP-matched").training(192, 0).max_updates == mpt.training(192, 500).max_updates
    larger = paper.study.contender("MPT-pairs-8000")
    assert (larger.pairs, larger.epochs) == (8000, 4)
    assert paper.study.auxiliary.source == "engine"


@pytest.mark.parametrize("name", ["mpt", "mpt-paper", "mpt_smoke"])
def test_every_contender_of_a_configuration_is_valid_and_measured(name: str) -> None:
    sections_of = study(name).study
    assert set(sections_of.measured) == set(sections_of.contenders)
    assert all(sections_of.contender(one).learning_rate > 0 for one in sections_of.measured)


def test_one_contender_more_measures_no_other_again() -> None:
    changed = sections("mpt_smoke")
    fewer = make_prompt_study_plan(PromptStudy.from_sections(**changed))
    settings = dict(changed["study"])  # type: ignore[call-overload]  # a section is a mapping
    settings["contenders"] = {**settings["contenders"], "MPT-prefix": {"placement": "prefix"}}
    settings["cells"] = [*settings["cells"], {"shots": 4, "contenders": ["MPT-prefix"]}]
    more = make_prompt_study_plan(PromptStudy.from_sections(**{**changed, "study": settings}))
    for name in fewer.sections.study.measured:
        assert fewer.alone(name) == more.alone(name)
    assert more.step_of("MPT-prefix") == "measure_mpt_prefix"
    assert fewer.translation is None


def test_an_engine_may_translate_the_pairs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    found = sections("mpt_smoke")
    settings = dict(found["study"])  # type: ignore[call-overload]  # a section is a mapping
    auxiliary = {**settings["auxiliary"], "source": "engine", "languages": ["sw", "th"]}
    wanted = {**found, "study": {**settings, "auxiliary": auxiliary}, "factory": {"chain": [{"name": "pseudo"}]}}
    plan = make_prompt_study_plan(PromptStudy.from_sections(**wanted))
    assert plan.translation is not None
    assert set(plan.translation.parameters["recipes"]) == {"sw", "th"}
    auxiliary["languages"] = ["sw", "no such tag"]
    with pytest.raises(SettingsError, match="does not offer 'no such tag'"):
        make_prompt_study_plan(PromptStudy.from_sections(**wanted))


def test_pairs_go_through_the_factory_as_dialogues(tmp_path: Path) -> None:
    settings = AuxiliarySettings(source="engine", pairs=5, languages=("sw", "th"))
    factory = FactorySettings.parse({"chain": [{"name": "pseudo"}]}, "factory")
    chain = load_chain(factory, None, tmp_path)
    dialogues = pairs_to_translate(paraphrases(), settings)
    translations = {
        locale: produce(own, locale, Workshop(chain.links_for(locale), factory, tmp_path / "ledger.db"))[0]
        for locale, own in dialogues.items()
    }
    corpus = translated_corpus(dialogues, translations)
    assert len(corpus) == 5
    assert all(row["other_first"] not in ("", row["english_first"]) for row in corpus)
