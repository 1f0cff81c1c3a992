"""The draw of windows: what a window is, that the draw is fair, and that nothing but the seed decides it."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from dataclasses import replace
from random import Random

from crossprompt.rating.windows import draw_windows
from tests.crossprompt.rating.rated_corpus import make_rows


def names(windows):
    return [window.name for window in windows]


def test_a_window_is_consecutive_turns_of_one_dialogue_with_their_translations():
    rows = {(row.dialogue_id, row.turn): row for row in make_rows()}
    drawn = draw_windows(rows.values(), turns=3, wanted=50, seed=1)["sw"]
    assert len(drawn) == 50
    for window in drawn:
        own = [rows[window.dialogue_id, window.start + place] for place in range(3)]
        assert [(turn.speaker, turn.source, turn.target) for turn in window.turns] == [
            (row.speaker, row.source, row.target) for row in own
        ]


def test_windows_of_a_dialogue_do_not_overlap_and_every_dialogue_comes_before_a_second_window():
    drawn = draw_windows(make_rows(dialogues=10, turns=9), turns=2, wanted=40, seed=3)["sw"]
    assert len(drawn) == len(set(names(drawn))) == 40
    turns = Counter((window.dialogue_id, window.start + place) for window in drawn for place in range(2))
    assert set(turns.values()) == {1}
    for lap in range(4):
        assert len({window.dialogue_id for window in drawn[10 * lap : 10 * lap + 10]}) == 10


def test_the_draw_depends_on_the_seed_and_not_on_the_order_or_on_other_locales():
    rows = list(make_rows())
    dialogues = [[row for row in rows if row.dialogue_id == name] for name in {row.dialogue_id for row in rows}]
    Random(5).shuffle(dialogues)
    turned = [row for dialogue in dialogues for row in reversed(dialogue)]
    mixed = [other for row in turned for other in (row, replace(row, locale="yo"))]
    first = draw_windows(rows, turns=2, wanted=20, seed=7)["sw"]
    assert draw_windows(mixed, turns=2, wanted=20, seed=7)["sw"] == first
    assert draw_windows(mixed, turns=2, wanted=20, seed=7)["yo"] != first
    assert names(draw_windows(rows, turns=2, wanted=20, seed=8)["sw"]) != names(first)
    assert draw_windows(rows, turns=2, wanted=12, seed=7)["sw"] == first[:12]


def test_a_window_never_spans_a_turn_that_is_missing_or_has_no_translation():
    rows = [replace(row, target=None) if row.turn == 5 else row for row in make_rows(dialogues=30) if row.turn != 2]
    drawn = draw_windows(rows, turns=2, wanted=1000, seed=0)["sw"]
    assert {window.start for window in drawn} == {0, 3, 6}
    assert len(drawn) == 90


def test_a_dialogue_shorter_than_a_window_gives_none_and_its_locale_is_still_there():
    assert draw_windows(make_rows(turns=3), turns=4, wanted=5, seed=0) == {"sw": []}
    assert draw_windows([], turns=4, wanted=5, seed=0) == {}


def test_every_dialogue_and_every_turn_is_drawn_about_equally_often():
    rows = list(make_rows(dialogues=6, turns=6))
    drawn = [draw_windows(rows, turns=2, wanted=1, seed=seed)["sw"][0] for seed in range(900)]
    by_dialogue = Counter(window.dialogue_id for window in drawn)
    assert len(by_dialogue) == 6
    assert all(105 < count < 195 for count in by_dialogue.values())
    assert {window.start for window in drawn} == {0, 2, 4}
    odd = list(make_rows(dialogues=1, turns=7))
    starts = Counter(draw_windows(odd, turns=2, wanted=1, seed=seed)["sw"][0].start for seed in range(600))
    assert set(starts) == set(range(6))
    assert all(60 < count < 140 for count in starts.values())


def test_a_dialogue_that_comes_twice_gives_each_window_once():
    rows = list(make_rows(dialogues=3))
    assert len(draw_windows([*rows, *rows], turns=2, wanted=100, seed=0)["sw"]) == 12


def test_memory_holds_what_is_drawn_and_not_the_corpus():
    def peak(dialogues):
        row = next(make_rows())
        rows = (replace(row, dialogue_id=str(number), turn=turn) for number in range(dialogues) for turn in range(4))
        tracemalloc.start()
        draw_windows(rows, turns=2, wanted=50, seed=0)
        highest = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return highest

    assert peak(3000) < 1.3 * peak(300)
