"""Alpha against values worked out by hand and against its definition."""

from __future__ import annotations

from itertools import combinations, permutations
from random import Random

import pytest

from crossprompt.rating.agreement import krippendorff_alpha, mean_difference


def rated(*items: tuple[float, ...]) -> list[tuple[str, str, float]]:
    """Answers of raters 0, 1, ... to items."""
    return [(f"r{rater}", f"i{item}", value) for item, row in enumerate(items) for rater, value in enumerate(row)]


def by_definition(answers) -> float:
    """1 - observed / expected disagreement, both as means of squared differences over ordered pairs."""
    items: dict[str, list[float]] = {}
    for _, item, value in answers:
        items.setdefault(item, []).append(value)
    pairable = [values for values in items.values() if len(values) > 1]
    values = [value for group in pairable for value in group]
    observed = sum(sum((a - b) ** 2 for a, b in permutations(group, 2)) / (len(group) - 1) for group in pairable) / len(
        values
    )
    expected = sum((a - b) ** 2 for a, b in permutations(values, 2)) / (len(values) * (len(values) - 1))
    return 1 - observed / expected


@pytest.mark.parametrize(
    ("items", "alpha"),
    [
        (((0, 0), (1, 1)), 1.0),
        # observed (1 + 1) / 4; expected: 6 of the 12 ordered pairs of 0, 0, 1, 0 differ
        (((0, 0), (1, 0)), 0.0),
        # observed 4 / 4; expected: 8 of 12 ordered pairs of 0, 1, 1, 0 differ
        (((0, 1), (1, 0)), -0.5),
        # observed (2 * 0.25) / 4; expected (2 * 0.25 + 4 * 1 + 2 * 0.25) / 12 ... over 0, 0.5, 1, 1
        (((0, 0.5), (1, 1)), 1 - 0.125 / (2 * (0.25 + 1 + 1 + 0.25 + 0.25) / 12)),
    ],
)
def test_alpha_by_hand(items, alpha):
    assert krippendorff_alpha(rated(*items)) == pytest.approx(alpha)


def test_alpha_by_its_definition_with_answers_missing():
    random = Random(3)
    for _ in range(20):
        everything = rated(*(tuple(random.randint(0, 20) / 20 for _ in range(4)) for _ in range(15)))
        some = [entry for entry in everything if random.random() < 0.7]
        assert krippendorff_alpha(some) == pytest.approx(by_definition(some))


def test_an_item_with_one_answer_does_not_count():
    whole = rated((0.2, 0.4), (0.9, 0.8))
    assert krippendorff_alpha([*whole, ("r0", "lone", 0.0)]) == krippendorff_alpha(whole)


@pytest.mark.parametrize("items", [(), ((0.5,), (0.7,)), ((1.0, 1.0), (1.0, 1.0)), ((1.0, 1.0), (0.2,))])
def test_alpha_does_not_exist_without_anything_to_disagree_about(items):
    assert krippendorff_alpha(rated(*items)) is None


def test_the_mean_difference_is_over_pairs_of_one_item():
    items = ((0.2, 0.4, 0.9), (1.0, 1.0), (0.3,))
    pairs = [abs(a - b) for row in items for a, b in combinations(row, 2)]
    assert mean_difference(rated(*items)) == pytest.approx(sum(pairs) / 4)
    assert mean_difference(rated((0.3,))) is None
