import numpy as np
import pytest
import torch

from crossprompt.retrieval.closeness import measure_closeness


def test_by_hand_the_own_partner_is_not_among_the_others():
    x = torch.tensor([[2.0, 0.0], [0.0, 3.0], [1.0, 1.0]])
    y = torch.tensor([[5.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    found = measure_closeness(x, y, 10)
    half = np.sqrt(0.5)
    assert found.own.tolist() == pytest.approx([1.0, 0.0, half])
    assert found.nearest_other.tolist() == pytest.approx([1.0, 1.0, half])
    assert found.other.tolist() == [1, 2, 0]


@pytest.mark.parametrize("block_rows", [1, 4, 23, 100])
def test_blocks_change_nothing(block_rows):
    generator = torch.Generator().manual_seed(0)
    x, y = torch.randn(23, 5, generator=generator), torch.randn(23, 5, generator=generator)
    unit = [side.numpy() / np.linalg.norm(side.numpy(), axis=1, keepdims=True) for side in (x, y)]
    cosines = unit[0] @ unit[1].T
    found = measure_closeness(x, y, block_rows)
    assert np.allclose(found.own, cosines.diagonal(), atol=1e-6)
    np.fill_diagonal(cosines, -2)
    assert np.allclose(found.nearest_other, cosines.max(axis=1), atol=1e-6)
    assert found.other.tolist() == cosines.argmax(axis=1).tolist()


def test_one_pair_has_no_others_and_sides_must_match():
    for x, y in ((torch.ones(1, 2), torch.ones(1, 2)), (torch.ones(3, 2), torch.ones(2, 2))):
        with pytest.raises(ValueError, match="two pairs or more"):
            measure_closeness(x, y, 10)
