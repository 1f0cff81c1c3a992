"""The raters' page: one HTML file with its styles, script and items inside, which loads nothing from anywhere."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment

from crossprompt.locales.languages import describe_locale
from crossprompt.pages.templates import inline_file, page_environment, policy_hash
from crossprompt.rating.records import FORMAT_VERSION, Item, Key

_FOLDER = Path(__file__).parent


def render_page(key: Key) -> str:
    """The page for the items of ``key``: a rater chooses a language, rates its items and saves the answers as a file.

    Nothing in it tells a quiz item from another one. Texts are in a JSON block that the script puts into the document
    as text, and the page's policy lets no other script or style run, so that no markup in a corpus has an effect.
    """
    style, script = (inline_file(_FOLDER / name) for name in ("page.css", "page.js"))
    text: str = (
        _environment()
        .get_template("page.html")
        .render(
            data=page_data(key),
            languages=[describe_locale(tag) for tag in key.locales],
            scale=key.settings.scale,
            style=style,
            script=script,
            style_hash=policy_hash(style),
            script_hash=policy_hash(script),
        )
    )
    return text


def page_data(key: Key) -> dict[str, Any]:
    """What the page's script works with: all that raters may know of the export."""
    return {
        "version": FORMAT_VERSION,
        "export": key.export,
        "scale": key.settings.scale.model_dump(mode="json"),
        "locales": [_locale_data(tag, key.of_locale(tag)) for tag in key.locales],
    }


def _locale_data(tag: str, items: tuple[Item, ...]) -> dict[str, Any]:
    locale = describe_locale(tag)
    return {
        "locale": tag,
        "lang": locale.tag,
        "dir": "rtl" if locale.right_to_left else "ltr",
        "name": locale.english_name,
        "autonym": locale.autonym,
        "items": [_item_data(item) for item in items],
    }


def _item_data(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "turns": [
            {"speaker": turn.speaker, "source": turn.source, "target": target}
            for turn, target in zip(item.window.turns, item.shown, strict=True)
        ],
    }


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return page_environment(_FOLDER)
