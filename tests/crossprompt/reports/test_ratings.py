"""The section on ratings: in a report's styles, well formed, with every number of the record."""

from __future__ import annotations

import csv
import json
from xml.etree import ElementTree

import pytest

from crossprompt.rating.records import RatingResult, Reason
from crossprompt.rating.scores import sum_up
from crossprompt.rating.settings import ScreeningSettings
from crossprompt.reports.ratings import REASONS, ratings_section, ratings_table, write_ratings
from tests.browser import NARROW, WIDE, complaints, resize
from tests.crossprompt.rating.rated_corpus import answer, honest, make_key

KEY = make_key("sw", "ar", "km")


@pytest.fixture(scope="module")
def result() -> RatingResult:
    """Swahili is rated well, Arabic has a rater who fails the quiz and so too few, Khmer has none."""
    swahili, arabic = ({item.id for item in KEY.of_locale(tag)} for tag in ("sw", "ar"))
    rows = [row for name in "abc" for row in honest(KEY, name, lambda item: 0.8) if row.item in swahili]
    rows += [row for name in "ab" for row in honest(KEY, name) if row.item in arabic]
    rows += [answer(item, "c", 1.0, 1.0) for item in KEY.of_locale("ar")]
    return sum_up([*rows, answer("feed", "a", 1.0, 1.0)], KEY, ScreeningSettings())


def rows_of(section, number):
    table = ElementTree.fromstring(section).findall(".//table")[number]
    return [["".join(cell.itertext()).strip().replace("\u00a0", " ") for cell in row] for row in table.find("tbody")]


def test_the_section_has_a_row_per_language_and_the_papers_numbers(result):
    arabic, khmer, swahili = rows_of(ratings_section(result), 0)
    assert swahili == [
        "Swahili sw",
        *("0.80 ± 0.00", "0.80–0.80", "100 %", "–", "0.00"),
        *("0.80 ± 0.00", "0.80–0.80", "100 %", "–", "0.00"),
        "100 %, 100 %",
    ]
    assert arabic[1:] == ["–"] * 11
    assert khmer[-1] == "99 %, 94 %"


def test_the_section_says_why_answers_do_not_count(result):
    section = ratings_section(result)
    arabic, khmer, swahili = rows_of(section, 1)
    assert arabic == ["Arabic ar", "0 of 12", "3", "1", "48", "0", "8", "16", "24"]
    assert swahili == ["Swahili sw", "12 of 12", "3", "0", "48", "36", "12", "0", "0"]
    assert khmer[1:] == ["0 of 12", *["0"] * 7]
    assert "97 answers came in 1 file" in section
    assert "1 of them is of no item in the export" in section


def test_the_section_is_inside_any_page_and_stands_alone(result):
    section = ratings_section(result)
    assert section.lstrip().startswith('<section id="ratings"')
    assert ElementTree.fromstring(section).tag == "section"
    assert "style=" not in section


def test_every_reason_has_its_words():
    assert set(REASONS) == set(Reason)


def test_no_quiz_and_no_paper_are_said_too():
    key = make_key("ar", quizzes=0)
    section = ratings_section(sum_up([row for name in "abc" for row in honest(key, name)], key, ScreeningSettings()))
    assert "no quiz items, so every rater counts" in section
    assert "Paper" not in section


def test_files_hold_the_same_numbers(result, tmp_path):
    page = write_ratings(result, tmp_path)
    assert RatingResult.model_validate_json((tmp_path / "ratings.json").read_bytes()) == result
    lines = list(csv.DictReader((tmp_path / "ratings.csv").open(encoding="utf-8")))
    assert [line["locale"] for line in lines] == ["ar", "km", "sw"]
    assert float(lines[2]["meaning_mean"]) == result.locales[2].meaning.mean
    assert (lines[0]["excluded_failed_quiz"], lines[0]["meaning_mean"]) == ("16", "")
    assert ratings_section(result) in page.read_text(encoding="utf-8")
    for line in lines:
        lost = sum(int(value) for name, value in line.items() if name.startswith("excluded_"))
        assert int(line["rows"]) == int(line["kept"]) + int(line["quiz_rows"]) + lost
    assert json.loads((tmp_path / "ratings.json").read_text(encoding="utf-8"))["unknown_rows"] == 1
    assert len(ratings_table(result).rows) == 3


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_page_fits(browser, result, tmp_path, size):
    browser.get(write_ratings(result, tmp_path).as_uri())
    resize(browser, size)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= size[0]
    assert complaints(browser) == []
