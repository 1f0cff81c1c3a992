"""``crossprompt plan`` tells people and programs the same, and opens no connection."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from console.plan import size
from tests.console.test_main import crossprompt
from tests.crossprompt.factory.offline import unplug

CONFIGS = Path(__file__).resolve().parents[2] / "configs"
CHAIN = [{"name": "memory"}, {"name": "pseudo", "ledger": True, "price": {"characters": 20}}]


@pytest.fixture(autouse=True)
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path / "home"))


def write(tmp_path: Path, **factory: object) -> str:
    """A configuration on the packaged sample; gives the file."""
    sections = {"factory": {"chain": CHAIN, "locales": ["de-DE", "en-XA"], **factory}}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"parameters": sections}), encoding="utf-8")
    return str(file)


def test_people_get_a_table(tmp_path, monkeypatch, capsys):
    unplug(monkeypatch)
    status, text, _ = crossprompt("plan", "-c", write(tmp_path, budget=0.1), "--languages", capsys=capsys)
    assert status == 0
    assert "\nSteps " in text
    lines = {line.split("  ")[0]: " ".join(line.split()) for line in reversed(text.splitlines())}
    assert lines["English"].startswith("English 20 dialogues, 234 utterances, ")
    assert lines["Languages"] == "Languages 2"
    assert lines["To translate"].startswith("To translate 234 utterances, ")
    assert lines["In the ledger"] == "In the ledger 0 utterances, 0 characters"
    assert lines["Looked up"] == "Looked up 234 utterances"
    assert lines["Time"] == "Time unknown: an engine has no rate yet"
    assert "(none yet)" in lines["Ledger"]
    assert "the budget for both is $0.10" in lines["Cost"]
    for word in ("pseudo", "memory", "de-DE", "German"):
        assert word in text
    assert "Note: the budget is " in text


def test_programs_get_the_same_as_json(tmp_path, monkeypatch, capsys):
    unplug(monkeypatch)
    status, text, _ = crossprompt("plan", "--config", write(tmp_path), "--json", capsys=capsys)
    made = json.loads(text)
    assert (status, made["utterances"], made["work"]["looked_up"]) == (0, 234, 234)
    assert made["dollars"] == pytest.approx(made["characters"] * 20 / 1e6)
    assert [language["locale"] for language in made["languages"]] == ["de-DE", "en-XA"]


def test_what_is_missing_for_a_cost_is_told(tmp_path, capsys):
    file = write(tmp_path, chain=[{"name": "google"}], locales=["de", "sw"])
    _, text, _ = crossprompt("plan", "-c", file, capsys=capsys)
    assert "no price" in text
    assert "Note: factory.chain.0 (google) is paid and has no price: set price.characters" in " ".join(text.split())


def test_the_shipped_example_has_a_plan(capsys):
    status, text, _ = crossprompt("plan", "-c", str(CONFIGS / "build_corpus.yaml"), "--json", capsys=capsys)
    assert (status, json.loads(text)["dollars"]) == (0, 0.0)


def test_where_no_run_was_made_nothing_is_cached_and_no_store_is_made(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("ZENML_CONFIG_PATH", str(tmp_path / "zenml"))
    unplug(monkeypatch)
    _, text, _ = crossprompt("plan", "-c", write(tmp_path), "--languages", capsys=capsys)
    assert "there is no ZenML store yet, so nothing is cached" in " ".join(text.split())
    other = tmp_path / "other.yaml"
    other.write_text("parameters: {task: {shots: 5}}", encoding="utf-8")
    assert crossprompt("plan", "-c", str(other), capsys=capsys)[:2] == (
        0,
        "There is no ZenML store yet, so nothing is cached.\n",
    )
    assert not (tmp_path / "zenml").exists()


def test_the_steps_of_any_pipeline_are_told(zenml_stack, tmp_path, monkeypatch, capsys):
    unplug(monkeypatch)
    share = {"max_quarantined_share": 0.0123}  # nobody else's
    sections = {"dialogues": share, "utterances": share, "translation": {"locales": ["sw-KE", "de-DE"]}}
    file = tmp_path / "mine.yaml"
    file.write_text(yaml.safe_dump({"parameters": sections}), encoding="utf-8")
    status, text, _ = crossprompt("plan", "-c", str(file), capsys=capsys)
    words = " ".join(text.split())
    assert status == 0
    assert words.startswith("0 of 10 steps are cached, 3 run, 7 come after those and run too unless their inputs come")
    assert "Steps that run: ingest_dialogues, ingest_utterances, publish_report" in words
    assert "translate_dialogues" in words
    _, programs, _ = crossprompt("plan", "-c", str(file), "--json", capsys=capsys)
    assert json.loads(programs)["steps"]["translate_sw-KE"] == {"stage": "translate_dialogues", "fate": "follows"}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("parameters: {factory: {chains: []}}", "factory.chains: no such setting"),
        ("parameters: {factory: {locales: [xx-YY]}}", "does not offer 'xx-YY'"),
        (
            "parameters: {translation: {engine: {source: {location: 'https://nowhere.invalid/all.tmx'}}}}",
            "translation.engine.source: https://nowhere.invalid/all.tmx is not here yet, and a plan fetches nothing",
        ),
    ],
)
def test_a_file_that_can_not_be_planned_is_told_in_a_sentence(content, message, tmp_path, capsys):
    file = tmp_path / "mine.yaml"
    file.write_text(content, encoding="utf-8")
    status, text, _ = crossprompt("plan", "-c", str(file), capsys=capsys)
    assert str(status).startswith("Error: ")
    assert message in str(status)
    assert text == ""


@pytest.mark.parametrize(
    ("amount", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (9_940, "9.9 kB"), (12_345_678, "12 MB"), (4.2e15, "4200 TB")],
)
def test_bytes_are_shown_in_the_unit_that_fits(amount, shown):
    assert size(amount) == shown
