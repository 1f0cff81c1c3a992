from __future__ import annotations

import numpy as np
import pytest
import torch

from crossprompt.alignment.tokens import TokenStore, tokenize_texts
from crossprompt.pretraining.model import fresh_model, start_embeddings
from crossprompt.pretraining.parallel import parallel_embeddings
from tests.crossprompt.pretraining import invented


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TokenStore:
    return tokenize_texts(invented.text().texts, invented.tokenizer(tmp_path_factory.mktemp("tokenizer")))


def store_of_words() -> tuple[TokenStore, dict[str, int]]:
    """Each word a token."""
    texts = [text.split() for text in invented.text().texts.to_pylist()]
    numbers = {word: number for number, word in enumerate(sorted({word for text in texts for word in text}))}
    tokens = np.array([numbers[word] for text in texts for word in text], dtype=np.int32)
    return TokenStore(tokens, np.cumsum([0, *map(len, texts)])), numbers


def test_a_word_and_its_translation_have_the_same_vector() -> None:
    """They stand in exactly the same ids."""
    store, numbers = store_of_words()
    vectors, known = parallel_embeddings(invented.text(), store, len(numbers), 16, seed=0)
    for word in ("wake", "nine", "play", "jazz"):
        translations = [numbers[word], numbers[word[::-1]], numbers[word + "ää"]]
        assert known[translations].all()
        near = set(np.argsort(-(vectors @ vectors[translations[0]]))[:3].tolist())
        assert near == set(translations), word


def test_vectors_have_length_one_or_zero(store: TokenStore) -> None:
    size = invented.pieces().get_vocab_size()
    vectors, known = parallel_embeddings(invented.text(), store, size, 64, seed=0)
    np.testing.assert_allclose(np.linalg.norm(vectors[known], axis=1), 1.0, rtol=1e-5)
    assert not vectors[~known].any()
    assert not known[:5].any()  # special tokens stand in no text


def test_the_decomposition_is_that_of_the_whole_matrix(store: TokenStore) -> None:
    """Of 27 ids there are at most 27 directions: then the random projection loses nothing."""
    size = invented.pieces().get_vocab_size()
    vectors, known = parallel_embeddings(invented.text(), store, size, 32, seed=0)
    again, _ = parallel_embeddings(invented.text(), store, size, 32, seed=1)
    np.testing.assert_allclose(vectors[known] @ vectors[known].T, again[known] @ again[known].T, atol=1e-3)


def test_the_mixture_keeps_the_scale_of_random_embeddings(store: TokenStore) -> None:
    size, settings = invented.pieces().get_vocab_size(), invented.settings().model
    vectors, known = parallel_embeddings(invented.text(), store, size, settings.width, seed=0)
    plain, mixed = fresh_model(settings, size, seed=0), fresh_model(settings, size, seed=0)
    start_embeddings(mixed, vectors, known, 0.7, settings.embedding_deviation)
    before, after = (model.get_input_embeddings().weight.detach() for model in (plain, mixed))
    assert torch.equal(before[~torch.from_numpy(known)], after[~torch.from_numpy(known)])
    ratio = after[torch.from_numpy(known)].norm() / before[torch.from_numpy(known)].norm()
    assert float(ratio) == pytest.approx(1.0, abs=0.1)
    assert mixed.lm_head.decoder.weight.data_ptr() == mixed.get_input_embeddings().weight.data_ptr()
