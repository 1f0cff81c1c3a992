"""From the numbers of all languages to what is said of them."""

from __future__ import annotations

from collections.abc import Iterable

from crossprompt.meaning.records import Instrument, LanguageMeaning, MeaningScreening, MeaningVerdict
from crossprompt.meaning.settings import FloorSettings
from crossprompt.retrieval.records import RetrievalScore


class MeaningRefused(ValueError):  # noqa: N818 - what happened, as LocaleRefused says it of the checks
    """Languages fell under their floor, and the settings refuse such ones; the message names them."""


def screen(languages: Iterable[LanguageMeaning], floor: FloorSettings) -> MeaningScreening:
    """Hold each language that was measured against its floor."""
    found = [_judge(language, floor) for language in languages]
    return MeaningScreening(
        languages=tuple(sorted((one for one in found if one is not None), key=lambda one: one.locale))
    )


def _judge(language: LanguageMeaning, floor: FloorSettings) -> MeaningVerdict | None:
    if language.score is None:
        return None
    share = floor.share_for(language.locale)
    required = None if share is None else 100 * share
    verdict = MeaningVerdict(locale=language.locale, score=language.score, required=required)
    return verdict.model_copy(update={"refused": verdict.below and floor.below == "refuse"})


def describe_low(verdict: MeaningVerdict) -> str:
    """One clause about a language under its floor."""
    found = describe_share(verdict.score.found)
    return f"{verdict.locale}: {found} of {verdict.score.turns} turns found, {verdict.required:.0f} % demanded"


def describe_share(score: RetrievalScore) -> str:
    """Such as ``61.5 % (55.1 to 67.9)``."""
    return f"{score.accuracy:.1f} % ({score.low:.1f} to {score.high:.1f})"


def describe_instrument(instrument: Instrument) -> str:
    """Such as ``the backbone mini under an aligned prompt of 16 positions (start-last)``."""
    prompt = (
        "without a prompt"
        if instrument.prompt_length is None
        else f"under an aligned prompt of {instrument.prompt_length} positions"
    )
    return f"the backbone {instrument.backbone} {prompt} ({instrument.pooling})"


def refuse(screening: MeaningScreening, page: str) -> MeaningRefused:
    """The error for the languages that ``screening`` refuses; ``page`` is where people can read examples."""
    refused = screening.refused
    return MeaningRefused(
        f"{len(refused)} of {len(screening.languages)} languages are under the floor of the screening of meaning: "
        + "; ".join(map(describe_low, refused))
        + f"; read the examples on {page}. Mend the translations, lower meaning.floor.share, set meaning.floor.below "
        "to warn, or validation.failed_locale to drop"
    )


def headlines(screening: MeaningScreening) -> list[str]:
    """What a terminal shows: the language that is found least, and those under their floor."""
    if not screening.languages:
        return []
    least = min(screening.languages, key=lambda verdict: verdict.score.found.accuracy)
    count = len(screening.languages)
    found = describe_share(least.score.found)
    words = [
        f"Meaning was screened in {count} {'language' if count == 1 else 'languages'}; least in {least.locale}: "
        f"{found} of {least.score.turns} turns found."
    ]
    return words + [
        f"{'Left out' if verdict.refused else 'Warning'}, under the floor of meaning: {describe_low(verdict)}"
        for verdict in screening.below
    ]
