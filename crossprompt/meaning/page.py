"""The screening as a part of the page of checks, in that page's style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from jinja2 import Template

from crossprompt.locales.languages import Locale, describe_locale
from crossprompt.meaning.records import (
    LanguageMeaning,
    MeaningScore,
    MeaningScreening,
    MeaningVerdict,
    TurnMeaning,
)
from crossprompt.meaning.verdict import describe_instrument, describe_share
from crossprompt.pages.templates import page_environment, spaced


@dataclass(frozen=True, slots=True)
class MeaningLine:
    """A language as the page shows it."""

    verdict: MeaningVerdict
    score: MeaningScore
    locale: Locale
    examples: tuple[TurnMeaning, ...]


def render_section(screening: MeaningScreening, languages: Sequence[LanguageMeaning]) -> str:
    """A ``<section>`` of HTML with numbers and examples; empty where nothing was measured.

    Args:
        screening: The verdicts.
        languages: What the languages' steps gave, in any order.
    """
    if not screening.languages:
        return ""
    examples = {language.locale: language.examples for language in languages}
    instrument = screening.languages[0].score.instrument
    return _template().render(
        instrument=describe_instrument(instrument),
        with_prompt=instrument.prompt_length is not None,
        unmeasured=sorted(language.locale for language in languages if language.score is None),
        lines=[
            MeaningLine(verdict, verdict.score, describe_locale(verdict.locale), examples[verdict.locale])
            for verdict in screening.languages
        ],
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = page_environment(Path(__file__).parent)
    environment.filters["count"] = spaced
    environment.filters["share"] = describe_share
    return environment.get_template("section.html")
