"""Shards are parts of a corpus that make it up."""

from __future__ import annotations

import pytest
from datasets import Dataset

from crossprompt.factory.shards import shard_places, take_shard


@pytest.mark.parametrize(("total", "shards"), [(0, 1), (1, 3), (7, 1), (7, 3), (8, 4), (22_825, 1000)])
def test_all_places_are_in_one_shard_each_and_sizes_hardly_differ(total: int, shards: int) -> None:
    parts = [shard_places(total, shard, shards) for shard in range(shards)]
    assert [place for part in parts for place in part] == list(range(total))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_a_shard_holds_the_dialogues_at_its_places() -> None:
    splits = ["train", "dev", "train", "test", "train", "dev", "train"]
    dialogues = Dataset.from_dict({"split": splits, "number": list(range(7))})
    wanted = [0, 2, 3, 4, 6]
    for shard in range(3):
        taken = take_shard(dialogues, ["train", "test"], shard, 3)["number"][:]
        assert taken == [wanted[place] for place in shard_places(5, shard, 3)]


@pytest.mark.parametrize("shard", [-1, 2])
def test_there_are_no_other_shards(shard: int) -> None:
    with pytest.raises(ValueError, match=f"there is no shard {shard} among 2"):
        shard_places(10, shard, 2)
