"""The comparison's page in a real browser: it fits at both widths, says everything, and complains of nothing."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By

from crossprompt.reports.comparison import comparison_study
from crossprompt.reports.files import write_report
from tests.browser import NARROW, WIDE, complaints, resize
from tests.crossprompt.reports.comparison_factory import comparison_inputs


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    folder = tmp_path_factory.mktemp("comparison")
    return write_report(comparison_study(comparison_inputs()).report(), folder).as_uri()


@pytest.fixture
def page(browser, address):
    browser.get(address)
    yield browser
    assert complaints(browser) == []


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_nothing_is_wider_than_the_page(page, size):
    resize(page, size)
    for details in page.find_elements(By.TAG_NAME, "details"):
        page.execute_script("arguments[0].open = true", details)
    assert page.execute_script("return document.documentElement.scrollWidth") <= size[0]


def test_every_table_of_the_paper_has_its_place(page):
    for number in (2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 13, 14):
        assert page.find_element(By.ID, f"table-{number}").is_displayed()
    assert page.find_element(By.ID, "figure-3").is_displayed()
    assert page.find_element(By.ID, "figure-5").is_displayed()


def test_a_number_of_the_paper_and_ours_are_in_one_row(page):
    rows = page.find_elements(By.CSS_SELECTOR, "#table-4 .numbers tbody tr")
    cells = [cell.text for cell in rows[0].find_elements(By.TAG_NAME, "td")]
    assert cells[0] == "9.4"
    assert cells[-2] == "5.9 ± 3.3"
    assert "±" in cells[-1]


def test_bars_are_as_long_as_their_scores(page):
    rows = page.find_elements(By.CSS_SELECTOR, "details[open] .row")
    widths = [row.find_element(By.CSS_SELECTOR, ".b.aligned").size["width"] for row in rows]
    scores = [float(row.find_element(By.CSS_SELECTOR, "b.aligned").text.split()[-1]) for row in rows]
    longest = max(range(len(rows)), key=lambda place: widths[place])
    assert scores[longest] == max(scores)
    assert widths[longest] > 20


def test_what_holds_is_told_from_what_does_not(page):
    verdicts = [part.text for part in page.find_elements(By.CSS_SELECTOR, ".claims .verdict")]
    assert len(verdicts) == 17
    assert {"holds", "does not hold", "not measured"} <= set(verdicts)
