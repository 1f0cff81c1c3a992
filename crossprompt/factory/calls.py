"""A dialogue cut into calls within an engine's limits, and calls cut into smaller ones."""

from __future__ import annotations

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
    for _, group in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0]):
        run = [number for _, number in group]
        yield range(run[0], run[-1] + 1)


def _fitting(dialogue: Dialogue, run: range, limits: CallLimits) -> Iterator[tuple[int, int]]:
    """Pieces ``(start, stop)`` of ``run``, cut as late as the limits allow."""
    start, size = run.start, _Size()
    for number in run:
        grown = size.with_text(dialogue.turns[number].utterance)
        if not grown.fits(limits):
            if start == number:
                raise _too_long(dialogue, number, grown)
            yield start, number
            start, grown = number, _Size().with_text(dialogue.turns[number].utterance)
            if not grown.fits(limits):
                raise _too_long(dialogue, number, grown)
        size = grown
    yield start, run.stop


class _Size:
    """Utterances, characters and bytes of the texts of a call."""

    __slots__ = ("bytes", "characters", "utterances")

    def __init__(self, utterances: int = 0, characters: int = 0, size: int = 0) -> None:
        self.utterances, self.characters, self.bytes = utterances, characters, size

    def with_text(self, text: str) -> _Size:
        """The size with one more text."""
        return _Size(self.utterances + 1, self.characters + len(text), self.bytes + len(text.encode()))

    def fits(self, limits: CallLimits) -> bool:
        """Whether it is within ``limits``."""
        return (
            self.utterances <= limits.utterances
            and (limits.characters is None or self.characters <= limits.characters)
            and (limits.bytes is None or self.bytes <= limits.bytes)
        )


def _too_long(dialogue: Dialogue, number: int, size: _Size) -> EngineError:
    return EngineError(
        Failure.DIALOGUE,
        "too_long",
        f"turn {number} of {dialogue.split}/{dialogue.dialogue_id} has {size.characters} characters, "
        "more than a call of the engine may hold",
    )
