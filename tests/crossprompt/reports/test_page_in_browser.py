"""The page in a real browser: sorting, filtering and grouping by mouse and keyboard, and its look at both widths."""

from __future__ import annotations

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select

from crossprompt.reports.report import build_report, write_report
from tests.browser import NARROW, WIDE, complaints, resize
from tests.factories import Shape, report_inputs


@pytest.fixture(scope="module")
def inputs():
    return report_inputs()


@pytest.fixture(scope="module")
def address(inputs, tmp_path_factory):
    return write_report(build_report(inputs), tmp_path_factory.mktemp("report")).as_uri()


@pytest.fixture
def page(browser, address):
    browser.get(address)
    yield browser
    assert complaints(browser) == []


def heading(page, label):
    return page.find_element(By.XPATH, f"//table[@id='locale-table']//th[button[text()='{label}']]")


def order(page):
    rows = "[...document.querySelectorAll('#locale-table tbody tr')]"
    return page.execute_script(f"return {rows}.filter(r => !r.hidden).map(r => r.dataset.locale)")


def test_a_heading_sorts_numbers_by_value_both_ways(page, inputs):
    by_difference = [s.locale for s in sorted(inputs.evaluation.locales, key=lambda s: s.comparison.difference)]
    head = heading(page, "Difference")
    head.find_element(By.TAG_NAME, "button").click()
    assert head.get_attribute("aria-sort") == "ascending"
    assert order(page) == by_difference
    head.find_element(By.TAG_NAME, "button").click()
    assert head.get_attribute("aria-sort") == "descending"
    assert order(page) == by_difference[::-1]


def test_the_keyboard_sorts_too_and_one_heading_is_marked(page, inputs):
    heading(page, "Language").find_element(By.TAG_NAME, "button").send_keys(Keys.ENTER)
    names = page.execute_script(
        "return [...document.querySelectorAll('#locale-table tbody th')].map(c => c.textContent)"
    )
    assert names[0].startswith("Afrikaans")
    assert names[-1].startswith("Welsh")
    heading(page, "Aligned").find_element(By.TAG_NAME, "button").send_keys(Keys.SPACE)
    assert order(page) == [s.locale for s in sorted(inputs.evaluation.locales, key=lambda s: s.methods[0].mean)]
    assert len(page.find_elements(By.CSS_SELECTOR, "#locale-table [aria-sort=ascending]")) == 1


def test_filters_hold_together_and_say_how_many_are_left(page):
    page.find_element(By.ID, "find").send_keys("SEMITIC")
    assert order(page) == []
    page.find_element(By.ID, "find").clear()
    page.find_element(By.ID, "find").send_keys("asiatic")
    assert order(page) == ["am-ET", "ar-SA", "he-IL", "km-KH", "vi-VN"]
    Select(page.find_element(By.ID, "by-script")).select_by_visible_text("Hebrew")
    assert order(page) == ["he-IL"]
    assert page.find_element(By.ID, "shown").text == "1 of 52 locales"


def test_bars_can_be_grouped_and_none_is_lost(page):
    counts = "return [...document.querySelectorAll('.group:not([hidden])')].map(g => g.querySelectorAll('.row').length)"
    before = page.execute_script(counts)
    for choice, most_groups in (("family", 20), ("together", 1), ("script", 10)):
        page.execute_script(f"document.querySelector('input[value={choice}]').click()")
        now = page.execute_script(counts)
        assert sum(now) == 52
        assert min(now) > 0
        assert len(now) <= most_groups
    assert page.execute_script(counts) == before


def test_together_the_best_locale_comes_first(page, inputs):
    page.execute_script("document.querySelector('input[value=together]').click()")
    tags = page.execute_script(
        "return [...document.querySelectorAll('.group:not([hidden]) .row')].map(r => r.dataset.locale)"
    )
    assert tags == [s.locale for s in sorted(inputs.evaluation.locales, key=lambda s: (-s.methods[0].mean, s.locale))]


def test_a_bar_is_as_long_as_its_number_says(page, inputs):
    widths = """
        const track = document.querySelector('.row[data-locale=sw-KE] .track');
        return [track, ...track.children].map(element => element.getBoundingClientRect().width);
    """
    track, aligned, fresh = page.execute_script(widths)
    top = float(
        page.execute_script("return getComputedStyle(document.getElementById('groups')).getPropertyValue('--top')")
    )
    score = next(s for s in inputs.evaluation.locales if s.locale == "sw-KE")
    assert aligned / track == pytest.approx(score.methods[0].mean / top, abs=0.005)
    assert fresh / track == pytest.approx(score.methods[1].mean / top, abs=0.005)


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (NARROW, False), (NARROW, True)])
def test_the_page_fits_its_window_in_both_schemes(page, size, dark):
    resize(page, size, dark=dark)
    assert page.execute_script("return document.documentElement.scrollWidth") <= size[0]
    ink, paper = page.execute_script("const s = getComputedStyle(document.body); return [s.color, s.backgroundColor]")
    assert _lightness(ink) > 180 if dark else _lightness(ink) < 80
    assert _lightness(paper) < 80 if dark else _lightness(paper) > 180


def test_a_page_of_one_method_works_as_well(browser, tmp_path):
    shape = Shape(locales=("en-US", "sw-KE"), methods=(next(iter(Shape().methods)),), seeds=(0,))
    browser.get(write_report(build_report(report_inputs(shape)), tmp_path).as_uri())
    heading(browser, "Fresh").find_element(By.TAG_NAME, "button").click()
    assert order(browser) == ["en-US", "sw-KE"]
    assert complaints(browser) == []


def _lightness(colour: str) -> float:
    parts = [float(part) for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    return sum(parts) / 3
