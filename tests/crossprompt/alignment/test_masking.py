import numpy as np

from crossprompt.alignment.masking import Vocabulary, mask_tokens

VOCABULARY = Vocabulary.of(1000, mask_id=4, special_ids=(0, 1, 2, 3, 4))


def sequences(rows=400, tokens=50):
    ids = np.random.default_rng(1).integers(5, 1000, size=(rows, tokens))
    ids[:, 0], ids[:, -5], ids[:, -4:] = 0, 2, 1
    return ids


def test_shares_are_those_of_the_recipe_and_special_tokens_are_never_chosen():
    ids = sequences()
    before = ids.copy()
    masked = mask_tokens(ids, VOCABULARY, 0.15, np.random.default_rng(0))
    assert (ids == before).all()
    assert (masked.targets == ids.reshape(-1)[masked.positions]).all()
    assert (masked.targets >= 5).all()
    assert abs(len(masked.positions) / (ids >= 5).sum() - 0.15) < 0.01
    now = masked.input_ids.reshape(-1)[masked.positions]
    assert abs((now == 4).mean() - 0.8) < 0.03
    assert abs((now == masked.targets).mean() - 0.1) < 0.03
    assert (now[now != 4] >= 5).all()
    untouched = np.setdiff1d(np.arange(ids.size), masked.positions)
    assert (masked.input_ids.reshape(-1)[untouched] == ids.reshape(-1)[untouched]).all()


def test_every_sequence_with_an_ordinary_token_has_at_least_one_chosen():
    ids = np.array([[0, 7, 2], [0, 9, 2], [0, 2, 1]])
    for seed in range(20):
        masked = mask_tokens(ids, VOCABULARY, 0.01, np.random.default_rng(seed))
        assert masked.positions.tolist() == [1, 4]


def test_masks_follow_the_generator():
    ids = sequences(20)
    first, again, other = (mask_tokens(ids, VOCABULARY, 0.15, np.random.default_rng(seed)) for seed in (0, 0, 1))
    assert (first.positions == again.positions).all()
    assert (first.input_ids == again.input_ids).all()
    assert not np.array_equal(first.positions, other.positions)
