"""All languages together: what the card says of the corpus."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from crossprompt.corpora.catalogue import find_corpus
from crossprompt.corpora.records import CorpusSummary
from crossprompt.meaning.records import MeaningScreening
from crossprompt.publishing.errors import PublishingError
from crossprompt.publishing.facts import CorpusOrigin, LeftOutLanguage, PublishedCorpus
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.quality.records import LocaleVerdict
from crossprompt.rating.records import RatingResult

_OWN_COPY: Final = "a copy that the settings named, not the public one"


def describe_corpus(
    settings: PublishingSettings,
    source: CorpusSummary,
    origin: CorpusOrigin,
    languages: Sequence[PublishedLanguage],
    verdicts: Iterable[LocaleVerdict],
    rating: RatingResult | None = None,
    meaning: MeaningScreening | None = None,
) -> PublishedCorpus:
    """The corpus's facts, by tag; where the source lay on this machine is left out.

    Args:
        settings: Name and title.
        source: What was read.
        origin: The engines, and whether the source was a copy of the user's own, which nobody else is sent to.
        languages: All that were packaged, those that failed included.
        verdicts: On all languages.
        rating: What people said of it.
        meaning: What the screening said; languages that it refused are left out.
    """
    refused = {verdict.locale for verdict in meaning.refused} if meaning else set()
    failed = {verdict.locale: verdict for verdict in verdicts if not verdict.kept or verdict.locale in refused}
    public = find_corpus(source.corpus).address or "comes with CrossPrompt"
    return PublishedCorpus(
        name=settings.name,
        title=settings.title,
        source=source.model_copy(update={"location": _OWN_COPY if origin.own_copy else public}),
        seal=origin.seal,
        engines=origin.engines,
        languages=tuple(sorted((one for one in languages if one.locale not in failed), key=lambda one: one.locale)),
        left_out=tuple(_left_out(failed[locale]) for locale in sorted(failed)),
        rating=rating,
        meaning=meaning,
    )


def read_rating(file: str | None) -> RatingResult | None:
    """The ratings that ``crossprompt rate import`` wrote; None where no file is named.

    Raises:
        PublishingError: There is no such file, or it holds something else.
    """
    if file is None:
        return None
    try:
        return RatingResult.model_validate_json(Path(file).expanduser().read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it holds no result of an import"
        raise PublishingError(f"publishing.rating: {file} can't be read as ratings: {reason}") from None


def _left_out(verdict: LocaleVerdict) -> LeftOutLanguage:
    return LeftOutLanguage(
        locale=verdict.locale,
        rows=verdict.wanted,
        accepted=verdict.accepted,
        required_share=verdict.required_share,
        for_meaning=verdict.kept,
    )
