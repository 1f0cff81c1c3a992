from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from crossprompt.retrieval.retrieval import PairPlaces
from tools.measure_meaning import BEGIN, END, Separation, area_under_curve, separate, shuffle, write_table


def test_the_area_under_the_curve_by_hand() -> None:
    area = area_under_curve(np.array([3.0, 2.0, 1.0]), np.array([0.0, 2.0]))
    assert area == pytest.approx(100 * (2 + 1.5 + 1) / 6)
    assert area_under_curve(np.ones(4), np.ones(3)) == pytest.approx(50.0)
    assert area_under_curve(np.array([2.0]), np.array([1.0])) == pytest.approx(100.0)


def places(count: int) -> PairPlaces:
    numbers = np.arange(count)
    return PairPlaces("de-DE", "de-DE", tuple(map(str, numbers)), numbers, numbers + count)


def test_no_turn_keeps_its_own_translation() -> None:
    found = shuffle(places(30))
    assert sorted(found.other) == list(range(30, 60))
    assert not (found.other == found.english + 30).any()


def test_translations_that_lie_at_their_sources_are_told_from_shuffled_ones() -> None:
    vectors = torch.randn(20, 50, generator=torch.Generator().manual_seed(0))
    found = separate(places(20), torch.cat([vectors, vectors + 0.01]), 7)
    assert (found.right, found.area) == (100.0, 100.0)
    assert found.shuffled < 10


def test_the_table_goes_between_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(f"above\n{BEGIN}\nold\n{END}\nbelow\n", encoding="utf-8")
    lines = [("de-DE", Separation(50, 1, 90), Separation(70, 0, 95)), ("sw-KE", *[Separation(30, 1, 80)] * 2)]
    for _ in range(2):
        write_table(page, lines)
        text = page.read_text(encoding="utf-8")
        assert text.startswith(f"above\n{BEGIN}\n\n| locale |")
        assert text.endswith(f"|\n\n{END}\nbelow\n")
        assert "| de-DE | 50.0 | 1.0 | 90.0 | 70.0 | 0.0 | 95.0 |" in text
        assert "| mean | 40.0 | 1.0 | 85.0 | 50.0 | 0.5 | 87.5 |" in text
