"""How every page of the project is made of its template: escaped, whole, with nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def page_environment(folder: Path) -> Environment:
    """The templates in ``folder``: all values are escaped, an unknown name is an error.

    Characters that no document may hold (control characters, lone surrogates) are replaced by U+FFFD.
    """
    return Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
    )


def inline_file(file: Path) -> Markup:
    """A style sheet or script of the project, unescaped: it is not text from outside."""
    return Markup(file.read_text(encoding="utf-8"))


def policy_hash(text: str) -> str:
    """What a Content-Security-Policy lets exactly this inline style or script in by."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def spaced(value: int) -> str:
    """A whole number with narrow spaces between thousands."""
    return f"{value:,}".replace(",", "\u202f")


def printable(text: str) -> str:
    """``text`` with control characters and lone surrogates, which no document may hold, shown as U+FFFD."""
    return _UNPRINTABLE.sub("�", text)


def _printable(value: Any) -> Any:
    """No control character reaches the document; the project's own markup passes as it is."""
    return printable(value) if isinstance(value, str) and not isinstance(value, Markup) else value
