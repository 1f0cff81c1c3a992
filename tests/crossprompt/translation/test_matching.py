"""Texts that count as the same for a translation memory, and texts that must not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossprompt.translation.matching import Candidate, MemoryIndex, normalise_source


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cafe\u0301\u00a0 OPEN\n", "caf\u00e9 open"),
        ("Strasse", "Straße"),
        ("It’s “fine”", 'It\'s "fine"'),
        ("Book it.", "book it"),
        ("Book it !", "Book it…"),
        ("Is it open ?!", "is it open?"),
        ("Is it open？", "Is it open?"),
        (" 9  pm\u2009", "9 pm"),
    ],
)
def test_the_same(one: str, other: str) -> None:
    assert normalise_source(one) == normalise_source(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("nine", "9"),
        ("Is it open?", "Is it open."),
        ("Book it, please", "Book it please"),
        ("3.5 pounds", "35 pounds"),
        ("well-known", "well known"),
        ("resume", "résumé"),
    ],
)
def test_not_the_same(one: str, other: str) -> None:
    assert normalise_source(one) != normalise_source(other)


@given(st.text())
def test_normalising_twice_changes_nothing(text: str) -> None:
    once = normalise_source(text)
    assert normalise_source(once) == once


def test_what_normalises_to_nothing_matches_nothing() -> None:
    index = MemoryIndex([("...", Candidate("a", "points")), ("?", Candidate("b", "mark"))])
    assert (index.normalised("!", ()), index.normalised("??", ()), index.exact("...", ())) == (None, None, "points")
