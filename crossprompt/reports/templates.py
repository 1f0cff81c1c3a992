"""The environment of all templates beside this module: filters, escaping, and text that a document may hold."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment
from markupsafe import Markup

from crossprompt.pages.templates import inline_file, page_environment
from crossprompt.reports import formats

_FOLDER = Path(__file__).parent
_LINKED = frozenset({"http", "https", "file"})
_FILTERS = (
    formats.number,
    formats.signed,
    formats.count,
    formats.p_value,
    formats.p_phrase,
    formats.rate,
    formats.duration,
    formats.plural,
    formats.interval,
    formats.signed_interval,
    formats.tied,
)


def is_address(text: str) -> bool:
    """Whether ``text`` may become a link: nothing but http, https and file addresses."""
    return urlsplit(text).scheme.lower() in _LINKED


def in_words(value: Any) -> str:
    """A detail in one line: lists joined, mappings as ``name: value`` (inner ones in brackets), booleans in words."""
    if isinstance(value, Mapping):
        parts = (
            (name, f"({in_words(part)})" if isinstance(part, Mapping) else in_words(part))
            for name, part in value.items()
        )
        return ", ".join(f"{name}: {part}" for name, part in parts)
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list | tuple):
        return ", ".join(in_words(part) for part in value)
    return formats.ABSENT if value is None else str(value)


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The templates with the filters that write numbers as the report does."""
    made = page_environment(_FOLDER)
    made.filters.update({function.__name__: function for function in _FILTERS}, in_words=in_words)
    made.tests["address"] = is_address
    return made


def own_file(*names: str) -> Markup:
    """Style sheets or scripts of this package, one behind the other."""
    return Markup("").join(inline_file(_FOLDER / name) for name in names)
