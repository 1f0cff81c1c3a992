"""What raters are given: the right number of items, quiz items that nothing gives away, the same for the same seed."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import replace

import pytest

from crossprompt.locales.languages import LocaleError
from crossprompt.rating.crowd import COLUMNS, crowd_table, plain_cell, safe_cell
from crossprompt.rating.errors import RatingError
from crossprompt.rating.export import draw_key, read_key, write_export
from crossprompt.rating.page import page_data, render_page
from crossprompt.rating.quiz import pair_quizzes
from crossprompt.rating.records import Window, WindowTurn
from crossprompt.rating.settings import DrawSettings
from tests.crossprompt.rating.rated_corpus import make_key, make_rows


def window(dialogue: str, source: str, target: str) -> Window:
    turn = WindowTurn(speaker="USER", source=source, target=target)
    return Window(locale="sw", split="train", dialogue_id=dialogue, start=0, turns=(turn,))


def test_each_language_has_its_windows_and_quiz_items_each_place_once():
    key = make_key("sw", "ar")
    assert key.locales == ("ar", "sw")
    for locale in key.locales:
        items = key.of_locale(locale)
        assert sum(item.quiz for item in items) == 4
        assert len({item.window.name for item in items}) == len(items) == 16
        assert [item.quiz for item in items] != sorted(item.quiz for item in items)
    assert len({item.id for item in key.items}) == 32
    assert len(key.export) == 12


def test_an_item_shows_its_own_translation_and_a_quiz_item_that_of_another_dialogue():
    key = make_key("sw")
    for item in key.items:
        own = tuple(turn.target for turn in item.window.turns)
        if item.quiz:
            assert item.shown != own
            assert item.shown_from.split("/")[1] != item.window.dialogue_id
        else:
            assert item.shown == own


def test_the_same_rows_and_settings_give_the_same_export_and_another_seed_another_one():
    assert make_key("sw") == make_key("sw")
    assert make_key("sw").export != make_key("sw", seed=1).export
    assert not {item.id for item in make_key("sw").items} & {item.id for item in make_key("sw", turns=1).items}


def test_neither_page_nor_table_tells_where_items_come_from_or_which_are_quiz_items():
    key = make_key("sw")
    for text in (render_page(key), crowd_table(key)):
        assert "1_0" not in text
        assert not re.search("quiz|shown_from|train/", text, re.IGNORECASE)
    fields = {tuple(item) for locale in page_data(key)["locales"] for item in locale["items"]}
    assert fields == {("id", "turns")}


def test_a_language_with_too_few_windows_says_how_many_it_has():
    settings = DrawSettings(windows=40, quizzes=5)
    with pytest.raises(RatingError, match="sw has 42 windows of 2 turns, and 40 to rate and 5 quiz items"):
        draw_key(make_rows(dialogues=21, turns=4), settings)
    with pytest.raises(RatingError, match="no translations to draw from"):
        draw_key([], settings)


def test_locales_are_found_by_language_and_an_absent_one_is_named():
    rows = [*make_rows("sw-KE"), *make_rows("yo")]
    assert draw_key(rows, DrawSettings(windows=5, quizzes=1, locales=("sw",))).locales == ("sw-KE",)
    with pytest.raises(LocaleError, match="'km'"):
        draw_key(rows, DrawSettings(windows=5, quizzes=1, locales=("km",)))


def test_without_quizzes_every_item_is_a_window():
    key = make_key("sw", quizzes=0)
    assert [item.quiz for item in key.items] == [False] * 12


def test_quiz_items_are_the_wordiest_windows_beside_the_least_alike():
    spare = [window("a", "Thanks, bye.", "t1"), window("b", "Two seats on the slow train to Osby please.", "t2")]
    rated = [
        window("c", "Three seats on the slow train to Tarn please.", "t3"),
        window("d", "Is there a cheap vegetarian restaurant by a lake?", "t4"),
        window("b", "Will it rain tomorrow?", "t5"),
    ]
    assert pair_quizzes([*rated, spare[0]], spare[1:], 1) == [(spare[1], rated[1])]


def test_a_quiz_item_shows_a_text_that_raters_see_nowhere_else_if_there_are_enough():
    for seed in range(5):
        key = make_key("sw", seed=seed)
        seen = [text for item in key.items for text in item.shown]
        assert len(seen) == len(set(seen))
    scarce = draw_key(make_rows(dialogues=8, turns=4), DrawSettings(windows=12, quizzes=4))
    assert sum(item.quiz for item in scarce.items) == 4


def test_a_quiz_without_another_translation_is_refused():
    lone = window("a", "Two seats please.", "t1")
    with pytest.raises(RatingError, match="no other dialogue's translation can stand beside train/a/0"):
        pair_quizzes([window("b", "Two seats, thanks.", "t1")], [lone], 1)


def test_files_are_written_and_the_key_is_read_back(tmp_path):
    key = make_key("sw", "ar")
    files = write_export(key, tmp_path)
    assert read_key(tmp_path) == read_key(files.key) == key
    assert files.page.read_text(encoding="utf-8") == render_page(key)
    assert {file.name for file in tmp_path.iterdir()} == {"rate.html", "items.csv", "key.json"}


@pytest.mark.parametrize("damage", [lambda text: "", lambda text: text[:300], lambda text: text.replace("export", "x")])
def test_a_damaged_key_is_one_sentence(tmp_path, damage):
    files = write_export(make_key("sw"), tmp_path)
    files.key.write_text(damage(files.key.read_text(encoding="utf-8")), encoding="utf-8")
    with pytest.raises(RatingError, match=r"key\.json is no key of an export") as caught:
        read_key(tmp_path)
    assert "\n" not in str(caught.value)
    with pytest.raises(RatingError, match="does not exist: name the folder"):
        read_key(tmp_path / "elsewhere")


def test_the_crowd_table_has_one_row_per_item_under_a_header():
    key = make_key("sw", "ar")
    rows = list(csv.DictReader(io.StringIO(crowd_table(key), newline="")))
    assert tuple(rows[0]) == COLUMNS
    assert [row["item"] for row in rows] == [item.id for item in key.items]
    assert {(row["locale"], row["language"], row["direction"]) for row in rows} == {
        ("ar", "Arabic", "rtl"),
        ("sw", "Swahili", "ltr"),
    }
    assert rows[0]["translation"] == " | ".join(key.items[0].shown)


@pytest.mark.parametrize("text", ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "＝1", "\n@x"])
def test_a_cell_is_never_a_formula(text):
    assert safe_cell(text).startswith("'")
    assert plain_cell(safe_cell(text)) == " ".join(text.split())


@pytest.mark.parametrize("text", ["A plain text.", "'tis", "5 - 3 = 2", "می‌خواهم", "क्‍ष"])
def test_other_cells_stay_as_they_are(text):
    assert safe_cell(text) == plain_cell(text) == text
    assert safe_cell(f"two\n{text}") == f"two {text}"


def test_markup_in_a_corpus_does_not_become_markup_of_the_page():
    nasty = "</script><script>alert(1)</script><!--<b>&amp;\u2028 ]]>"
    rows = [replace(row, source=nasty, target=nasty) for row in make_rows("sw")]
    key = draw_key(rows, DrawSettings(windows=3, quizzes=0))
    page = render_page(key)
    assert page.count("<script") == 2
    block = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert json.loads(block[1])["locales"][0]["items"][0]["turns"][0]["target"] == nasty
