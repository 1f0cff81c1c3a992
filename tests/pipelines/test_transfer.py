"""Soft prompts as a user runs them: a decoder made from text, then the literal command, killed and given again."""

from __future__ import annotations

import csv
import signal
from collections import Counter
from pathlib import Path

import pytest
import yaml

from crossprompt.backbones.decoder import load_decoder
from crossprompt.backbones.loading import BackboneError
from crossprompt.backbones.settings import BackboneSettings
from crossprompt.settings import SettingsError
from crossprompt.soft_prompts.languages import PAPER_LANGUAGES
from crossprompt.storage.faults import FAULT, WRITE_LOG
from pipelines.kinds import kind_of
from pipelines.pretraining_plan import Pretraining
from pipelines.transfer_plan import Transfer, make_transfer_plan
from tests.conftest import ROOT
from tests.crossprompt.backbones.tiny_decoders import save_tiny_decoder
from tests.crossprompt.soft_prompts.invented_topics import write_sib200
from tests.pipelines.workplace import Workplace, make_workplace

RECIPE = ("configs/pretrain_decoder_smoke.yaml", "pretrain_mini")
COMMAND = ("configs/spt_smoke.yaml", "soft_prompt_transfer")
CONTENDERS = {"SPT-1", "SPT-3", "SPT-3-tuned", "SPT-3-reparameterized"}
LOCALES = ("de-DE", "en-US", "sw-KE")
WRITTEN_BEFORE_THE_KILL = 4 + 4
"""Four prompts of the first cell, and what two of them answered in its first language, judged in both ways."""


