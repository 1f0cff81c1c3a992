"""The demo page and the page of the API: whole documents, styles and scripts inside, nothing from elsewhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment
from markupsafe import Markup, escape

from crossprompt.pages.templates import inline_file, page_environment, policy_hash
from crossprompt.serving.examples import EXAMPLES
from crossprompt.serving.records import MAX_CHARACTERS
from crossprompt.serving.reference import describe_api

_FOLDER = Path(__file__).parent
_BACKTICKS = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class Page:
    """A document, and the Content-Security-Policy that it is to be sent with."""

    html: str
    policy: str


@lru_cache(maxsize=2)
def demo_page(*, token_needed: bool) -> Page:
    """Where one types an utterance and sees what both prompts make of it.

    Args:
        token_needed: Ask for the token; it stays in the page's memory.
    """
    style, script = inline_file(_FOLDER / "page.css"), inline_file(_FOLDER / "demo.js")
    return _render(
        "demo.html", style, script, examples=EXAMPLES, max_characters=MAX_CHARACTERS, token_needed=token_needed
    )


def reference_page(schema: dict[str, Any]) -> Page:
    """The API as ``schema`` (OpenAPI 3.1) has it: every path, every status, every field with its limits."""
    return _render("reference.html", inline_file(_FOLDER / "page.css"), None, api=describe_api(schema))


def _render(template: str, style: Markup, script: Markup | None, **values: Any) -> Page:
    html = _environment().get_template(template).render(style=style, script=script, **values)
    script_source = f"'{policy_hash(script)}'" if script else "'none'"
    policy = (
        f"default-src 'none'; style-src '{policy_hash(style)}'; script-src {script_source}; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return Page(html, policy)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    made = page_environment(_FOLDER)
    made.filters["code"] = _code
    return made


def _code(text: str) -> Markup:
    """``text``, escaped, with what stands between backticks set as code."""
    return Markup(_BACKTICKS.sub(r"<code>\1</code>", str(escape(text))))
