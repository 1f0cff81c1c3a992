"""The demo page and the page of the interface in a real browser: marks, directions, both prompts, errors, widths."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.select import Select
from selenium.webdriver.support.wait import WebDriverWait

from crossprompt.serving.examples import EXAMPLES
from tests.browser import NARROW, WIDE, complaints, resize
from tests.crossprompt.serving.running import Served
from tests.crossprompt.serving.texts import FAMILY, ODD

TOKEN = "0123456789abcdef"


@pytest.fixture(scope="module")
def address(bundle_folder) -> Iterator[str]:
    with Served(bundle_folder) as url:
        yield url


@pytest.fixture
def page(browser, address):
    browser.get(address)
    wait(browser, lambda: "Champion" in at(browser, "champion").text)
    yield browser
    assert complaints(browser) == []


def at(page, name):
    return page.find_element(By.ID, name)


def wait(page, done):
    WebDriverWait(page, 60, poll_frequency=0.05).until(lambda _: done())


def ask(page, text):
    """Put ``text`` into the field as it is: drivers can type no character beyond the basic plane."""
    page.execute_script("document.getElementById('text').value = arguments[0]", text)
    page.execute_script("document.getElementById('status').textContent = ''")
    at(page, "send").click()
    wait(page, lambda: at(page, "status").text)


def said(page, side):
    return page.execute_script("return document.querySelector(`#${arguments[0]} .said`).textContent", side)


def marks(page, side):
    """The marked parts of the text, each with the slot that stands beside it."""
    return page.execute_script(
        """return [...document.querySelectorAll(`#${arguments[0]} mark`)].map(
             (mark) => [mark.querySelector("bdi").textContent, mark.querySelector(".name").textContent])""",
        side,
    )


def direction(page, selector):
    return page.execute_script("return getComputedStyle(document.querySelector(arguments[0])).direction", selector)


def sideways(page):
    return page.execute_script("return document.documentElement.scrollWidth - document.documentElement.clientWidth")


def with_names(text, slots):
    """``text`` as the page shows it: behind each slot stands its name."""
    for slot in reversed(slots):
        text = text[: slot["end"]] + slot["slot"] + text[slot["end"] :]
    return text


def test_slots_are_marked_where_they_are_on_both_sides(page, client):
    for name, text in ODD.items():
        typed = text.replace("\r\n", "\n")  # what a text field makes of line ends
        ask(page, typed)
        body = {"utterances": [{"text": typed}], "compare": True}
        (found,) = client.post("/predict", json=body).json()["predictions"]
        for side, own in (("aligned", found), ("fresh", found["fresh"])):
            assert marks(page, side) == [[slot["text"], slot["slot"]] for slot in own["slots"]], name
            assert said(page, side) == with_names(typed, own["slots"]), name
            rows = page.find_elements(By.CSS_SELECTOR, f"#{side} .intents li span:first-child")
            assert [row.text for row in rows] == [intent["intent"] for intent in own["intents"]], name


def test_right_to_left_text_is_set_right_to_left(page):
    ask(page, ODD["right to left"])
    assert direction(page, "#text") == direction(page, "#aligned .said") == "rtl"
    assert direction(page, "#aligned .intents") == "ltr"
    ask(page, "wake me at seven")
    assert direction(page, "#text") == direction(page, "#aligned .said") == "ltr"


def test_text_that_is_all_slots_keeps_its_direction(page):
    """The marks isolate what is in them, so nothing is left from which a browser tells the direction by itself."""
    text, intents = "صباحا الساعة", [{"intent": "alarm_set", "score": 1}]
    slots = [{"slot": "time", "start": 0, "end": 5, "text": "صباحا", "score": 1}]
    slots.append({"slot": "date", "start": 6, "end": 12, "text": "الساعة", "score": 1})
    found = {"text": text, "intents": intents, "slots": slots, "truncated": False, "fresh": None}
    answer = {"predictions": [{**found, "fresh": {"intents": intents, "slots": []}}]}
    page.execute_script("const text = arguments[0]; window.fetch = async () => new Response(text)", json.dumps(answer))
    ask(page, text)
    assert direction(page, "#aligned .said") == direction(page, "#fresh .said") == "rtl"
    assert [slot for _, slot in marks(page, "aligned")] == ["time", "date"]


def test_an_example_is_asked_with_its_language_if_the_champion_knows_it(page):
    languages = Select(at(page, "locale"))
    assert {option.get_attribute("value") for option in languages.options} == {"", "de-DE", "en-US", "sw-KE"}
    for chip, example in zip(page.find_elements(By.CLASS_NAME, "chip"), EXAMPLES, strict=True):
        page.execute_script("document.getElementById('status').textContent = ''")
        chip.click()
        wait(page, lambda: "Answered" in at(page, "status").text)
        assert at(page, "text").get_attribute("value") == example.text
        known = example.locale in ("de-DE", "en-US", "sw-KE")
        assert languages.first_selected_option.get_attribute("value") == (example.locale if known else "")


def test_enter_asks_and_the_answer_says_how_long_it_took(page):
    at(page, "text").send_keys("wake me", Keys.ENTER)
    wait(page, lambda: "Answered in" in at(page, "status").text)
    assert at(page, "aligned").is_displayed()
    assert at(page, "fresh").is_displayed()


def test_markup_in_an_utterance_is_text(page):
    ask(page, ODD["markup"])
    assert page.execute_script("return document.querySelectorAll('#answers script, #answers img').length") == 0
    assert "<script>" in said(page, "aligned")


def test_what_is_refused_is_told(page):
    ask(page, "   ")
    assert "nothing but white space" in at(page, "status").text
    assert not at(page, "answers").is_displayed()
    assert any("422" in line for line in complaints(page)), "the browser notes it, too"


def test_a_champion_without_slots_or_fresh_prompt_says_so(browser, other_folder):
    with Served(other_folder) as url:
        browser.get(url)
        wait(browser, lambda: "Champion" in at(browser, "champion").text)
        ask(browser, "wake me at seven")
        assert "no fresh prompt" in at(browser, "status").text
        assert not at(browser, "fresh").is_displayed()
        assert "not tuned for slots" in at(browser, "aligned").text


def test_a_token_is_asked_for_where_the_service_has_one(browser, bundle_folder):
    with Served(bundle_folder, TOKEN) as url:
        browser.get(url)
        at(browser, "token").send_keys("a wrong token")
        ask(browser, "wake me at seven")
        assert "the token is missing or wrong" in at(browser, "status").text
        at(browser, "token").clear()
        at(browser, "token").send_keys(TOKEN)
        ask(browser, "wake me at seven")
        assert "Answered" in at(browser, "status").text
        complaints(browser)


def test_nothing_runs_out_of_the_page(page, address):
    long = f"{ODD['marks without end']} {'a' * 200} {FAMILY * 40}"
    for path in ("/", "/docs"):
        page.get(address + path)
        if path == "/":
            ask(page, long)
        for size, dark in ((WIDE, False), (NARROW, False), (NARROW, True)):
            resize(page, size, dark=dark)
            assert sideways(page) <= 0, (path, size)


def test_pages_load_nothing_from_elsewhere(page, address):
    for path in ("/", "/docs"):
        page.get(address + path)
        time.sleep(0.2)
        loaded = page.execute_script("return performance.getEntriesByType('resource').map((entry) => entry.name)")
        assert all(name.startswith(address) for name in loaded)
