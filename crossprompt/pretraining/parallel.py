"""Embeddings to start from: pieces that stand in translations of the same ids are close from the beginning.

Each piece is described by the ids whose texts, in whatever language, hold it (inverted indexing: Søgaard et al.
2015), by positive pointwise mutual information, and brought down to the model's width by a truncated singular value
decomposition. It takes a minute, and spares the model hours of finding out which words of 52 languages mean the same.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from crossprompt.alignment.tokens import TokenStore
from crossprompt.pretraining.text import ParallelText, PretrainingText
from crossprompt.training.randomness import numpy_generator

Matrix = NDArray[np.float32]

_SPARE_DIRECTIONS, _ROUNDS = 32, 4
"""Of the randomized decomposition (Halko, Martinsson and Tropp 2011, algorithm 4.4)."""


def parallel_embeddings(
    text: PretrainingText, store: TokenStore, vocabulary_size: int, width: int, seed: int
) -> tuple[Matrix, NDArray[np.bool_]]:
    """A unit vector for each piece that stands in parallel text, ``[vocabulary, width]``, and which pieces those are.

    Args:
        text: Whose parallel parts are used.
        store: The tokens of its texts.
        vocabulary_size: Number of pieces.
        width: Of the vectors; directions beyond what the text has are 0.
        seed: Starts the decomposition.
    """
    information = _information(count_pieces_by_id(text, store, vocabulary_size))
    vectors, strengths = _decompose(information, width, numpy_generator(seed, "decomposition"))
    found = np.zeros((vocabulary_size, width), dtype=np.float32)
    found[:, : vectors.shape[1]] = vectors * np.sqrt(strengths)
    known = np.diff(information.indptr) > 0  # the others' vectors are rounding errors
    found[known] /= np.linalg.norm(found[known], axis=1, keepdims=True)
    found[~known] = 0
    return found, known


def count_pieces_by_id(text: PretrainingText, store: TokenStore, vocabulary_size: int) -> sparse.csr_matrix:
    """How often each piece stands in the texts of each id, in whatever language, ``[vocabulary, ids]``."""
    parts = [text.utterances, *([text.sentences] if text.sentences else [])]
    return sparse.hstack([_count(part, store, vocabulary_size) for part in parts], format="csr")


def _count(part: ParallelText, store: TokenStore, vocabulary_size: int) -> sparse.csr_matrix:
    """The same of one part."""
    ids, columns = np.nonzero(part.texts >= 0)
    texts = part.texts[ids, columns]
    pieces = store.join(texts)
    places = np.repeat(ids, store.lengths(texts))
    ones = np.ones(len(pieces), dtype=np.float32)
    return sparse.csr_matrix((ones, (pieces, places)), shape=(vocabulary_size, len(part.texts)))


def _information(counts: sparse.csr_matrix) -> sparse.csr_matrix:
    """Positive pointwise mutual information of pieces (rows) and ids (columns)."""
    rows, columns = np.asarray(counts.sum(axis=1)).ravel(), np.asarray(counts.sum(axis=0)).ravel()
    entries = counts.tocoo()
    values = np.log(entries.data * counts.sum() / (rows[entries.row] * columns[entries.col]))
    kept = values > 0
    places = (entries.row[kept], entries.col[kept])
    return sparse.csr_matrix((values[kept].astype(np.float32), places), shape=counts.shape)


def _decompose(matrix: sparse.csr_matrix, rank: int, generator: np.random.Generator) -> tuple[Matrix, Matrix]:
    """The first left singular vectors, ``[rows, rank]``, and their singular values, by random projection."""
    directions = min(rank + _SPARE_DIRECTIONS, *matrix.shape)
    basis = matrix @ generator.standard_normal((matrix.shape[1], directions), dtype=np.float32)
    transposed = matrix.T.tocsr()
    for _ in range(_ROUNDS):
        inner = np.linalg.qr(transposed @ np.linalg.qr(basis)[0])[0]
        basis = matrix @ inner
    basis = np.linalg.qr(basis)[0]
    left, strengths, _ = np.linalg.svd((transposed @ basis).T, full_matrices=False)
    rank = min(rank, directions)
    return (basis @ left)[:, :rank], strengths[:rank]
