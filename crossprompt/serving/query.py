"""What is asked of an engine."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Query:
    """A text to understand.

    Attributes:
        text: As it was sent; offsets of slots count its code points.
        locale: Its BCP-47 tag, if it is known.
        top: How many intents are wanted.
        compare: Whether the fresh prompt is to answer, too.
    """

    text: str
    locale: str | None = None
    top: int = 3
    compare: bool = False
