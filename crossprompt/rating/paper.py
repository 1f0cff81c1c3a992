"""What the paper's raters said of XSGD: paper 001, table 1, as printed."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

from crossprompt.locales.languages import same_language


class PaperRating(NamedTuple):
    """Percent. The paper does not say whether it is the mean on the scale or the share of items that raters accept."""

    fluency: int
    meaning: int


TABLE_1: Final[Mapping[str, PaperRating]] = {
    "id": PaperRating(99, 98),
    "sw": PaperRating(100, 100),
    "km": PaperRating(94, 99),
    "ur": PaperRating(97, 100),
    "haw": PaperRating(95, 99),
    "yo": PaperRating(98, 100),
}


def paper_rating(locale: str) -> PaperRating | None:
    """The paper's numbers for the written language of ``locale``, if it has any."""
    return next((rating for tag, rating in TABLE_1.items() if same_language(tag, locale)), None)
