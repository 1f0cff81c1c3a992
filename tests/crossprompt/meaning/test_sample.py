from __future__ import annotations

import random

from crossprompt.meaning.sample import pair_up, sample_turns
from tests.crossprompt.meaning.made_up import turns

TEXTS = [(f"Sentence number {number}", f"Satz Nummer {number}") for number in range(60)]


def drawn(rows, count=20, seed=0):
    return [(row["source"], row["target"]) for row in sample_turns(rows, count, seed)]


def test_a_draw_is_of_the_seed_alone():
    rows = turns(TEXTS)
    order = random.Random(0).sample(range(60), 60)
    assert drawn(rows) == drawn(rows.select(order))
    assert drawn(rows, seed=1) != drawn(rows)
    assert len(set(drawn(rows))) == 20


def test_languages_are_looked_at_in_the_same_turns_as_far_as_they_have_them():
    whole = {source for source, _ in drawn(turns(TEXTS))}
    part = {source for source, _ in drawn(turns(TEXTS[:50]))}
    assert whole & {source for source, _ in TEXTS[:50]} <= part


def test_a_smaller_draw_is_the_beginning_of_a_greater_one():
    rows = turns(TEXTS)
    assert drawn(rows, 60)[:20] == drawn(rows)
    assert len(drawn(rows, 500)) == 60


def test_no_source_text_is_there_twice_whatever_its_case_and_blanks():
    rows = turns([("It rains.", "Es regnet."), ("it  RAINS", "Regen"), ("It rains?", "Regnet es?"), *TEXTS])
    sources = [source for source, _ in drawn(rows, 500)]
    assert len(sources) == 62
    assert sum(source.lower().startswith("it") for source in sources) == 2


def test_which_of_several_turns_with_one_text_is_taken_does_not_depend_on_their_order():
    rows = turns([("It rains.", f"target {number}") for number in range(30)])
    order = random.Random(0).sample(range(30), 30)
    assert drawn(rows) == drawn(rows.select(order))
    assert len({drawn(rows, seed=seed)[0][1] for seed in range(10)}) > 1


def test_rows_without_text_are_passed_over():
    assert drawn(turns([("It rains.", None), ("It snows.", " "), ("", "Nichts"), ("It hails.", "Es hagelt.")])) == [
        ("It hails.", "Es hagelt.")
    ]
    assert drawn(turns([])) == []


def test_pairs_name_the_turn():
    (row,) = pair_up(sample_turns(turns(TEXTS[:1]), 1, 0), "de-DE")
    assert row == {
        "code": "de-DE",
        "locale": "de-DE",
        "id": "train/1_00000/0",
        "english": TEXTS[0][0],
        "other": TEXTS[0][1],
    }
