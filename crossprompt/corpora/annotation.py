"""MASSIVE's slot markup, ``wake me at [time : five am]``, as character spans of the plain utterance."""

from __future__ import annotations

import re

from crossprompt.corpora.dialogue import SlotSpan

_MARK = re.compile(r"\[\s*([^\[\]:\s]+)\s*:\s*([^\[\]]*?)\s*\]")


class AnnotationError(ValueError):
    """The markup is broken, or it marks up another text than the utterance."""


def parse_annotation(annotated: str) -> tuple[str, tuple[SlotSpan, ...]]:
    """The text without its markup, and the spans of the slots in that text.

    Raises:
        AnnotationError: A bracket is left over, a slot has no name or no value.
    """
    pieces: list[str] = []
    spans: list[SlotSpan] = []
    length = position = 0
    for mark in _MARK.finditer(annotated):
        slot, value = mark.groups()
        if not value:
            raise AnnotationError(f"slot {slot!r} has no value in {annotated!r}")
        before = annotated[position : mark.start()]
        start = length + len(before)
        length = start + len(value)
        spans.append(SlotSpan(slot, start, length))
        pieces += [before, value]
        position = mark.end()
    text = "".join([*pieces, annotated[position:]])
    if "[" in text or "]" in text:
        raise AnnotationError(f"the slot markup of {annotated!r} is broken; [slot : value] is expected")
    return text, tuple(spans)


def align_annotation(utterance: str, annotated: str) -> tuple[SlotSpan, ...]:
    """The slots' spans in ``utterance``, found by characters.

    White space is left out of the comparison: ja-JP, zh-CN and zh-TW have blanks in the markup that the utterance
    lacks (METHODS, section 1). A span never begins or ends with white space.

    Raises:
        AnnotationError: See :func:`parse_annotation`; or the texts differ in more than white space.
    """
    text, spans = parse_annotation(annotated)
    if text == utterance:
        return spans
    at = [position for position, character in enumerate(utterance) if not character.isspace()]
    if [utterance[position] for position in at] != [character for character in text if not character.isspace()]:
        raise AnnotationError(f"the markup {annotated!r} is of another text than {utterance!r}")
    before = [0]
    for character in text:
        before.append(before[-1] + (not character.isspace()))
    return tuple(SlotSpan(span.slot, at[before[span.start]], at[before[span.exclusive_end] - 1] + 1) for span in spans)
