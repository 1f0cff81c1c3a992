"""Shards: a corpus in parts of whole dialogues, the same parts for the same corpus and number."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from datasets import Dataset


def take_shard(dialogues: Dataset, splits: Collection[str], shard: int, shards: int) -> Dataset:
    """The dialogues of one shard, in their order; all shards one after the other are the dialogues of ``splits``.

    Args:
        dialogues: ``DIALOGUE_FEATURES``.
        splits: What is wanted of them.
        shard: Counted from 0.
        shards: How many there are; sizes differ by one dialogue at most.

    Raises:
        ValueError: There is no such shard.
    """
    wanted = np.flatnonzero([split in splits for split in dialogues["split"]])
    places = shard_places(len(wanted), shard, shards)
    return dialogues.select(wanted[places.start : places.stop])


def shard_places(total: int, shard: int, shards: int) -> range:
    """The places of a shard's dialogues among the ``total`` of all shards, counted from 0.

    Raises:
        ValueError: There is no such shard.
    """
    if not 0 <= shard < shards:
        raise ValueError(f"there is no shard {shard} among {shards}; they are counted from 0")
    return range(total * shard // shards, total * (shard + 1) // shards)
