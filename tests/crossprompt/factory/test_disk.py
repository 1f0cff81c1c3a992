"""The estimate of disk is right for what the project itself writes, within what an estimate may miss."""

from __future__ import annotations

from pathlib import Path

import pytest
from datasets import Dataset

from crossprompt.corpora.dialogue import dialogues_to_dataset
from crossprompt.factory.chain import load_chain
from crossprompt.factory.disk import TABLES, TextSize, bytes_per_character, language_disk, whole_disk
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.plan_records import DiskPlan
from crossprompt.factory.prices import Amount
from crossprompt.factory.production import Workshop, produce
from crossprompt.factory.settings import FactorySettings
from tests.crossprompt.factory.corpus_files import make_dialogue


@pytest.mark.parametrize(
    ("locale", "expected"), [("en-GB", 1), ("sw-KE", 1), ("ru", 2), ("ar-SA", 2), ("hi-IN", 3), ("zh-CN", 3), ("ja", 3)]
)
def test_scripts_take_one_to_three_bytes_a_character(locale, expected):
    assert bytes_per_character(locale) == pytest.approx(expected, abs=0.2)


@pytest.mark.parametrize("locale", ["qaa", "no-such-tag-at-all"])
def test_a_made_up_language_has_some_width_too(locale):
    assert 1 <= bytes_per_character(locale) <= 3


def test_the_parts_add_up(tmp_path: Path):
    text = TextSize(utterances=1000, characters=50_000, bytes=50_100)
    german = language_disk("de", text, Amount(calls=90, utterances=1000, characters=50_000))
    hindi = language_disk("hi", text, Amount())
    assert (german.ledger > 50_000, hindi.ledger) == (True, 0)
    assert hindi.tables > german.tables
    both = whole_disk([german, hindi], tmp_path / "not" / "yet" / "there")
    assert both.total == german.total + hindi.total
    assert both.free is not None
    assert both.free > 0


def test_nothing_takes_nothing():
    assert language_disk("de", TextSize(), Amount()) == DiskPlan(ledger=0, tables=0, published=0)


def test_tables_and_ledgers_that_are_written_are_about_as_large(tmp_path: Path):
    dialogues = [make_dialogue(number, 20) for number in range(150)]
    texts = [turn.utterance for dialogue in dialogues for turn in dialogue.turns]
    size = TextSize(len(texts), sum(map(len, texts)), sum(len(text.encode()) for text in texts))
    table, ledger = _produced(dialogues_to_dataset(dialogues), tmp_path)
    planned = language_disk("ru", size, Amount(calls=150, utterances=len(texts), characters=size.characters))
    assert planned.tables / TABLES == pytest.approx(table, rel=0.15)
    assert planned.ledger == pytest.approx(ledger - _empty_ledger(tmp_path), rel=0.2)


def _empty_ledger(folder: Path) -> int:
    """Bytes of a ledger without a call, which say nothing of how it grows."""
    file = folder / "empty.db"
    Ledger(file).close()
    return file.stat().st_size


def _produced(dialogues: Dataset, folder: Path) -> tuple[int, int]:
    """Bytes of the table and of the ledger for one language by the pseudo engine, whose letters take two bytes."""
    chain = [{"name": "pseudo", "options": {"expansion": 0.0}, "ledger": True}]
    factory = FactorySettings.parse({"chain": chain, "locales": ["ru"]}, "factory")
    workshop = Workshop(load_chain(factory).links, factory, folder / "ledger.db")
    produce(dialogues, "ru", workshop, folder / "rows.arrow", progress=False)
    return (folder / "rows.arrow").stat().st_size, (folder / "ledger.db").stat().st_size
