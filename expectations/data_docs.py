"""Great Expectations' Data Docs pages, one per locale, made to work alone: no network, no scripts, own styles.

Great Expectations' templates load styles and scripts from content networks and a logo whose address carries an id.
All of it is taken out, and the few classes that the pages use get a style sheet that is put into each page.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import lxml.html
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer import ValidationResultsPageRenderer
from great_expectations.render.view import DefaultJinjaPageView

from crossprompt.storage.atomic import write_text_atomic

_STYLE = Path(__file__).with_name("data_docs.css")
_UNWANTED = (
    "//script|//link|//img|//iframe|//noscript|//footer|//meta[@http-equiv]|//nav[contains(@class, 'navbar')]"
    "|//*[@id='ge-cta-footer' or contains(@class, 'ge-cta') or contains(@class, 'modal')]"
    "|//div[@class='sticky']|//div[p/a[@data-toggle='collapse']]"
)
_ICONS = {"fa-check-circle": "✔", "fa-exclamation-triangle": "▲", "fa-times": "✘"}
"""Signs instead of the icon font, by class."""


class DataDocs:
    """The folder of pages. Without a folder nothing is rendered or written."""

    def __init__(self, folder: Path | None, most_pages: int) -> None:
        self._folder = folder
        self._most_pages = most_pages
        self.pages: dict[str, str] = {}
        """Address of a locale's page, relative to the index."""

    def add(self, locale: str, result: ExpectationSuiteValidationResult) -> None:
        """Write the page of ``locale``, unless there are as many as there may be."""
        if self._folder is None or len(self.pages) >= self._most_pages:
            return
        address = f"locales/{locale}.html"
        write_text_atomic(self._folder / address, render_locale(locale, result))
        self.pages[locale] = address

    def write_index(self, page: str) -> Path | None:
        """Write the summary page beside the locales' pages; its path, or None without a folder."""
        if self._folder is None:
            return None
        index = self._folder / "index.html"
        write_text_atomic(index, page)
        return index


def render_locale(locale: str, result: ExpectationSuiteValidationResult) -> str:
    """Great Expectations' validation page of one batch as a single HTML file that loads nothing."""
    document = ValidationResultsPageRenderer().render(result)
    html = _view().render(document)  # type: ignore[no-untyped-call]  # GX leaves it untyped
    return make_self_contained(html, f"Checks of {locale}")


@lru_cache(maxsize=1)
def _view() -> DefaultJinjaPageView:
    """One view for all pages: a new one compiles its templates again."""
    return DefaultJinjaPageView()


def make_self_contained(html: str, title: str) -> str:
    """``html`` without scripts and outside resources, with own styles and ``title``."""
    tree = lxml.html.document_fromstring(html)
    for element in tree.xpath(_UNWANTED):
        element.drop_tree()
    for element in tree.xpath("//*[@onclick or @onload]"):
        for name in ("onclick", "onload"):
            element.attrib.pop(name, None)
    for anchor in tree.xpath("//a"):
        anchor.drop_tag()
    for heading in tree.xpath("(//h4)[1]"):
        heading.text = title
    for icon in tree.xpath("//i[contains(@class, 'fa-')]"):
        icon.text = next((sign for name, sign in _ICONS.items() if name in icon.get("class")), "")
    for cell in tree.xpath("//td|//li|//span"):
        cell.set("dir", "auto")
    _replace_head(tree, title)
    return f"<!DOCTYPE html>\n{lxml.html.tostring(tree, encoding='unicode')}"


def _replace_head(tree: lxml.html.HtmlElement, title: str) -> None:
    head = tree.find("head")
    if head is None:
        head = lxml.html.Element("head")
        tree.insert(0, head)
    for child in list(head):
        head.remove(child)
    head.append(lxml.html.Element("meta", charset="utf-8"))
    head.append(lxml.html.Element("meta", name="viewport", content="width=device-width, initial-scale=1"))
    for name, text in (("title", title), ("style", _style())):
        element = lxml.html.Element(name)
        element.text = text
        head.append(element)


@lru_cache(maxsize=1)
def _style() -> str:
    return _STYLE.read_text(encoding="utf-8")
