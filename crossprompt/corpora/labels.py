"""The label set of the downstream task: what English train has, sorted."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc
from datasets import Dataset

from crossprompt.corpora.errors import LayoutError, UnknownLabelError
from crossprompt.corpora.utterance import ENGLISH


def intent_labels(utterances: Dataset, english: str = ENGLISH) -> tuple[str, ...]:
    """The intents of English train, sorted; a label's id is its place here.

    Raises:
        LayoutError: There is no English training utterance.
    """
    table = utterances.data.table
    chosen = table.filter(pc.and_(pc.equal(table["locale"], english), pc.equal(table["partition"], "train")))
    labels = sorted(pc.unique(chosen["intent"]).to_pylist())
    if not labels:
        raise LayoutError(f"the corpus has no training utterance in {english}; a task is learned on English train")
    return tuple(labels)


def require_known_labels(utterances: Dataset, english: str = ENGLISH) -> tuple[str, ...]:
    """:func:`intent_labels`, after a look at every other utterance: in train, dev and test of all locales.

    Raises:
        UnknownLabelError: An utterance has a label that English train lacks; the message lists the labels with an
            example each.
        LayoutError: There is no English training utterance.
    """
    labels = intent_labels(utterances, english)
    table = utterances.data.table
    strange = table.filter(pc.invert(pc.is_in(table["intent"], value_set=pa.array(labels))))
    if strange.num_rows:
        raise UnknownLabelError(
            f"{strange.num_rows:,} utterances have an intent that {english} train never has: {_examples(strange)}; "
            "remove them, or add training utterances"
        )
    return labels


def _examples(strange: pa.Table) -> str:
    first: dict[str, str] = {}
    for row in strange.select(["intent", "locale", "partition", "id"]).to_pylist():
        first.setdefault(row["intent"], f"{row['intent']} ({row['locale']} {row['partition']}, id {row['id']})")
    return ", ".join(first[label] for label in sorted(first))
