"""Translations beside the dialogues they should mirror: which turns are there, which are missing."""

from __future__ import annotations

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset

KEY = ["split", "dialogue_id", "turn"]
"""Columns that name a turn."""


_TEXTS = ["speaker", "source", "target", "expected_speaker", "expected_source"]


def index_turns(dialogues: Dataset) -> pd.DataFrame:
    """Every turn of a dialogue table: ``split, dialogue_id, turn, expected_speaker, expected_source``, in its order."""
    table: pa.Table = dialogues.select_columns(["split", "dialogue_id", "turns"]).with_format("arrow")[:]
    turns = table["turns"].combine_chunks()
    parents = pc.list_parent_indices(turns).to_numpy()
    flat = pc.list_flatten(turns)
    frame = pd.DataFrame(
        {
            "split": table["split"].to_numpy()[parents],
            "dialogue_id": table["dialogue_id"].to_numpy()[parents],
            "expected_speaker": pc.struct_field(flat, "speaker").to_numpy(zero_copy_only=False),
            "expected_source": pc.struct_field(flat, "utterance").to_numpy(zero_copy_only=False),
        },
        dtype=object,
    )
    frame.insert(2, "turn", frame.groupby(["split", "dialogue_id"], sort=False).cumcount().astype("int64"))
    return frame


def complete_locale(rows: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    """The rows of one locale with what the dialogues expect, and a row without target for each turn that is missing.

    A turn is missing if its dialogue has other rows: an engine may leave out whole dialogues, never a part of one.

    Args:
        rows: ``TRANSLATION_FEATURES`` of a single locale.
        turns: The result of :func:`index_turns`.

    Returns:
        ``rows`` in their order, then the missing turns, with the columns ``expected_speaker`` and
        ``expected_source`` (null for
        a turn that no dialogue has) and ``row``: the position in ``rows``, -1 for a missing one.
    """
    numbered = rows.assign(row=range(len(rows)))
    merged = _with_none(numbered.merge(turns, on=KEY, how="left", validate="many_to_one"))
    missing = _missing_turns(rows, turns)
    if missing.empty:
        return merged
    constant = {name: rows[name].iloc[0] for name in ("locale", "engine", "nature")}
    added = missing.assign(
        **constant, row=-1, speaker=missing["expected_speaker"], source=missing["expected_source"], target=None
    )
    added["slots"] = [[] for _ in range(len(added))]
    return pd.concat([merged, added[merged.columns].astype(object)], ignore_index=True)


def _with_none(frame: pd.DataFrame) -> pd.DataFrame:
    """``frame`` with its texts as Python objects and None where one is missing."""
    texts = frame[_TEXTS].astype(object)
    return frame.assign(**{name: texts[name].where(texts[name].notna(), None) for name in _TEXTS})


def _missing_turns(rows: pd.DataFrame, turns: pd.DataFrame) -> pd.DataFrame:
    begun = rows[KEY[:2]].drop_duplicates()
    wanted = turns.merge(begun, on=KEY[:2], how="inner")
    found = wanted.merge(rows[KEY].drop_duplicates(), on=KEY, how="left", indicator=True)
    return found[found["_merge"] == "left_only"].drop(columns="_merge")
