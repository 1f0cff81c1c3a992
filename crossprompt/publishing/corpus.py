"""All languages together: what the card says of the corpus."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from crossprompt.corpora.catalogue import find_corpus
from crossprompt.corpora.records import CorpusSummary
from crossprompt.publishing.errors import PublishingError
from crossprompt.publishing.facts import LeftOutLanguage, PublishedCorpus
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.quality.records import LocaleVerdict
from crossprompt.rating.records import RatingResult


def describe_corpus(
    settings: PublishingSettings,
    source: CorpusSummary,
    engines: Mapping[str, str],
    languages: Sequence[PublishedLanguage],
    verdicts: Iterable[LocaleVerdict],
    rating: RatingResult | None = None,
) -> PublishedCorpus:
    """The corpus's facts, by tag; where the source lay on this machine is left out.

    Args:
        settings: Name and title.
        source: What was read.
        engines: Revision by engine, in the chain's order.
        languages: All that were packaged, those that failed included.
        verdicts: On all languages.
        rating: What people said of it.
    """
    failed = {verdict.locale: verdict for verdict in verdicts if not verdict.kept}
    address = find_corpus(source.corpus).address
    return PublishedCorpus(
        name=settings.name,
        title=settings.title,
        source=source.model_copy(update={"location": address or "comes with CrossPrompt"}),
        engines=dict(engines),
        languages=tuple(sorted((one for one in languages if one.locale not in failed), key=lambda one: one.locale)),
        left_out=tuple(_left_out(failed[locale]) for locale in sorted(failed)),
        rating=rating,
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
        rows=verdict.rows,
        accepted=verdict.accepted,
        required_share=verdict.required_share,
    )
