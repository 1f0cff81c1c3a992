"""What is wrong with a value, field by field, in words that do not repeat it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_LONGEST = 300


def problems_of(errors: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    """A line for each of pydantic's errors, with the field's full name and what it may be."""
    return tuple(_shortened(f"{_field(error['loc'])}: {_reason(error)}") for error in errors)


def _field(location: Sequence[int | str]) -> str:
    parts = [str(part) for part in location if part != "body"]
    return ".".join(parts) or "the body"


def _reason(error: Mapping[str, Any]) -> str:
    if error["type"] == "extra_forbidden":
        return "there is no such field"
    if error["type"] == "missing":
        return "this field is missing"
    message = str(error["msg"]).removeprefix("Value error, ")
    return message[0].lower() + message[1:]


def _shortened(line: str) -> str:
    return line if len(line) <= _LONGEST else line[: _LONGEST - 3] + "..."
