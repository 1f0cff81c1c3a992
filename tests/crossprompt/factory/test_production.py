"""Shards, production and mending with engines that cost nothing, and with one that is paid and counts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from datasets import Dataset

from crossprompt.corpora.dialogue import dialogues_to_dataset
from crossprompt.factory.chain import load_chain
from crossprompt.factory.errors import UnfinishedError
from crossprompt.factory.ledger import Ledger
from crossprompt.factory.link import Link
from crossprompt.factory.mending import mend
from crossprompt.factory.production import Workshop, produce
from crossprompt.factory.settings import FactorySettings, LinkSettings
from crossprompt.factory.shards import take_shard
from crossprompt.quality.rows import REFUSED_FEATURES
from crossprompt.translation.engines.pseudo import PseudoEngine
from tests.crossprompt.factory.corpus_files import make_dialogue
from tests.crossprompt.factory.counting_engine import CountingEngine, SlowEngine

LENGTHS = (4, 7, 2, 5, 3, 6, 1)
PRICE = LinkSettings(name="counting", price={"characters": 20.0})


def corpus(split: str = "train") -> Dataset:
    return dialogues_to_dataset([make_dialogue(number, turns, split) for number, turns in enumerate(LENGTHS)])


def pseudo_workshop(folder: Path) -> Workshop:
    settings = FactorySettings(chain=(LinkSettings(name="pseudo"),))
    return Workshop(load_chain(settings).links_for("qaa"), settings, folder / "ledger.db")


def workshop(folder: Path, *links: Link, **changes: Any) -> Workshop:
    settings = FactorySettings(dispatch={"workers": 3, "first_wait_seconds": 0.01, "max_attempts": 2}, **changes)
    return Workshop(links, settings, folder / "ledger.db")


@pytest.mark.parametrize("shards", [1, 2, 3, 7, 9])
def test_shards_are_whole_dialogues_in_order_and_each_comes_once(shards: int) -> None:
    parts = [take_shard(corpus(), ["train"], shard, shards) for shard in range(shards)]
    assert [row for part in parts for row in part] == corpus().to_list()
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_shard_has_the_wanted_splits_alone() -> None:
    both = dialogues_to_dataset([make_dialogue(n, 2, ("train", "dev")[n % 2]) for n in range(6)])
    assert set(take_shard(both, ["dev"], 0, 2)["split"]) == {"dev"}
    assert len(take_shard(both, ["dev"], 0, 2)) + len(take_shard(both, ["dev"], 1, 2)) == 3
    with pytest.raises(ValueError, match="no shard 2 among 2"):
        take_shard(both, ["dev"], 2, 2)


def test_shards_together_are_what_all_at_once_gives(tmp_path: Path) -> None:
    shop = pseudo_workshop(tmp_path)
    whole, coverage = produce(corpus(), "qaa", shop, tmp_path / "whole.arrow", progress=False)
    parts = [produce(take_shard(corpus(), ["train"], n, 3), "qaa", shop, progress=False)[0] for n in range(3)]
    assert [row for part in parts for row in part] == whole.to_list()
    assert coverage.covered == len(LENGTHS)
    assert coverage.utterances == len(whole) == sum(LENGTHS)
    assert [PseudoEngine.restore(row["target"]) for row in whole] == whole["source"][:]
    assert not (tmp_path / "ledger.db").exists()


def test_what_a_paid_engine_gave_is_never_asked_for_again(tmp_path: Path) -> None:
    engine = CountingEngine()
    shop = workshop(tmp_path, Link(engine, PRICE))
    first, _ = produce(corpus(), "sw", shop, progress=False)
    billed = engine.billed.copy()
    assert billed
    again, _ = produce(corpus(), "sw", shop, progress=False)
    shard, _ = produce(take_shard(corpus(), ["train"], 1, 3), "sw", shop, progress=False)
    assert again.to_list() == first.to_list()
    assert shard.to_list() == [row for row in first if row["dialogue_id"] in set(shard["dialogue_id"])]
    assert engine.billed == billed


def test_a_slow_engine_before_a_paid_one_makes_each_text_once(tmp_path: Path) -> None:
    slow, paid = SlowEngine(refused="3/"), CountingEngine()
    shop = workshop(tmp_path, Link(slow, LinkSettings(name="slow")), Link(paid, PRICE), budget=1.0)
    rows, _ = produce(corpus(), "sw", shop, progress=False)
    made = {name: sum(len(row["source"]) for row in rows if row["engine"] == name) for name in set(rows["engine"])}
    assert made == {"slow": slow.billed["sw"], "counting_engine": paid.billed["sw"]}
    assert produce(corpus(), "sw", shop, progress=False)[0].to_list() == rows.to_list()
    assert made == {"slow": slow.billed["sw"], "counting_engine": paid.billed["sw"]}


def test_what_a_slow_engine_made_before_it_broke_down_is_kept(tmp_path: Path) -> None:
    engine = SlowEngine()
    shop, engine.calls_left = workshop(tmp_path, Link(engine, LinkSettings(name="slow"))), 3
    with pytest.raises(UnfinishedError, match="it broke down"):
        produce(corpus(), "sw", shop, progress=False)
    assert engine.billed["sw"] > 0
    engine.calls_left = 1000
    rows, _ = produce(corpus(), "sw", shop, progress=False)
    assert engine.billed["sw"] == sum(len(row["source"]) for row in rows)


def test_a_budget_that_is_reached_stops_cleanly_and_a_higher_one_goes_on(tmp_path: Path) -> None:
    engine = CountingEngine()
    with pytest.raises(UnfinishedError, match=r"^sw: .*budget"):
        produce(corpus(), "sw", workshop(tmp_path, Link(engine, PRICE), budget=0.002), progress=False)
    spent = sum(engine.billed.values())
    rows, _ = produce(corpus(), "sw", workshop(tmp_path, Link(engine, PRICE), budget=1.0), progress=False)
    assert len(rows) == sum(LENGTHS)
    characters = sum(len(row["source"]) for row in rows)
    assert 0 < spent <= 100
    assert sum(engine.billed.values()) == characters
    with Ledger(tmp_path / "ledger.db") as ledger:
        assert sum(account.paid.characters for account in ledger.accounts()) == characters


def refused(rows: list[dict[str, Any]], *places: int) -> Dataset:
    chosen = [rows[place] | {"reasons": ["length"]} for place in places]
    return Dataset.from_dict({name: [row[name] for row in chosen] for name in REFUSED_FEATURES}, REFUSED_FEATURES)


def test_refused_turns_alone_go_to_the_next_engine(tmp_path: Path) -> None:
    engine = CountingEngine()
    free = Link(PseudoEngine(), LinkSettings(name="pseudo"))
    shop = workshop(tmp_path, free, Link(engine, PRICE))
    rows = produce(corpus(), "sw", shop, progress=False)[0].to_list()
    assert {row["engine"] for row in rows} == {"pseudo"}
    places = (1, 2, 9, 20)
    anew, summary = mend(corpus(), refused(rows, *places), "sw", shop, progress=False)
    assert [(row["dialogue_id"], row["turn"]) for row in anew] == [
        (rows[place]["dialogue_id"], rows[place]["turn"]) for place in places
    ]
    assert {row["engine"] for row in anew} == {"counting_engine"}
    assert sum(engine.billed.values()) == sum(len(rows[place]["source"]) for place in places)
    assert (summary.refused, summary.mended, summary.left) == (4, 4, 0)


def test_what_the_last_engine_wrote_is_left_as_it_is(tmp_path: Path) -> None:
    shop = pseudo_workshop(tmp_path)
    rows = produce(corpus(), "qaa", shop, progress=False)[0].to_list()
    anew, summary = mend(corpus(), refused(rows, 0, 5), "qaa", shop, progress=False)
    assert len(anew) == 0
    assert anew.features == produce(corpus(), "qaa", shop, progress=False)[0].features
    assert (summary.refused, summary.mended, summary.left) == (2, 0, 2)
