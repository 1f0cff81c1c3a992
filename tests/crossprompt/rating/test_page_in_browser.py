"""The raters' page in a real browser: sliders that count once touched, answers that stay, files that come back."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from crossprompt.rating.answers import read_answers
from crossprompt.rating.export import write_export
from crossprompt.rating.records import Reason
from crossprompt.rating.scores import import_ratings
from crossprompt.rating.settings import ScreeningSettings
from tests.browser import NARROW, WIDE, complaints, resize
from tests.crossprompt.rating.rated_corpus import make_key

KEY = make_key("sw", "ar", windows=3, quizzes=1)
ARABIC, SWAHILI = KEY.locales
SHOWN = "return arguments[0].getClientRects().length > 0"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    return write_export(KEY, tmp_path_factory.mktemp("rating")).page.as_uri()


@pytest.fixture
def page(browser, address):
    browser.get(address)
    yield browser
    browser.execute_script("localStorage.clear()")
    assert complaints(browser) == []


def at(page, name):
    return page.find_element(By.ID, name)


def begin(page, rater="Zawadi", language="sw"):
    Select(at(page, "language")).select_by_value(language)
    at(page, "rater").send_keys(rater, Keys.ENTER)
    assert page.execute_script(SHOWN, at(page, "rating"))


def press(page, *keys):
    ActionChains(page).send_keys(*keys).perform()


def texts(page, side):
    return [element.text for element in page.find_elements(By.CSS_SELECTOR, f"#{side} .text")]


def rate_item(page, meaning=Keys.END, fluency=Keys.END):
    at(page, "meaning").send_keys(meaning)
    at(page, "fluency").send_keys(fluency)
    at(page, "next").click()


def stored(page):
    return json.loads(page.execute_script(f"return localStorage.getItem('crossprompt-rating/{KEY.export}')"))


def overlapping(page):
    """Pairs of visible texts and controls that cover one another."""
    return page.execute_script("""
      const kinds = ["#rating h2", ".speaker", ".text", "#judge label", "#judge output", "#judge input", ".ends"];
      const parts = [...document.querySelectorAll([...kinds, "#rating button"].join())]
        .filter((part) => part.getClientRects().length);
      const boxes = parts.map((part) => part.getBoundingClientRect());
      const beside = (a, b) => a.left >= b.right - 1 || b.left >= a.right - 1;
      const above = (a, b) => a.top >= b.bottom - 1 || b.top >= a.bottom - 1;
      return parts.flatMap((part, i) => parts.slice(i + 1)
        .filter((_, j) => !beside(boxes[i], boxes[i + 1 + j]) && !above(boxes[i], boxes[i + 1 + j]))
        .map((other) => part.outerHTML + other.outerHTML));
    """)


def saved_file(page, folder, button):
    """The file that the browser wrote when the button was pressed."""
    page.execute_cdp_cmd("Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(folder)})
    at(page, button).click()
    saved = WebDriverWait(page, 60, poll_frequency=0.05)
    saved.until(lambda _: {file.suffix for file in folder.iterdir()} in ({".json"}, {".csv"}))
    (file,) = folder.iterdir()
    return file


def test_every_language_is_offered_and_its_items_are_shown_side_by_side(page):
    assert [option.get_attribute("value") for option in Select(at(page, "language")).options] == ["ar", "sw"]
    begin(page)
    first = KEY.of_locale(SWAHILI)[0]
    assert texts(page, "source") == [turn.source for turn in first.window.turns]
    assert texts(page, "target") == list(first.shown)
    source, target = (at(page, side).rect for side in ("source", "target"))
    assert source["x"] + source["width"] <= target["x"]
    assert abs(source["y"] - target["y"]) < 2
    assert at(page, "place").text == "Item 1 of 4"


@pytest.mark.parametrize(("language", "direction"), [("sw", "ltr"), ("ar", "rtl")])
def test_texts_carry_their_language_and_direction(page, language, direction):
    begin(page, language=language)
    source, target = at(page, "source"), at(page, "target")
    assert (source.get_attribute("lang"), source.get_attribute("dir")) == ("en", "ltr")
    assert (target.get_attribute("lang"), target.get_attribute("dir")) == (language, direction)
    assert target.find_element(By.CLASS_NAME, "text").value_of_css_property("direction") == direction
    assert target.find_element(By.CLASS_NAME, "speaker").value_of_css_property("direction") == "ltr"


def test_a_slider_that_was_not_touched_is_no_answer(page):
    begin(page)
    at(page, "meaning").send_keys(Keys.ARROW_RIGHT)
    assert at(page, "meaning-value").text == "0.55"
    assert at(page, "fluency-value").text == "not rated"
    assert at(page, "fluency").get_attribute("aria-valuetext") == "not rated yet"
    assert "0 rated" in at(page, "count").text
    at(page, "next").click()
    assert next(iter(stored(page)["sessions"]["sw/Zawadi"]["answers"].values())).keys() == {"meaning", "rated_at"}
    at(page, "back").click()
    at(page, "fluency").send_keys(Keys.SPACE)
    assert at(page, "fluency-value").text == "0.50"
    assert "1 rated" in at(page, "count").text


def test_the_middle_can_be_pressed_and_a_press_on_the_statement_answers_nothing(page):
    begin(page)
    at(page, "meaning-label").click()
    assert at(page, "meaning-value").text == "not rated"
    at(page, "meaning").click()
    assert at(page, "meaning-value").text == "0.50"


def test_all_of_it_works_by_keyboard(page):
    press(page, "Juma", Keys.TAB, "Sw", Keys.TAB, Keys.ENTER)
    for _ in range(4):
        press(page, Keys.TAB, Keys.HOME, Keys.ENTER, Keys.END, Keys.ARROW_LEFT, Keys.ENTER, Keys.ENTER)
    assert page.execute_script(SHOWN, at(page, "finish"))
    answers = stored(page)["sessions"]["sw/Juma"]["answers"]
    assert [(answer["meaning"], answer["fluency"]) for answer in answers.values()] == [(0, 0.95)] * 4
    assert page.switch_to.active_element == at(page, "finish")


def test_answers_and_place_survive_a_reload_and_raters_are_apart(page, address):
    begin(page)
    rate_item(page)
    page.get(address)
    assert at(page, "place").text == "Item 2 of 4"
    at(page, "back").click()
    assert at(page, "meaning-value").text == "1.00"
    at(page, "leave").click()
    begin(page, rater="Juma")
    assert at(page, "place").text == "Item 1 of 4"
    assert at(page, "meaning-value").text == "not rated"
    at(page, "leave").click()
    begin(page, rater="Zawadi")
    assert "1 rated" in at(page, "count").text


def test_an_answer_can_be_taken_back(page):
    begin(page)
    rate_item(page)
    at(page, "back").click()
    at(page, "clear").click()
    assert at(page, "meaning-value").text == "not rated"
    assert "0 rated" in at(page, "count").text
    assert stored(page)["sessions"]["sw/Zawadi"]["answers"] == {}


def test_next_goes_to_what_is_left_and_the_end_is_said_once_all_are_rated(page):
    begin(page)
    at(page, "next").click()
    for _ in range(3):
        rate_item(page)
    assert not page.execute_script(SHOWN, at(page, "finish"))
    assert at(page, "place").text == "Item 1 of 4"
    rate_item(page)
    assert page.execute_script(SHOWN, at(page, "finish"))
    assert at(page, "progress").get_attribute("value") == "4"
    page.find_element(By.TAG_NAME, "summary").click()
    page.find_elements(By.CSS_SELECTOR, "#items button")[2].click()
    assert at(page, "place").text == "Item 3 of 4"


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_the_saved_file_is_what_the_import_reads(page, tmp_path, kind):
    begin(page, rater='=Zawadi "K", Mrs')
    for meaning in (Keys.HOME, Keys.END, Keys.END):
        rate_item(page, meaning)
    at(page, "meaning").send_keys(Keys.END)
    file = saved_file(page, tmp_path, f"save-{kind}")
    assert file.name == f"ratings-sw-Zawadi-K-Mrs-{KEY.export}.{kind}"
    answers = read_answers(file, KEY.export)
    assert [(answer.meaning, answer.fluency, answer.rater) for answer in answers] == [
        (meaning, 1.0, '=Zawadi "K", Mrs') for meaning in (0.0, 1.0, 1.0)
    ]
    assert [answer.item for answer in answers] == [item.id for item in KEY.of_locale(SWAHILI)[:3]]
    result = import_ratings([file], KEY, ScreeningSettings()).result
    assert sum(result.locales[1].excluded.values()) + result.locales[1].quiz_rows == 3
    assert Reason.UNKNOWN_ITEM not in result.locales[1].excluded


def test_a_browser_that_keeps_nothing_says_so_and_the_file_is_still_there(page, tmp_path):
    page.execute_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    begin(page)
    rate_item(page)
    assert "does not keep your answers" in at(page, "trouble").text
    assert at(page, "saved").text == "Not saved"
    assert len(read_answers(saved_file(page, tmp_path, "save-json"), KEY.export)) == 1


@pytest.mark.parametrize("rubbish", ["no json", '{"sessions": {"sw/Z": {"position": 2}}, "current": "sw/Z"}'])
def test_damaged_storage_is_not_the_end(page, address, rubbish):
    page.execute_script(f"localStorage.setItem('crossprompt-rating/{KEY.export}', arguments[0])", rubbish)
    page.get(address)
    begin(page)
    rate_item(page)
    assert "1 rated" in at(page, "count").text


def test_another_tab_goes_on_with_what_this_one_stored_and_each_keeps_its_rater(page, address):
    begin(page)
    first = page.current_window_handle
    page.switch_to.new_window("tab")
    try:
        page.get(address)
        rate_item(page)
        page.switch_to.window(first)
        WebDriverWait(page, 60, poll_frequency=0.05).until(lambda _: "1 rated" in at(page, "count").text)
        page.switch_to.window(page.window_handles[-1])
        at(page, "leave").click()
        begin(page, rater="Juma")
        rate_item(page)
        page.switch_to.window(first)
        rate_item(page)
        assert at(page, "summary").text.startswith("Zawadi, Swahili: 2 of 4")
        assert len(stored(page)["sessions"]["sw/Juma"]["answers"]) == 1
        page.switch_to.window(page.window_handles[-1])
    finally:
        page.close()
        page.switch_to.window(first)


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (NARROW, True), ((320, 600), False)])
def test_it_fits_every_width_in_both_schemes(page, size, dark):
    resize(page, size, dark=dark)
    for language in ("sw", "ar"):
        begin(page, language=language)
        page.find_element(By.TAG_NAME, "summary").click()
        assert page.execute_script("return document.documentElement.scrollWidth") <= size[0]
        assert overlapping(page) == []
        small = page.execute_script(
            "return [...document.querySelectorAll('#rating button, #rating input')]"
            ".filter(e => e.getClientRects().length && e.offsetHeight < 40).map(e => e.id)"
        )
        assert small == []
        at(page, "leave").click()
    luminance = page.execute_script("return getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
    assert (sum(luminance) < 200) == dark


def test_motion_stops_where_it_is_not_wanted(page):
    begin(page)
    features = [{"name": "prefers-reduced-motion", "value": "reduce"}]
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    assert page.execute_script("return getComputedStyle(document.getElementById('next')).transitionDuration") == "0s"
    assert page.execute_script("return matchMedia('(prefers-reduced-motion: reduce)').matches")


def test_nothing_is_loaded_and_other_scripts_are_refused(page, address):
    assert page.execute_script("return performance.getEntriesByType('resource').length") == 0
    text = Path(address.removeprefix("file://")).read_text(encoding="utf-8")
    assert "http:" not in text
    assert "https:" not in text
    page.execute_script(
        "const s = document.createElement('script'); s.textContent = 'window.ran = 1'; document.body.append(s)"
    )
    assert page.execute_script("return window.ran") is None
    assert "Content Security Policy" in complaints(page)[0]
