"""Quiz items: a window beside the translation of another one. Who reads both rates the meaning low."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from crossprompt.rating.errors import RatingError
from crossprompt.rating.records import Window

_WORD: Final = re.compile(r"\w+")


@dataclass(frozen=True)
class _Worded:
    """A window with the distinct words of its English text, for comparison."""

    window: Window

    @cached_property
    def words(self) -> frozenset[str]:
        text = " ".join(turn.source for turn in self.window.turns)
        return frozenset(_WORD.findall(text.casefold()))

    @cached_property
    def targets(self) -> tuple[str, ...]:
        return targets_of(self.window)

    def likeness(self, other: _Worded) -> tuple[float, int]:
        """Share of the shorter text's words that both have, then the difference of their lengths: least is best."""
        shorter = min(len(self.words), len(other.words)) or 1
        return len(self.words & other.words) / shorter, abs(len(self.words) - len(other.words))


def targets_of(window: Window) -> tuple[str, ...]:
    """The translations of a window's turns."""
    return tuple(turn.target for turn in window.turns)


def pair_quizzes(rated: Sequence[Window], spare: Sequence[Window], wanted: int) -> list[tuple[Window, Window]]:
    """Choose ``wanted`` windows, each with a window whose translation is to be shown in place of its own.

    Of ``spare`` those with the most words are taken, because short turns such as thanks resemble one another. The
    other window is the one of another dialogue that shares the smallest part of its words; each is used once. It is one
    that raters don't see otherwise, if there are enough: a text met before would give the quiz item away.

    Args:
        rated: The windows that are rated.
        spare: Windows of the same locale that are not.
        wanted: How many.

    Raises:
        RatingError: There is no window of another dialogue with another translation left.
    """
    ranked = sorted(map(_Worded, spare), key=lambda worded: len(worded.words), reverse=True)
    chosen, unseen = ranked[:wanted], ranked[wanted:]
    donors = unseen if len(unseen) >= wanted else [*unseen, *map(_Worded, rated), *chosen]
    pairs = []
    for worded in chosen:
        donor = _least_alike(worded, donors)
        donors.remove(donor)
        pairs.append((worded.window, donor.window))
    return pairs


def _least_alike(worded: _Worded, donors: Iterable[_Worded]) -> _Worded:
    window = worded.window
    others = [
        donor
        for donor in donors
        if (donor.window.split, donor.window.dialogue_id) != (window.split, window.dialogue_id)
        and donor.targets != worded.targets
    ]
    if not others:
        raise RatingError(
            f"{window.locale}: no other dialogue's translation can stand beside {window.name} as a quiz item; "
            "draw from more dialogues or ask for fewer quizzes"
        )
    return min(others, key=worded.likeness)
