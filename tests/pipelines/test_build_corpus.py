"""The factory on the packaged sample: what runs, what runs again, and what is published."""

from __future__ import annotations

import json
import os
import shutil
import signal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from datasets import load_dataset
from zenml.client import Client

from crossprompt.backbones.loading import locate_backbone
from crossprompt.backbones.records import PromptShape
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.prompts.file import save_prompt
from crossprompt.publishing.checksums import verify_folder
from crossprompt.publishing.facts import PublishedCorpus
from crossprompt.storage.faults import FAULT, WRITE_LOG
from crossprompt.storage.fingerprint import fingerprint_path
from crossprompt.translation.engine import EngineError, Failure, TranslationCall, TranslationReply
from crossprompt.translation.engines.pseudo import PseudoEngine
from pipelines.build_corpus import build_corpus
from tests.conftest import ROOT
from tests.crossprompt.meaning.made_up import zero_prompt
from tests.pipelines.workplace import Workplace, make_workplace

GERMAN = {"translate_de-DE_0", "translate_de-DE_1", "validate_de-DE", "package_de-DE"} | {
    "retranslate_de-DE_1",
    "validate_de-DE_1",
}
PSEUDO = {"translate_en-XA_0", "translate_en-XA_1", "validate_en-XA", "package_en-XA"}
DIALOGUES = 6
LITERAL = ("configs/build_corpus.yaml", "build_corpus")


@cache
def few_dialogues() -> Path:
    """The first of the sample's dialogues, in its layout."""
    folder = Path(os.environ["CROSSPROMPT_HOME"]) / "few"
    shutil.copytree(ROOT / "crossprompt" / "assets" / "sample", folder)
    file = folder / "sgd" / "train" / "dialogues_001.json"
    file.write_text(json.dumps(json.loads(file.read_text(encoding="utf-8"))[:DIALOGUES]), encoding="utf-8")
    return folder


def turns() -> int:
    file = few_dialogues() / "sgd" / "train" / "dialogues_001.json"
    return sum(len(dialogue["turns"]) for dialogue in json.loads(file.read_text(encoding="utf-8")))


def job(*locales: str) -> dict[str, Any]:
    return {
        "dialogues": {"source": {"location": str(few_dialogues())}},
        "factory": {"chain": [{"name": "memory"}, {"name": "pseudo"}], "locales": list(locales)},
        "production": {"shards": 2},
        "publishing": {"name": "sample"},
    }


def executed(**sections: Any) -> set[str]:
    """Run the factory; the steps that were not in the cache."""
    run = build_corpus(**sections)
    steps = Client().list_run_steps(pipeline_run_id=run.id, size=100).items
    return {step.name for step in steps if step.status.value == "completed"}


@pytest.fixture(scope="module")
def first_run(zenml_stack: str) -> set[str]:
    return executed(**job("de-DE", "en-XA"))


@pytest.fixture
def published(first_run: set[str], private_home: Path) -> Path:
    return private_home / "published" / "sample"


def facts(folder: Path) -> dict[str, dict[str, Any]]:
    corpus = PublishedCorpus.model_validate_json((folder / "corpus.json").read_text(encoding="utf-8"))
    return {language.locale: language.model_dump() | {"rows": language.rows} for language in corpus.languages}


def test_the_first_run_executes_every_stage_and_publishes(first_run: set[str], published: Path, tmp_path: Path) -> None:
    assert first_run == {"ingest_dialogues", "publish_corpus"} | GERMAN | PSEUDO
    verify_folder(published)
    found = facts(published)
    assert {locale: one["rows"] + one["refused"] for locale, one in found.items()} == {
        "de-DE": turns(),
        "en-XA": turns(),
    }
    assert [share["engine"] for share in found["en-XA"]["engines"]] == ["pseudo"]
    rows = load_dataset(str(published), "en-XA", split="train", cache_dir=str(tmp_path))
    assert len(rows) == found["en-XA"]["rows"]
    assert [PseudoEngine.restore(row["target"]) for row in rows] == rows["source"][:]


def test_the_summary_page_links_a_page_for_each_language(first_run: set[str], private_home: Path) -> None:
    pages = private_home / "corpus-report"
    index = (pages / "index.html").read_text(encoding="utf-8")
    for locale in ("de-DE", "en-XA"):
        assert f'href="languages/{locale}.html"' in index
        assert f"Checks of {locale}" in (pages / "languages" / f"{locale}.html").read_text(encoding="utf-8")
    assert "are published" in index


def test_a_new_language_runs_alone_and_the_others_come_from_the_cache(first_run: set[str], published: Path) -> None:
    new = {"translate_en-XB_0", "translate_en-XB_1", "validate_en-XB", "package_en-XB"}
    assert executed(**job("de-DE", "en-XA", "en-XB")) == new | {"publish_corpus"}
    assert set(facts(published)) == {"de-DE", "en-XA", "en-XB"}


