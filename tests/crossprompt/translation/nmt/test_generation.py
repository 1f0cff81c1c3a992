"""Batches hold texts of like length, each text once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crossprompt.translation.nmt.generation import length_sorted_batches


def test_texts_of_like_length_stand_together() -> None:
    assert list(length_sorted_batches([3, 9, 4, 9, 3], 18)) == [[1, 3], [2, 0, 4]]


def test_no_texts_make_no_batch() -> None:
    assert list(length_sorted_batches([], 10)) == []


@given(st.lists(st.integers(1, 60), max_size=40), st.integers(1, 200))
def test_each_text_stands_in_one_batch_that_is_not_too_large(lengths: list[int], most: int) -> None:
    batches = list(length_sorted_batches(lengths, most))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    for batch in batches:
        assert len(batch) == 1 or len(batch) * max(lengths[position] for position in batch) <= most
