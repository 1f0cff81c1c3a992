"""The losses against sums written out."""

from __future__ import annotations

import math

import pytest
import torch

from crossprompt.translator.objective import joint_loss, label_loss, symmetric_divergence

LOGITS = torch.tensor([[1.0, 0.0, 2.0, -1.0], [0.5, 0.5, 0.0, 3.0]])
WORDS = torch.tensor([2, 0])


def softmax(row):
    whole = sum(math.exp(value) for value in row)
    return [math.exp(value) / whole for value in row]


def test_over_the_vocabulary_other_words_count():
    by_hand = -(math.log(softmax(LOGITS[0].tolist())[2]) + math.log(softmax(LOGITS[1].tolist())[0])) / 2
    assert label_loss(LOGITS, WORDS, torch.tensor([0, 1]), "vocabulary").item() == pytest.approx(by_hand)


def test_among_the_label_words_they_do_not():
    by_hand = -(math.log(softmax([2.0, 1.0])[0]) + math.log(softmax([0.0, 0.5])[1])) / 2
    assert label_loss(LOGITS, WORDS, torch.tensor([0, 1]), "labels").item() == pytest.approx(by_hand)


def test_the_divergence_is_both_ways():
    first, second = LOGITS, LOGITS.flip(0)
    by_hand = 0.0
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        p, q = softmax(one), softmax(other)
        by_hand += sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))
        by_hand += sum(b * math.log(b / a) for a, b in zip(p, q, strict=True))
    assert symmetric_divergence(first, second).item() == pytest.approx(by_hand / 2, rel=1e-5)
    assert symmetric_divergence(first, first).item() == 0
    assert torch.equal(symmetric_divergence(first, second), symmetric_divergence(second, first))


@pytest.mark.parametrize(("alpha", "expected"), [(0.25, 0.25 * 4 + 0.75 * 8), (0.0, 8.0), (1.0, 4.0)])
def test_the_joint_loss_weighs_both(alpha, expected):
    cross_entropy, divergence = torch.tensor(4.0, requires_grad=True), torch.tensor(8.0, requires_grad=True)
    loss = joint_loss(cross_entropy, divergence, alpha)
    assert loss.item() == expected
    loss.backward()
    assert (cross_entropy.grad is None) == (alpha == 0)
    assert (divergence.grad is None) == (alpha == 1)
