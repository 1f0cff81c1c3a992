"""What raters are shown, and what their answers come to."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal

from crossprompt.rating.settings import DrawSettings, ScreeningSettings
from crossprompt.records import Record

FORMAT_VERSION: Final = 1
"""Of the key and of the files that the raters' page writes."""


class WindowTurn(Record):
    """One turn: who speaks (``USER`` or ``SYSTEM``), the English text, its translation."""

    speaker: str
    source: str
    target: str


class Window(Record):
    """Consecutive turns of one dialogue in one locale; ``start`` is the first one's index."""

    locale: str
    split: str
    dialogue_id: str
    start: int
    turns: tuple[WindowTurn, ...]

    @property
    def name(self) -> str:
        """Split, dialogue and first turn: ``train/1_00000/4``."""
        return f"{self.split}/{self.dialogue_id}/{self.start}"


class Item(Record):
    """A window as raters see it. Its id tells them neither where it comes from nor whether it is a quiz item."""

    id: str
    window: Window
    """As it is in the corpus, also for a quiz item."""
    shown: tuple[str, ...]
    """The translations that are shown beside the window's turns."""
    shown_from: str | None = None
    """For a quiz item: the window whose translation is shown. It says something else, so its meaning must be rated
    low.
    """

    @property
    def quiz(self) -> bool:
        """Whether the item checks the rater, not the translation."""
        return self.shown_from is not None


class Key(Record):
    """All items of an export with their answers: what the raters' page leaves out, and what answers are checked by."""

    version: Literal[1] = FORMAT_VERSION
    export: str
    """Twelve hex digits, from the settings and all that is shown."""
    settings: DrawSettings
    items: tuple[Item, ...]
    """By locale, in the order in which they are shown."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales, in order."""
        return tuple(dict.fromkeys(item.window.locale for item in self.items))

    def of_locale(self, locale: str) -> tuple[Item, ...]:
        """The items of ``locale``, in order."""
        return tuple(item for item in self.items if item.window.locale == locale)


class Aspect(StrEnum):
    """What is rated: paper 001, table 1."""

    MEANING = "meaning"
    FLUENCY = "fluency"


class Reason(StrEnum):
    """Why a row of answers does not count."""

    UNKNOWN_ITEM = "unknown_item"
    INCOMPLETE = "incomplete"
    """One of the two sliders was not touched."""
    OUT_OF_RANGE = "out_of_range"
    """An answer is no number on the scale."""
    DUPLICATE = "duplicate"
    """The same rater's answer to the same item again, or one that he or she replaced later."""
    CONTRADICTORY = "contradictory"
    """Different answers of one rater to one item, and nothing says which came last: none of them counts."""
    FAILED_QUIZ = "failed_quiz"
    """The rater took wrong translations for right ones."""
    NO_QUIZ = "no_quiz"
    """The rater answered too few quiz items to be judged."""
    TOO_FEW_RATERS = "too_few_raters"
    """Too few raters of the item count."""


class RaterSummary(Record):
    """One rater in one locale, under a pseudonym: names and platform ids stay out of results."""

    pseudonym: str
    answers: int
    """To items and quiz items, after the checks of single rows."""
    quizzes: int
    quizzes_passed: int
    refused: Reason | None
    """Why none of the rater's answers counts; None: they do."""
    mean_meaning: float | None
    mean_fluency: float | None
    """Of the answers to items that are no quiz items."""


class AspectScore(Record):
    """How one aspect of one locale was rated, on the export's scale.

    An item's score is the mean of its raters' answers; means and deviations are over items.
    """

    mean: float
    std: float | None
    """Over items, with n - 1; None for a single item."""
    low: float
    high: float
    """The bootstrap interval of the mean, over items."""
    agreeing: float
    """Share of the items whose score lies above the middle of the scale."""
    alpha: float | None
    """Krippendorff's alpha, interval metric; None where it does not exist: one rater an item, or equal answers only."""
    difference: float | None
    """Mean absolute difference between two raters of one item; None with one rater an item."""


class LocaleRating(Record):
    """One locale. ``rows = kept + quiz_rows + sum of excluded``."""

    locale: str
    items: int
    """Windows to rate, without quiz items."""
    rated: int
    """Those with enough raters that count."""
    quizzes: int
    """Quiz items that were shown."""
    rows: int
    """Answers that came in for this locale's items."""
    kept: int
    quiz_rows: int
    """Answers to quiz items, of raters that count."""
    excluded: dict[Reason, int]
    """Rows that don't count, by reason; each row has one."""
    raters: tuple[RaterSummary, ...]
    meaning: AspectScore | None
    """None: no item has enough raters."""
    fluency: AspectScore | None

    @property
    def refused_raters(self) -> int:
        """Raters none of whose answers count."""
        return sum(rater.refused is not None for rater in self.raters)


class RatingResult(Record):
    """What an import of answers gives. Rows add up: those of all locales, and ``unknown_rows``."""

    export: str
    draw: DrawSettings
    screening: ScreeningSettings
    files: int
    rows: int
    unknown_rows: int
    """Answers to items that the export does not have."""
    locales: tuple[LocaleRating, ...]
    """Every locale of the export, in its order."""

    def metrics(self) -> dict[str, float]:
        """Flat numbers for a tracker, such as ``rating/meaning/sw`` and ``rating/meaning_alpha/sw``."""
        values: dict[str, float | None] = {}
        for rating in self.locales:
            values[f"rating/rated_items/{rating.locale}"] = rating.rated
            values[f"rating/kept_rows/{rating.locale}"] = rating.kept
            values[f"rating/excluded_rows/{rating.locale}"] = sum(rating.excluded.values())
            for aspect, score in ((Aspect.MEANING, rating.meaning), (Aspect.FLUENCY, rating.fluency)):
                if score is not None:
                    values[f"rating/{aspect.value}/{rating.locale}"] = score.mean
                    values[f"rating/{aspect.value}_alpha/{rating.locale}"] = score.alpha
        return {name: float(value) for name, value in values.items() if value is not None}
