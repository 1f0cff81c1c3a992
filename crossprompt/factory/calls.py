"""A dialogue cut into calls within an engine's limits, and calls cut into smaller ones."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby

from crossprompt.corpora.dialogue import Dialogue
from crossprompt.translation.engine import CallLimits, EngineError, Failure, TranslationCall


def split_calls(
    dialogue: Dialogue, locale: str, limits: CallLimits, wanted: Sequence[int] | None = None
) -> list[TranslationCall]:
    """The fewest calls for the turns ``wanted`` (their numbers, ascending; None: all), each within ``limits``.

    A call holds turns in succession; each holds as many as it can.

    Raises:
        EngineError: ``Failure.DIALOGUE``, ``too_long``: a turn alone is beyond the limits.
    """
    numbers = range(len(dialogue.turns)) if wanted is None else wanted
    return [
        TranslationCall(dialogue, locale, start, stop)
        for run in _runs(numbers)
        for start, stop in _fitting(dialogue, run, limits)
    ]


def halves(call: TranslationCall) -> tuple[TranslationCall, TranslationCall] | None:
    """The two halves of ``call``; None if it is a single turn."""
    if call.stop - call.start < 2:
        return None
    middle = (call.start + call.stop) // 2
    return (
        TranslationCall(call.dialogue, call.locale, call.start, middle),
        TranslationCall(call.dialogue, call.locale, middle, call.stop),
    )


def _runs(numbers: Sequence[int]) -> Iterator[range]:
    """The longest ranges of successive numbers."""
    if isinstance(numbers, range):
        yield numbers
        return
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield range(run[0], run[-1] + 1)


def _fitting(dialogue: Dialogue, run: range, limits: CallLimits) -> Iterator[tuple[int, int]]:
    """Pieces ``(start, stop)`` of ``run``, cut as late as the limits allow."""
    most_characters = math.inf if limits.characters is None else limits.characters
    most_bytes = math.inf if limits.bytes is None else limits.bytes
    start, characters, size = run.start, 0, 0
    for number in run:
        text = dialogue.turns[number].utterance
        more = len(text)
        more_bytes = 0 if limits.bytes is None else len(text.encode())
        if more > most_characters or more_bytes > most_bytes:
            raise _too_long(dialogue, number)
        full = number - start == limits.utterances
        if full or characters + more > most_characters or size + more_bytes > most_bytes:
            yield start, number
            start, characters, size = number, 0, 0
        characters += more
        size += more_bytes
    if start < run.stop:
        yield start, run.stop


def _too_long(dialogue: Dialogue, number: int) -> EngineError:
    return EngineError(
        Failure.DIALOGUE,
        "too_long",
        f"turn {number} of {dialogue.split}/{dialogue.dialogue_id} has {len(dialogue.turns[number].utterance)} "
        "characters, more than a call of the engine may hold",
    )
