"""The retrieval test: does a sentence find its translation among all sentences of the other language?

Paper 001, section 5 (figure 3) on Tatoeba; METHODS, section 1. No model is trained here, and nothing is trained on
these sentences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from datasets import Dataset
from numpy.typing import NDArray
from torch import Tensor

from crossprompt.backbones.encoder import Backbone
from crossprompt.retrieval.embeddings import embed_sentences
from crossprompt.retrieval.neighbours import mutual_neighbours
from crossprompt.retrieval.records import LanguageAnswers, RetrievalAnswers
from crossprompt.retrieval.settings import RetrievalSettings


@dataclass(frozen=True, slots=True)
class PairPlaces:
    """The pairs of one language; sides are places among the distinct texts, ``[pairs]``."""

    code: str
    locale: str
    ids: tuple[str, ...]
    english: NDArray[np.int64]
    other: NDArray[np.int64]


def retrieve(
    pairs: Dataset,
    backbone: Backbone,
    prompt: Tensor | None,
    settings: RetrievalSettings,
    *,
    progress: bool = True,
) -> list[RetrievalAnswers]:
    """Look for the translation of every sentence, from each language to English and back.

    Each distinct sentence of all languages is computed once, and all poolings are taken from the same forward.

    Args:
        pairs: ``crossprompt.corpora.tatoeba.PAIR_FEATURES``; the candidates are the sentences of the same language.
        backbone: The frozen encoder.
        prompt: A deep prompt ``[layers, 2, heads, P, head_dim]`` of any length, or None.
        settings: Poolings, batches and blocks.
        progress: Show a bar.

    Returns:
        One record per pooling; languages in the order of their codes, pairs in the order of the rows.

    Raises:
        PoolingError: See :func:`embed_sentences`.
        ValueError: There are no pairs, or the prompt doesn't fit the backbone.
    """
    texts, languages = index_pairs(pairs)
    if not languages:
        raise ValueError("there are no sentence pairs to retrieve from")
    length = None if prompt is None else int(prompt.shape[-2])
    return [
        RetrievalAnswers(
            pooling=pooling.name,
            prompt_length=length,
            languages=tuple(
                find_translations(language, vectors.to(backbone.device), settings.block_rows) for language in languages
            ),
        )
        for pooling, vectors in zip(
            settings.poolings, embed_sentences(texts, backbone, prompt, settings, progress=progress), strict=True
        )
    ]


def index_pairs(pairs: Dataset) -> tuple[list[str], list[PairPlaces]]:
    """The distinct texts of ``PAIR_FEATURES``, and the pairs by language, in the order of the codes."""
    names = ("code", "locale", "id", "english", "other")
    table = pairs.select_columns(list(names)).with_format("arrow")[:]
    rows: dict[str, list[tuple[str, ...]]] = {}
    for row in zip(*(table[name].to_pylist() for name in names), strict=True):
        rows.setdefault(row[0], []).append(row)
    places: dict[str, int] = {}
    languages = [_language(rows[code], places) for code in sorted(rows)]
    return list(places), languages


def _language(rows: Sequence[tuple[str, ...]], places: dict[str, int]) -> PairPlaces:
    """One language; its texts that are new go into ``places``."""
    sides = [[places.setdefault(row[side], len(places)) for row in rows] for side in (3, 4)]
    english, other = (np.asarray(side, dtype=np.int64) for side in sides)
    return PairPlaces(rows[0][0], rows[0][1], tuple(row[2] for row in rows), english, other)


def find_translations(language: PairPlaces, vectors: Tensor, block_rows: int) -> LanguageAnswers:
    """The nearest neighbour of each sentence of a language and of each of its English translations.

    Args:
        language: Its pairs.
        vectors: Of all distinct texts, ``[texts, width]``.
        block_rows: Sentences that are compared with all others at once.
    """
    english, other = (vectors[torch.from_numpy(side).to(vectors.device)] for side in (language.english, language.other))
    to_english, from_english = mutual_neighbours(other, english, block_rows)
    return LanguageAnswers(
        code=language.code,
        locale=language.locale,
        ids=language.ids,
        to_english=tuple(to_english.tolist()),
        from_english=tuple(from_english.tolist()),
        right_to_english=tuple((language.english[to_english] == language.english).tolist()),
        right_from_english=tuple((language.other[from_english] == language.other).tolist()),
    )
