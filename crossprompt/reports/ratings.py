"""What raters said of the translations: a section for any report, a page of its own, a table and a JSON record."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markupsafe import Markup

from crossprompt.locales.languages import Locale, describe_locale
from crossprompt.rating.paper import PaperRating, paper_rating
from crossprompt.rating.records import Aspect, LocaleRating, RatingResult, Reason
from crossprompt.reports.files import as_json
from crossprompt.reports.table import Table, make_table
from crossprompt.reports.templates import environment, own_file
from crossprompt.storage.atomic import write_text_atomic

PAGE, DATA, TABLE = "ratings.html", "ratings.json", "ratings.csv"
REASONS: Final[dict[Reason, str]] = {
    Reason.UNKNOWN_ITEM: "of no item in the export",
    Reason.INCOMPLETE: "one slider not touched",
    Reason.OUT_OF_RANGE: "no number on the scale",
    Reason.DUPLICATE: "given twice, or replaced later",
    Reason.CONTRADICTORY: "two different answers, no telling which came last",
    Reason.FAILED_QUIZ: "of raters who failed the quiz",
    Reason.NO_QUIZ: "of raters without quiz items",
    Reason.TOO_FEW_RATERS: "of items with too few raters",
}
_SCORE_FIELDS: Final = ("mean", "std", "low", "high", "agreeing", "alpha", "difference")
_COUNT_FIELDS: Final = ("items", "rated", "quizzes", "rows", "kept", "quiz_rows")


@dataclass(frozen=True, slots=True)
class RatedLocale:
    """A row of the section's table."""

    rating: LocaleRating
    known: Locale
    paper: PaperRating | None


def ratings_section(result: RatingResult) -> Markup:
    """The ratings as a ``<section id="ratings">`` in the reports' styles, for a page to include as it is."""
    rows = [RatedLocale(one, describe_locale(one.locale), paper_rating(one.locale)) for one in result.locales]
    used = [reason for reason in Reason if any(one.excluded.get(reason) for one in result.locales)]
    text = environment().get_template("ratings.html").render(result=result, rows=rows, reasons=REASONS, used=used)
    return Markup(text)


def ratings_table(result: RatingResult) -> Table:
    """One row per locale with all counts and scores, in full precision."""
    columns = [
        "locale",
        *_COUNT_FIELDS,
        *(f"excluded_{reason.value}" for reason in Reason if reason is not Reason.UNKNOWN_ITEM),
        *("raters", "raters_refused"),
        *(f"{aspect.value}_{name}" for aspect in Aspect for name in _SCORE_FIELDS),
    ]
    return make_table(columns, (_cells(rating) for rating in result.locales))


def write_ratings(result: RatingResult, folder: Path) -> Path:
    """Write ``ratings.json``, ``ratings.csv`` and ``ratings.html`` under ``folder``, each in one step.

    Returns:
        The path of the page.
    """
    section = ratings_section(result)
    page = (
        environment()
        .get_template("ratings_page.html")
        .render(title="Ratings of translations", section=section, style=own_file("report.css"))
    )
    write_text_atomic(folder / DATA, as_json(result.model_dump(mode="json")))
    write_text_atomic(folder / TABLE, ratings_table(result).to_csv())
    write_text_atomic(folder / PAGE, page)
    return folder / PAGE


def _cells(rating: LocaleRating) -> list[object]:
    scores = (rating.meaning, rating.fluency)
    return [
        rating.locale,
        *(getattr(rating, name) for name in _COUNT_FIELDS),
        *(rating.excluded.get(reason, 0) for reason in Reason if reason is not Reason.UNKNOWN_ITEM),
        *(len(rating.raters), rating.refused_raters),
        *(getattr(score, name) if score else None for score in scores for name in _SCORE_FIELDS),
    ]
