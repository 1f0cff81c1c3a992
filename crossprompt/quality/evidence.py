"""Facts about each row that need more than the row: its dialogue, or its whole locale."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

import pandas as pd

from crossprompt.quality.language import identify_dialogue, labels_of_locale
from crossprompt.quality.length import scaled_ratio
from crossprompt.quality.slots import inconsistent_names
from crossprompt.translation.rows import Nature

EXPECTED = "as expected"
"""Value of the column ``language`` where nothing speaks for another language."""


def add_evidence(rows: pd.DataFrame, locale: str, usual: float, *, identify: bool = True) -> pd.DataFrame:
    """``rows`` of one locale with the columns that the checks read.

    ``rows`` hold whole dialogues; ``usual`` is the locale's ratio of lengths (``quality.length``). Without ``identify``
    no language is identified, which is most of the work: for text that is not asked for its language.

    - ``slot_values``: the source's slot values as a JSON list;
    - ``translated_source``, ``translated_slots``: source and slot values, null in localised rows;
    - ``length_ratio``: times longer than is usual in this locale;
    - ``language``: ``EXPECTED``, or the identifier's label of the language that the row seems to be in;
    - ``inconsistent_names``: names that this turn renders unlike the turns before it, null if there are none.
    """
    values = [[slot["value"] for slot in slots] for slots in rows["slots"]]
    result = rows.assign(slot_values=[json.dumps(value, ensure_ascii=False) for value in values])
    translated = rows["nature"] == Nature.TRANSLATED
    result["translated_source"] = result["source"].where(translated, None)
    result["translated_slots"] = result["slot_values"].where(translated, None)
    result["length_ratio"] = _length_ratios(rows, usual)
    known = identify and bool(labels_of_locale(locale))
    result["language"], result["inconsistent_names"] = _dialogue_columns(rows, values, locale, known)
    return result


def _length_ratios(rows: pd.DataFrame, usual: float) -> list[float | None]:
    sources, targets = ([text or "" for text in rows[name].tolist()] for name in ("source", "target"))
    ratios = (scaled_ratio(s, t, usual) for s, t in zip(sources, targets, strict=True))
    return [ratio if t.strip() else None for ratio, t in zip(ratios, targets, strict=True)]


def _dialogue_columns(
    rows: pd.DataFrame, values: list[list[str]], locale: str, known: bool
) -> tuple[list[str | None], list[str | None]]:
    languages: list[str | None] = [None] * len(rows)
    names: list[str | None] = [None] * len(rows)
    sources, targets = ([text or "" for text in rows[name].tolist()] for name in ("source", "target"))
    for positions in _dialogues(rows):
        filled = {at: targets[at] for at in positions if targets[at].strip()}
        if known:
            for at, evidence in identify_dialogue(filled, locale).items():
                languages[at] = evidence.rival if evidence.margin > 0 else EXPECTED
        slots = _flatten(values[at] for at in positions)
        for at, found in inconsistent_names(slots, {at: sources[at] for at in positions}, filled).items():
            names[at] = ", ".join(found)
    return languages, names


def _dialogues(rows: pd.DataFrame) -> Iterator[list[int]]:
    """Positions of the rows of each dialogue, in the order of turns."""
    frame = pd.DataFrame({"key": rows["split"] + "\0" + rows["dialogue_id"], "turn": rows["turn"]}).reset_index(
        drop=True
    )
    for _, group in frame.groupby("key", sort=False):
        yield group.sort_values("turn", kind="stable").index.tolist()


def _flatten(lists: Iterable[list[str]]) -> list[str]:
    return [value for values in lists for value in values]
