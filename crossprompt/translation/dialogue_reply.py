"""What a chat model replied to a call, checked turn by turn; anything that does not fit is refused whole."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

_FENCED: Final = re.compile(r"```[a-zA-Z]*[ \t]*\r?\n(?P<body>.*?)\r?\n?```", re.DOTALL)
"""Some models put marks for code around JSON, whatever they are told; nothing is in doubt then."""


class ReplyError(ValueError):
    """A reply does not fit its call.

    Attributes:
        reason: ``empty_reply``, ``not_json``, ``wrong_form``, ``wrong_count``, ``wrong_numbers``, ``empty_target`` or
            ``not_text``.
    """

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


def read_reply(text: str, sources: Sequence[str]) -> tuple[str, ...]:
    """The translations in ``text``, one for each of ``sources``, in order, as they stand.

    Raises:
        ReplyError: The text is not the JSON that was asked for (marks for code around all of it are taken off), it has
            another number of translations, their numbers are not 1, 2, 3, ..., or one is empty though its source is
            not.
    """
    translations = _translations(text)
    if len(translations) != len(sources):
        raise ReplyError("wrong_count", f"{len(sources)} turns were sent, {len(translations)} translations came back")
    targets = []
    for number, (entry, source) in enumerate(zip(translations, sources, strict=True), start=1):
        targets.append(_target(entry, number, source))
    return tuple(targets)


def _translations(text: str) -> list[Any]:
    stripped = text.strip()
    if not stripped:
        raise ReplyError("empty_reply", "the reply is empty")
    fenced = _FENCED.fullmatch(stripped)
    try:
        reply = json.loads(fenced["body"] if fenced else stripped, object_pairs_hook=_object)
    except ReplyError:
        raise
    except (ValueError, RecursionError):
        raise ReplyError("not_json", "the reply is no JSON") from None
    if not isinstance(reply, dict) or set(reply) != {"translations"} or not isinstance(reply["translations"], list):
        raise ReplyError("wrong_form", "the reply is no object that holds a list of translations and nothing else")
    return reply["translations"]


def _target(entry: Any, number: int, source: str) -> str:
    if not isinstance(entry, dict) or set(entry) != {"number", "text"} or not isinstance(entry["text"], str):
        raise ReplyError("wrong_form", f"translation {number} is no object of a number and a text")
    if type(entry["number"]) is not int or entry["number"] != number:
        raise ReplyError("wrong_numbers", f"translation {number} has another number")
    target = entry["text"]
    if source.strip() and not target.strip():
        raise ReplyError("empty_target", f"translation {number} is empty")
    if not target.isascii() and any("\ud800" <= character <= "\udfff" for character in target):
        raise ReplyError("not_text", f"translation {number} holds half a character (a lone surrogate)")
    return target


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object; one that says the same thing twice is no answer."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ReplyError("wrong_form", "the reply names something twice")
    return found
