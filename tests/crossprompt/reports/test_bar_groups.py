"""Rows under headings: the largest group first, what is alone together at the end."""

from __future__ import annotations

from crossprompt.reports.bar_groups import grouped, percent_scale


def test_groups_are_ordered_by_size_and_single_rows_stand_together():
    words = ["bee", "ant", "bat", "cow", "ape", "bug", "dog"]
    assert grouped(words, lambda word: word[0], "others") == [
        ("b", ["bee", "bat", "bug"]),
        ("a", ["ant", "ape"]),
        ("others", ["cow", "dog"]),
    ]


def test_one_row_alone_keeps_its_name():
    assert grouped(["ant", "ape", "cow"], lambda word: word[0], "others") == [("a", ["ant", "ape"]), ("c", ["cow"])]


def test_a_scale_has_room_for_the_highest_value():
    assert (percent_scale([3.0, 41.0]).top, percent_scale([40.0]).top, percent_scale([101.0]).top) == (50, 40, 100)
    assert percent_scale([]).top == 100
    assert (percent_scale([15.0]).ticks, percent_scale([15.0]).step) == ((0, 5, 10, 15, 20), 5)
