"""A parallel corpus as files: one for its texts and names, one for its numbers."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.feather as feather
from safetensors.numpy import load_file, save_file

from crossprompt.alignment.corpus import ParallelCorpus
from crossprompt.alignment.turns import TurnLists

NUMBERS = "numbers.safetensors"
_STRINGS = ("texts", "sources", "locales")
_LISTS = ("pairs", "monolingual")


def save_corpus(corpus: ParallelCorpus, folder: Path) -> None:
    """Write ``corpus`` into ``folder``, which exists."""
    for name in _STRINGS:
        column = pa.array(getattr(corpus, name), pa.large_string())
        feather.write_feather(pa.table({name: column}), str(folder / f"{name}.arrow"))
    arrays = {
        f"{kind}.{field.name}": np.ascontiguousarray(getattr(getattr(corpus, kind), field.name))
        for kind in _LISTS
        for field in fields(TurnLists)
    }
    save_file(arrays, folder / NUMBERS)


def load_corpus(folder: Path) -> ParallelCorpus:
    """The corpus that :func:`save_corpus` wrote; its fingerprint is that of the one written.

    Raises:
        OSError: A file is missing.
    """
    texts, sources, locales = (_column(folder / f"{name}.arrow") for name in _STRINGS)
    arrays: dict[str, Any] = load_file(folder / NUMBERS)
    pairs, monolingual = (
        TurnLists(**{field.name: arrays[f"{kind}.{field.name}"] for field in fields(TurnLists)}) for kind in _LISTS
    )
    return ParallelCorpus(texts, pairs, monolingual, tuple(sources.to_pylist()), tuple(locales.to_pylist()))


def _column(file: Path) -> pa.Array:
    return feather.read_table(str(file)).column(0).combine_chunks()