@pytest.fixture(scope="module")
def prompt(private_home: Path) -> str:
    """The folder of a prompt for the packaged backbone."""
    folder = private_home / "prompt"
    identity = locate_backbone(BackboneSettings()).identity
    shape = PromptShape(layers=6, heads=4, length=2, head_dim=64)
    save_prompt(zero_prompt(identity, shape, ("de-DE",)), folder / "prompt.safetensors")
    return str(folder)


def test_a_screening_runs_alone_and_a_new_language_is_screened_alone(
    first_run: set[str], published: Path, private_home: Path, prompt: str
) -> None:
    meaning = {"prompt": prompt, "fewest": 20, "resamples": 100}
    measured = {"measure_meaning_de-DE", "measure_meaning_en-XA"}
    assert executed(**job("de-DE", "en-XA"), meaning=meaning) == measured | {"publish_corpus"}
    verify_folder(published)
    corpus = PublishedCorpus.model_validate_json((published / "corpus.json").read_text(encoding="utf-8"))
    assert corpus.meaning is not None
    german, pseudo = corpus.meaning.languages
    assert (german.locale, german.score.aligned, german.score.instrument.prompt_length) == ("de-DE", True, 2)
    assert (pseudo.locale, pseudo.score.aligned, pseudo.score.turns) == ("en-XA", False, german.score.turns)
    assert german.score.found.accuracy > 10
    page = (private_home / "corpus-report" / "index.html").read_text(encoding="utf-8")
    assert "under an aligned prompt of 2 positions" in page

    floor = {"share_by_locale": {"en-XA": 1.0}, "below": "refuse"}
    left_out = {**job("de-DE", "en-XA"), "validation": {"failed_locale": "drop"}}
    assert executed(**left_out, meaning=meaning | {"floor": floor}) == {"publish_corpus"}
    assert set(facts(published)) == {"de-DE"}

    new = {"translate_en-XE_0", "translate_en-XE_1", "validate_en-XE", "package_en-XE", "measure_meaning_en-XE"}
    assert executed(**job("de-DE", "en-XA", "en-XE"), meaning=meaning) == new | {"publish_corpus"}
    assert executed(**job("de-DE", "en-XA")) == {"publish_corpus"}
    assert "Meaning" not in (private_home / "corpus-report" / "index.html").read_text(encoding="utf-8")


def test_a_shard_that_failed_runs_alone_again(
    zenml_stack: str, first_run: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = PseudoEngine.translate

    def break_down(self: PseudoEngine, call: TranslationCall) -> TranslationReply:
        if call.dialogue.dialogue_id >= "1_00003":
            raise EngineError(Failure.FATAL, "broken", "the engine is broken")
        return right(self, call)

    monkeypatch.setattr(PseudoEngine, "translate", break_down)
    with pytest.raises(Exception, match="the engine is broken"):
        build_corpus(**job("en-XC"))
    monkeypatch.undo()
    again = {"translate_en-XC_1", "validate_en-XC", "package_en-XC", "publish_corpus"}
    assert executed(**job("en-XC")) == again


def test_a_language_of_which_dialogues_are_absent_fails(
    zenml_stack: str, first_run: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    right = PseudoEngine.translate

    def lack_half(self: PseudoEngine, call: TranslationCall) -> TranslationReply:
        if call.dialogue.dialogue_id >= "1_00003":
            raise EngineError(Failure.DIALOGUE, "too_hard", "the engine can't do this one")
        return right(self, call)

    monkeypatch.setattr(PseudoEngine, "translate", lack_half)
    with pytest.raises(Exception, match=rf"en-XD: .* % of {turns()} rows accepted, 90 % required \(absent_turns \d+\)"):
        build_corpus(**job("en-XD"))


@pytest.mark.soak
def test_the_literal_command(workplace: Workplace) -> None:
    steps = workplace.executed(*LITERAL)
    assert {"translate_de-DE_0", "validate_sw-KE", "package_en-XA", "publish_corpus"} <= steps
    verify_folder(workplace.home / "published" / "sample")
    assert workplace.executed(*LITERAL) == {"publish_corpus"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, int]:
    """What a run without a kill publishes, by hash, and how many files it writes on the way."""
    place = make_workplace(tmp_path_factory.mktemp("undisturbed"))
    log = place.root / "writes.txt"
    place.executed(*LITERAL, **{WRITE_LOG: str(log)})
    return published_hash(place), len(log.read_text(encoding="utf-8").splitlines())


def published_hash(place: Workplace) -> str:
    verify_folder(place.home / "published" / "sample")
    return fingerprint_path(place.home / "published" / "sample")


@pytest.mark.soak
@pytest.mark.parametrize("share", [0.1, 0.4, 0.7, 0.9])
def test_a_killed_run_given_again_publishes_the_same(
    share: float, undisturbed: tuple[str, int], tmp_path: Path
) -> None:
    place, (expected, writes) = make_workplace(tmp_path), undisturbed
    killed = place.run(*LITERAL, **{FAULT: f"{round(share * writes)}:after"})
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    place.executed(*LITERAL)
    assert published_hash(place) == expected
