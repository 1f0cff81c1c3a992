"""A reply is taken whole or not at all."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crossprompt.translation.dialogue_reply import ReplyError, read_reply

SOURCES = ("Is it open?", "Yes.")


def reply(*texts: str) -> str:
    entries = [{"number": number, "text": text} for number, text in enumerate(texts, start=1)]
    return json.dumps({"translations": entries}, ensure_ascii=False)


def entries(*values: Any) -> str:
    return json.dumps({"translations": list(values)})


ONE, TWO = {"number": 1, "text": "a"}, {"number": 2, "text": "b"}


def test_translations_come_as_they_stand() -> None:
    assert read_reply(reply(" Iko wazi? ", "e\u0301\u200d"), SOURCES) == (" Iko wazi? ", "e\u0301\u200d")
    assert read_reply(f"  {reply('a', 'b')}\n", SOURCES) == ("a", "b")


@pytest.mark.parametrize("marks", ["```json\n{}\n```", "```\n{}```", "\n```JSON \r\n{}\r\n```\n"])
def test_marks_for_code_around_the_whole_are_taken_off(marks: str) -> None:
    assert read_reply(marks.replace("{}", reply("a", "```b```")), SOURCES) == ("a", "```b```")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "empty_reply"),
        (" \n", "empty_reply"),
        ("Iko wazi?", "not_json"),
        (reply("a", "b")[:-5], "not_json"),
        (f"Here it is: {reply('a', 'b')}", "not_json"),
        (f"```json\n{reply('a', 'b')}\n```\nDone.", "not_json"),
        ("[" * 100_000, "not_json"),
        ("[]", "wrong_form"),
        ('{"turns": []}', "wrong_form"),
        ('{"translations": {}}', "wrong_form"),
        ('{"translations": [], "note": "none"}', "wrong_form"),
        ('{"translations": [], "translations": []}', "wrong_form"),
        (entries(ONE, "b"), "wrong_form"),
        (entries(ONE, {"number": 2}), "wrong_form"),
        (entries(ONE, {**TWO, "note": ""}), "wrong_form"),
        (entries(ONE, {"number": 2, "text": None}), "wrong_form"),
        (entries(), "wrong_count"),
        (entries(ONE), "wrong_count"),
        (entries(ONE, TWO, {"number": 3, "text": "c"}), "wrong_count"),
        (entries(TWO, ONE), "wrong_numbers"),
        (entries(ONE, ONE), "wrong_numbers"),
        (entries({**ONE, "number": 0}, {**TWO, "number": 1}), "wrong_numbers"),
        (entries({**ONE, "number": True}, TWO), "wrong_numbers"),
        (entries({**ONE, "number": "1"}, TWO), "wrong_numbers"),
        (entries(ONE, {"number": 2, "text": ""}), "empty_target"),
        (entries(ONE, {"number": 2, "text": " \u00a0"}), "empty_target"),
        ('{"translations": [{"number": 1, "text": "a"}, {"number": 2, "text": "\\ud83d"}]}', "not_text"),
    ],
)
def test_what_does_not_fit_is_refused_with_its_reason(text: str, reason: str) -> None:
    with pytest.raises(ReplyError) as caught:
        read_reply(text, SOURCES)
    assert caught.value.reason == reason


def test_an_empty_source_may_have_an_empty_target() -> None:
    assert read_reply(reply("", "b"), (" ", "Yes.")) == ("", "b")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1).filter(str.strip), max_size=5))
def test_every_text_is_given_back(texts: list[str]) -> None:
    assert read_reply(reply(*texts), texts) == tuple(texts)
