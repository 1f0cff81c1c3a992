import math

import pytest
import torch
from torch.nn import functional

from crossprompt.alignment.objective import contrastive_term, masked_lm_term, select_positions
from tests.crossprompt.backbones.tiny import load_tiny, save_tiny


def test_contrast_against_numbers_worked_out_by_hand():
    x = torch.tensor([[1.0, 0.0], [0.0, 2.0], [3.0, 4.0]])
    y = torch.tensor([[5.0, 0.0], [1.0, 1.0], [0.0, 1.0]])
    root = math.sqrt(0.5)
    cosines = [[1.0, root, 0.0], [0.0, root, 1.0], [0.6, 1.4 * root, 0.8]]
    losses = [-math.log(math.exp(row[i] / 0.5) / sum(math.exp(c / 0.5) for c in row)) for i, row in enumerate(cosines)]
    term = contrastive_term(x, y, torch.zeros(3, 3, dtype=torch.bool), temperature=0.5)
    assert float(term.loss) == pytest.approx(sum(losses) / 3, rel=1e-6)
    assert float(term.accuracy) == pytest.approx(1 / 3)


def test_an_excluded_translation_is_no_negative():
    x = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    y = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    excluded = torch.tensor([[False, True], [False, False]])
    term = contrastive_term(x, y, excluded, temperature=0.05)
    assert float(term.loss) == pytest.approx(math.log(2) / 2)


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
def test_logits_at_masked_positions_give_the_loss_and_gradient_of_full_logits(tmp_path, dtype):
    backbone = load_tiny(save_tiny(tmp_path), dtype=dtype)
    hidden = torch.randn(3, 7, 16, generator=torch.Generator().manual_seed(0)).to(backbone.dtype).requires_grad_()
    positions = torch.tensor([1, 4, 9, 20])
    targets = torch.tensor([70, 8000, 24000, 12])
    labels = torch.full((21,), -100)
    labels[positions] = targets
    full = functional.cross_entropy(backbone.masked_lm_logits(hidden).float().flatten(0, 1), labels)
    (expected,) = torch.autograd.grad(full, hidden)
    term = masked_lm_term(backbone, select_positions(hidden, positions), targets)
    (actual,) = torch.autograd.grad(term, hidden)
    tolerance = 1e-6 if dtype == "float32" else 2e-2
    assert float(term.detach()) == pytest.approx(float(full.detach()), rel=tolerance)
    torch.testing.assert_close(actual, expected, rtol=tolerance, atol=tolerance)


def test_the_number_of_logits_is_rounded_up_in_bfloat16_only(tmp_path, monkeypatch):
    rows = []
    for dtype in ("float32", "bfloat16"):
        backbone = load_tiny(save_tiny(tmp_path), dtype=dtype)
        head = backbone.masked_lm_logits
        monkeypatch.setattr(
            backbone, "masked_lm_logits", lambda states, head=head: rows.append(len(states)) or head(states)
        )
        masked_lm_term(backbone, torch.zeros(130, 16, dtype=backbone.dtype), torch.zeros(130, dtype=torch.long))
    assert rows == [130, 256]