def sections(name: str) -> dict[str, object]:
    return dict(yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8"))["parameters"])


def averages(place: Workplace) -> list[dict[str, str]]:
    file = place.home / "transfer-report" / "results" / "averages.csv"
    return list(csv.DictReader(file.open(encoding="utf-8")))


def run_whole(folder: Path) -> Workplace:
    place = make_workplace(folder)
    place.executed(*RECIPE)
    return place


@pytest.fixture(scope="module")
def resumed(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """Killed among the results of its first cell, then run to its end."""
    place = run_whole(tmp_path_factory.mktemp("resumed"))
    killed = place.run(*COMMAND, **{FAULT: f"{WRITTEN_BEFORE_THE_KILL}:after"})
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    place.executed(*COMMAND, **{WRITE_LOG: str(place.root / "writes.txt")})
    return place


def test_the_decoder_is_small_and_has_its_card(resumed: Workplace) -> None:
    folder = resumed.home / "backbones" / "toy-decoder"
    decoder = load_decoder(BackboneSettings(name=str(folder), dtype="float32"), "cpu")
    assert decoder.sizes == (32, 64, 2, 2)
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 20_000_000
    card = (folder / "README.md").read_text(encoding="utf-8")
    for words in ("causal language model", "6 updates", "| translation pairs used | no |", "| en-US |"):
        assert words in card


def test_after_a_kill_nothing_is_trained_or_answered_twice(resumed: Workplace) -> None:
    written = Counter((resumed.root / "writes.txt").read_text(encoding="utf-8").split())
    trained_later = 2 + 2
    assert written["prompt.safetensors"] == trained_later
    results = 2 * len(LOCALES) * 2 * (2 + 1 + 1 + 1)
    copied = results
    left = results - (WRITTEN_BEFORE_THE_KILL - 4)
    assert sum(written[f"{locale}.json"] for locale in LOCALES) == copied + left


def test_every_prompt_is_in_the_tables_and_on_the_page(resumed: Workplace) -> None:
    found = averages(resumed)
    assert {row["contender"] for row in found} == CONTENDERS
    assert {(row["task"], row["shots"]) for row in found} == {
        (task, shots) for task in ("topics", "topics-vocabulary") for shots in ("2", "4")
    }
    page = (resumed.home / "transfer-report" / "report.html").read_text(encoding="utf-8")
    for words in (*CONTENDERS, "toy-decoder", "datetime: <em>time</em>"):
        assert words in page
    assert "Report          file://" in resumed.printed


def test_a_second_run_takes_all_but_the_report_from_the_cache(resumed: Workplace) -> None:
    assert resumed.executed(*COMMAND) == {"publish_transfer"}


@pytest.mark.soak
def test_the_numbers_are_those_of_an_undisturbed_run(resumed: Workplace, tmp_path: Path) -> None:
    undisturbed = run_whole(tmp_path)
    undisturbed.executed(*COMMAND)
    assert averages(undisturbed) == averages(resumed)


def test_configurations_are_known_by_their_sections() -> None:
    for name in ("spt", "spt_smoke", "spt-paper"):
        assert kind_of(sections(name)) is Transfer


def test_the_papers_setting() -> None:
    paper = Transfer.from_sections(**sections("spt-paper"))
    assert paper.decoder.name == "facebook/xglm-564M"
    assert len(paper.decoder.revision or "") == 40
    measuring = paper.measuring
    assert (measuring.learning_rate, measuring.batch_size, measuring.epochs) == (5e-3, 8, 20)
    assert (measuring.init_range, measuring.warmup_share, measuring.keep) == (0.5, 0.0, "last")
    assert measuring.training(paper.prompts[0], 56).decay == "linear"
    assert paper.topics.sentences.languages == PAPER_LANGUAGES
    assert any(not cell.frozen for cell in paper.prompts)
    assert any(cell.reparameterized for cell in paper.prompts)


def test_the_recipe_of_the_decoder_makes_pieces_of_the_topics_words_and_stays_small() -> None:
    recipe = Pretraining.from_sections(**sections("pretrain_decoder"))
    spt = Transfer.from_sections(**sections("spt"))
    assert set(recipe.vocabulary.words) == set(spt.measuring.verbalizer.values())
    model, pieces = recipe.model, recipe.vocabulary.pieces
    soft = max(length for cell in spt.prompts for length in cell.lengths)
    assert spt.decoder.max_tokens + soft <= model.positions
    weights = 2 * (pieces * model.width + model.layers * (4 * model.width**2 + 2 * model.width * model.inner))
    assert weights < 17_000_000
    assert recipe.package.max_bytes == 20_000_000
    toy = Pretraining.from_sections(**sections("pretrain_decoder_smoke"))
    smoke = Transfer.from_sections(**sections("spt_smoke"))
    assert set(toy.vocabulary.words) == set(smoke.measuring.verbalizer.values())
    assert toy.package.name == smoke.decoder.name


def test_a_prompt_that_is_there_twice_is_named() -> None:
    with pytest.raises(SettingsError, match="SPT-8 with 8 shots is there twice"):
        Transfer.from_sections(prompts=[{"lengths": [1, 8]}, {"lengths": [8]}])


def test_a_plan_finds_the_decoder_and_the_sentences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path / "home"))
    root = write_sib200(tmp_path / "data")
    wanted = {"decoder": {"name": "mine"}, "data_root": str(root), "topics": {"sentences": {"languages": ["en", "de"]}}}
    with pytest.raises(
        BackboneError,
        match=r"no such folder, here or in .*backbones; take mini-decoder.*package.name: mine.*pretrain_decoder.yaml",
    ):
        make_transfer_plan(Transfer.from_sections(**wanted))
    save_tiny_decoder(tmp_path / "home" / "backbones" / "mini-decoder", "bloom")
    packaged = make_transfer_plan(Transfer.from_sections(**wanted | {"decoder": {"name": "mini-decoder"}}))
    assert packaged.measuring.places["backbone"] == "mini-decoder", "not the one of that name in the home"
    made = save_tiny_decoder(tmp_path / "home" / "backbones" / "mine", "bloom")
    plan = make_transfer_plan(
        Transfer.from_sections(**wanted, prompts=[{"lengths": [1]}, {"lengths": [2]}, {"frozen": False}])
    )
    assert plan.measuring.parameters["backbone"].name == "mine"
    assert plan.measuring.places["backbone"] == str(made)
    assert [plan.step_of(place) for place in range(3)] == [
        "measure_8_frozen",
        "measure_8_frozen_2",
        "measure_8_tuned",
    ]
