"""Pages are made whole: text from outside stays text, and what no document may hold is replaced."""

from __future__ import annotations

import pytest
from jinja2 import UndefinedError

from crossprompt.pages.templates import inline_file, page_environment, policy_hash, printable, spaced


@pytest.fixture
def page(tmp_path):
    (tmp_path / "own.css").write_text("p > b { color: red }", encoding="utf-8")
    (tmp_path / "page.html").write_text("<style>{{ style }}</style><p>{{ text }}</p>", encoding="utf-8")
    return page_environment(tmp_path).get_template("page.html")


def test_text_that_no_document_may_hold_is_replaced():
    assert printable("a\x00b\ud800c\n") == "a�b�c\n"


def test_values_are_escaped_and_styles_are_not(page, tmp_path):
    html = page.render(style=inline_file(tmp_path / "own.css"), text="<b>\x07")
    assert html == "<style>p > b { color: red }</style><p>&lt;b&gt;�</p>"


def test_a_name_that_is_not_known_is_an_error(page):
    with pytest.raises(UndefinedError, match="'text' is undefined"):
        page.render(style="")


def test_a_policy_names_exactly_one_text():
    """By hand: printf %s 'let x = 1' | openssl dgst -sha256 -binary | base64."""
    assert policy_hash("let x = 1") == "sha256-+9RIDzvx0TGl4PMcwUdjIf3oi5QYiuHS1C+f52uNBBc="


def test_thousands_are_set_apart():
    assert spaced(1234567) == "1\u202f234\u202f567"
