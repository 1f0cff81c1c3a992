"""Invented dialogues with translations for raters, and raters with opinions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from random import Random

from crossprompt.rating.answers import Answer
from crossprompt.rating.export import draw_key
from crossprompt.rating.records import Item, Key
from crossprompt.rating.rows import Row
from crossprompt.rating.settings import DrawSettings

_WORDS = "boat table train garden winter lamp market bridge violin harbour pepper ladder ticket museum forest kettle"
_PLACES = "Osby Tarn Velde Quill Marsh Ostra Pinewick Lund Harrow Callow Brae Dunmore"


def make_rows(locale: str = "sw", dialogues: int = 40, turns: int = 8) -> Iterator[Row]:
    """Rows of invented dialogues; a translation names its locale and its turn, so that it can be told from others."""
    for number in range(dialogues):
        random = Random(number)
        for turn in range(turns):
            words = " ".join(random.sample(_WORDS.split(), 5))
            yield Row(
                locale=locale,
                split="train",
                dialogue_id=f"1_{number:05d}",
                turn=turn,
                speaker="SYSTEM" if turn % 2 else "USER",
                source=f"The {words} near {random.choice(_PLACES.split())}, please, number {turn}.",
                target=f"{locale} {number}.{turn} {words[::-1]}",
            )


def make_key(*locales: str, windows: int = 12, quizzes: int = 4, turns: int = 2, seed: int = 0) -> Key:
    """An export of invented windows."""
    rows = [row for locale in locales or ("sw",) for row in make_rows(locale)]
    return draw_key(rows, DrawSettings(windows=windows, quizzes=quizzes, turns=turns, seed=seed))


def answer(item: Item | str, rater: str, meaning: float | None, fluency: float | None, rated_at: str = "") -> Answer:
    """One row of answers."""
    return Answer(item if isinstance(item, str) else item.id, rater, meaning, fluency, rated_at)


def honest(key: Key, rater: str, meaning: Callable[[Item], float] = lambda item: 0.9) -> list[Answer]:
    """A rater who sees through every quiz item and rates all items."""
    return [answer(item, rater, 0.1 if item.quiz else meaning(item), 0.8) for item in key.items]
