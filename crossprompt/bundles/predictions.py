"""Predictions as a bundle keeps them: one row per classifier, locale and utterance, with what it adds to the score.

Unlike the tables of one task they need no list of labels, so the predictions of any task compare in one way.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from datasets import Dataset

from crossprompt.storage.atomic import atomic_path
from crossprompt.storage.fingerprint import fingerprint_value
from crossprompt.tasks.records import Method
from crossprompt.tasks.task import ScoredAnswers

PREDICTION_SCHEMA = pa.schema(
    [
        pa.field("method", pa.string(), nullable=False),
        pa.field("seed", pa.int64(), nullable=False),
        pa.field("locale", pa.string(), nullable=False),
        pa.field("id", pa.string(), nullable=False),
        pa.field("gold", pa.string()),
        pa.field("predicted", pa.string(), nullable=False),
        pa.field("score", pa.float32()),
        pa.field("numerator", pa.int32(), nullable=False),
        pa.field("denominator", pa.int32(), nullable=False),
    ]
)
"""``score`` is the probability of what was predicted, where the task gives one; the score of a locale in percent is
``100 * sum(numerator) / sum(denominator)`` (see :class:`crossprompt.tasks.task.ScoredAnswers`)."""

_ORDER = [(name, "ascending") for name in ("method", "seed", "locale", "id")]


def intent_rows(predictions: Dataset) -> pa.Table:
    """Rows of :func:`crossprompt.evaluation.predictions.prediction_features` as rows of ``PREDICTION_SCHEMA``."""
    table = predictions.with_format("arrow")[:]
    columns: dict[str, Any] = {name: table[name] for name in ("seed", "id", "score")}
    columns |= {name: _names(table[name], predictions, name) for name in ("method", "locale", "gold", "predicted")}
    right = np.asarray(table["gold"]) == np.asarray(table["predicted"])
    columns |= {"numerator": right.astype(np.int32), "denominator": np.ones(len(right), dtype=np.int32)}
    return _ordered(pa.table([columns[name] for name in PREDICTION_SCHEMA.names], schema=PREDICTION_SCHEMA))


def answer_rows(answers: Sequence[ScoredAnswers], method: Method, seed: int) -> pa.Table:
    """The answers of one classifier, a locale each, as rows of ``PREDICTION_SCHEMA``; no gold, no probabilities."""
    rows = [
        {"locale": own.locale, "id": identifier, "predicted": answer, "numerator": right, "denominator": whole}
        for own in answers
        for identifier, answer, right, whole in zip(own.ids, own.answers, own.numerators, own.denominators, strict=True)
    ]
    same = {"method": method.value, "seed": seed, "gold": None, "score": None}
    return _ordered(pa.Table.from_pylist([{**row, **same} for row in rows], schema=PREDICTION_SCHEMA))


def scored_answers(rows: pa.Table, method: Method) -> list[ScoredAnswers]:
    """The answers of the one classifier of ``method``, a record per locale in order of their tags.

    Args:
        rows: Of ``PREDICTION_SCHEMA``.
        method: Whose; there must be one seed of it.
    """
    own = rows.filter(pc.equal(rows["method"], method.value))
    found = {}
    for locale in sorted(pc.unique(own["locale"]).to_pylist()):
        part = own.filter(pc.equal(own["locale"], locale)).to_pydict()
        found[locale] = ScoredAnswers(
            locale=locale,
            ids=tuple(part["id"]),
            answers=tuple(part["predicted"]),
            numerators=tuple(part["numerator"]),
            denominators=tuple(part["denominator"]),
        )
    return list(found.values())


def classifier_keys(rows: pa.Table) -> set[tuple[str, int]]:
    """The ``(method, seed)`` of the classifiers whose rows are there."""
    pairs = rows.group_by(["method", "seed"]).aggregate([])
    return set(zip(pairs["method"].to_pylist(), pairs["seed"].to_pylist(), strict=True))


def save_predictions(rows: pa.Table, path: Path) -> None:
    """Write ``rows`` to a Parquet file in one step."""
    with atomic_path(path) as temporary:
        pq.write_table(_ordered(rows), temporary, compression="zstd")


def load_predictions(path: Path) -> pa.Table:
    """Read what :func:`save_predictions` wrote."""
    return pq.read_table(path, schema=PREDICTION_SCHEMA)


def fingerprint_predictions(rows: pa.Table) -> str:
    """Hex SHA-256 of what was predicted, whatever the order of the rows; probabilities, which round, do not count."""
    return fingerprint_value(_ordered(rows).drop_columns(["score"]).to_pydict())


def _ordered(rows: pa.Table) -> pa.Table:
    return rows.cast(PREDICTION_SCHEMA).sort_by(_ORDER)


def _names(codes: pa.ChunkedArray, predictions: Dataset, column: str) -> list[str]:
    names = predictions.features[column].names
    return [names[code] for code in codes.to_pylist()]
