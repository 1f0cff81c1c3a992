from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest
from datasets import concatenate_datasets

from crossprompt.quality.chunks import (
    Absence,
    collect_facts,
    count_absent,
    cut_language,
    locate_rows,
    replace_rows,
)
from crossprompt.quality.length import usual_ratio
from tests.expectations.tables import dialogues, rows, table


def keys(found: Any) -> list[tuple[str, int]]:
    return [(row["dialogue_id"], row["turn"]) for row in found]


def test_each_row_finds_its_dialogue() -> None:
    strange = rows(count=1)[0] | {"dialogue_id": "d9"}
    places = locate_rows(dialogues(3), table([*rows(count=3)[7:9], strange, rows()[0]]))
    assert places.tolist() == [1, 1, -1, 0]
    other_split = rows(count=1)[0] | {"split": "train"}
    assert locate_rows(dialogues(3), table([other_split])).tolist() == [-1]
    assert locate_rows(dialogues(3), table([])).tolist() == []


@pytest.mark.parametrize(("most", "sizes"), [(5, [5, 5, 5, 5]), (12, [10, 10]), (100, [20]), (1, [5, 5, 5, 5])])
def test_chunks_hold_whole_dialogues_and_every_row_once(most: int, sizes: list[int]) -> None:
    shuffled = rows()
    Random(3).shuffle(shuffled)
    given = table(shuffled)
    chunks = list(cut_language(dialogues(), given, most))
    assert [len(chunk.rows) for chunk in chunks] == sizes
    assert sum(len(chunk.dialogues) for chunk in chunks) == 4
    for chunk in chunks:
        assert set(chunk.rows["dialogue_id"]) == set(chunk.dialogues["dialogue_id"])
        assert keys(chunk.rows) == keys(given.select(chunk.positions))
    assert sorted(np.concatenate([chunk.positions for chunk in chunks]).tolist()) == list(range(20))


def test_rows_of_no_dialogue_come_with_the_last_chunk() -> None:
    strange = rows(count=1)[0] | {"dialogue_id": "d9"}
    *_, last = cut_language(dialogues(), table([strange, *rows()]), 5)
    assert keys(last.rows) == [("d9", 0), *(("d3", turn) for turn in range(5))]
    assert last.positions.tolist() == [0, 16, 17, 18, 19, 20]


def test_facts_of_a_language() -> None:
    given = [*rows(), rows()[0] | {"engine": "pseudo", "nature": "localised", "target": None}]
    facts = collect_facts(table(given))
    assert facts.engines == {"memory", "pseudo"}
    assert facts.natures == {"translated", "localised"}
    texts = [[row[name] or "" for row in given] for name in ("source", "target")]
    assert facts.usual_ratio == pytest.approx(usual_ratio(*texts))


def test_dialogues_without_rows_are_counted_in_the_splits_that_there_are() -> None:
    assert count_absent(dialogues(6), table(rows())) == Absence(2, 10)
    assert count_absent(dialogues(6), table(rows(split="train"))) == Absence(0, 0)


def test_dialogues_without_rows_are_counted_in_the_splits_that_were_wanted() -> None:
    assert count_absent(dialogues(6), table(rows()), ["train", "test"]) == Absence(2, 10)
    assert count_absent(dialogues(6), table([]), ["test"]) == Absence(6, 30)
    assert count_absent(dialogues(6), table(rows()), ["train"]) == Absence(0, 0)


def test_replacements_take_the_place_of_rows_and_fill_gaps() -> None:
    given = [row for row in rows() if (row["dialogue_id"], row["turn"]) != ("d1", 2)]
    anew = [rows()[at] | {"target": f"neu {at}", "engine": "second"} for at in (7, 0)]
    found = replace_rows(dialogues(), table(given), table(anew))
    expected = rows()
    for row, at in zip(anew, (7, 0), strict=True):
        expected[at] = row
    assert found.to_list() == expected
    assert replace_rows(dialogues(), table(given), table([])).to_list() == given


def test_the_order_of_shards_is_kept_and_shards_stay_apart_in_memory() -> None:
    parts = [table(rows()[:10]), table(rows()[10:])]
    chunks = list(cut_language(dialogues(), concatenate_datasets(parts), 10))
    assert [keys(chunk.rows) for chunk in chunks] == [keys(rows()[:10]), keys(rows()[10:])]
