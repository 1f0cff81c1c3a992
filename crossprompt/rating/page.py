"""The raters' page: one HTML file with its styles, script and items inside, which loads nothing from anywhere."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from crossprompt.locales.languages import describe_locale
from crossprompt.rating.records import FORMAT_VERSION, Item, Key

_FOLDER = Path(__file__).parent


def render_page(key: Key) -> str:
    """The page for the items of ``key``: a rater chooses a language, rates its items and saves the answers as a file.

    Nothing in it tells a quiz item from another one. Texts are in a JSON block that the script puts into the document
    as text, and the page's policy lets no other script or style run, so that no markup in a corpus has an effect.
    """
    style, script = (_own_file(name) for name in ("page.css", "page.js"))
    text: str = (
        _environment()
        .get_template("page.html")
        .render(
            data=page_data(key),
            languages=[describe_locale(tag) for tag in key.locales],
            scale=key.settings.scale,
            style=style,
            script=script,
            style_hash=_policy_hash(style),
            script_hash=_policy_hash(script),
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
    return Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _own_file(name: str) -> Markup:
    """A style sheet or script of the package, unescaped: it is not text from outside."""
    return Markup((_FOLDER / name).read_text(encoding="utf-8"))


def _policy_hash(text: str) -> str:
    """What a Content-Security-Policy lets exactly this inline style or script in by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
