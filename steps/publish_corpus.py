"""A corpus's end: one folder with all languages, its card and checksums, pages, MLflow, a hub. Never cached."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Annotated, Any

import mlflow
from zenml import step
from zenml.types import HTMLString

from crossprompt.corpora.records import CorpusSummary
from crossprompt.meaning.page import render_section
from crossprompt.meaning.records import LanguageMeaning, MeaningScreening
from crossprompt.meaning.settings import FloorSettings
from crossprompt.meaning.verdict import headlines, screen
from crossprompt.meaning.verdict import refuse as refuse_meaning
from crossprompt.publishing.corpus import describe_corpus, read_rating
from crossprompt.publishing.facts import CorpusOrigin, PublishedCorpus
from crossprompt.publishing.folder import publish_folder
from crossprompt.publishing.hub import push_folder
from crossprompt.publishing.records import PublishedLanguage
from crossprompt.publishing.seal import completed
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.quality.records import LocaleVerdict, ValidationSummary
from crossprompt.quality.verdict import refuse
from crossprompt.storage.atomic import write_text_atomic
from expectations.page import render_page
from infra import tracking
from infra.home import project_home
from infra.whereabouts import leave_last_words
from materializers.page import PageMaterializer
from materializers.record import RecordMaterializer
from steps.publishing import is_tracked

CORPORA = "published"
PAGES = "corpus-report"
_SMALL = ("README.md", "corpus.json", "SHA256SUMS")


@step(
    enable_cache=False,
    output_materializers={"published_corpus": RecordMaterializer, "corpus_page": PageMaterializer},
)
def publish_corpus(
    source: CorpusSummary,
    parts: list[Path],
    languages: list[PublishedLanguage],
    verdicts: list[LocaleVerdict],
    pages: list[HTMLString],
    origin: CorpusOrigin,
    failed_locale: str,
    settings: PublishingSettings,
    configuration: dict[str, Any],
    meanings: tuple[LanguageMeaning, ...] = (),
    floor: FloorSettings | None = None,
) -> tuple[Annotated[PublishedCorpus, "published_corpus"], Annotated[HTMLString, "corpus_page"]]:
    """Put the languages together in the project's home, and log counts, card and pages to the MLflow run.

    Args:
        source: What was read.
        parts: A folder of Parquet files per language.
        languages: What each of them holds.
        verdicts: On each.
        pages: Of each: what was checked.
        origin: The engines, and whether the source was a copy of the user's own.
        failed_locale: ``stop``: a failed language stops the run here; ``drop``: it is left out. So is one that the
            screening of meaning refuses.
        settings: Name, title, and where to push.
        configuration: All settings of the run.
        meanings: What the screening of each language gave.
        floor: What it demands; None: there was no screening.

    Raises:
        LocaleRefused: A language failed and the settings say stop; what was found lies in the project's home.
        MeaningRefused: The screening of meaning refuses a language and the settings say stop.
        PublishingError: The folder is another one's, or the push failed.
    """
    summary = _summary(verdicts)
    screening = None if floor is None else screen(meanings, floor)
    section = "" if screening is None else render_section(screening, meanings)
    index = _write_pages(summary, verdicts, pages, screening, section)
    if failed_locale == "stop":
        _stop_at_failed(summary, screening, str(index))
    origin = completed(origin, source.fingerprint, project_home())
    corpus = describe_corpus(settings, source, origin, languages, verdicts, read_rating(settings.rating), screening)
    folder = project_home() / CORPORA / settings.name
    publish_folder(folder, corpus, parts)
    if is_tracked("the counts are on the card and in ZenML alone"):
        _track(corpus, configuration, folder, index.parent)
    words = [
        _headline(corpus),
        *(headlines(screening) if screening else ()),
        f"The corpus: {folder}",
        f"What was checked: {index.as_uri()}",
    ]
    if settings.hub is not None:
        words.append(f"Pushed to {push_folder(folder, settings.hub)}")
    leave_last_words(words)
    return corpus, HTMLString(index.read_text(encoding="utf-8"))


def _summary(verdicts: list[LocaleVerdict]) -> ValidationSummary:
    ordered = tuple(sorted(verdicts, key=lambda verdict: verdict.locale))
    return ValidationSummary(locales=ordered, dropped=tuple(v.locale for v in ordered if not v.kept))


def _stop_at_failed(summary: ValidationSummary, screening: MeaningScreening | None, page: str) -> None:
    if summary.dropped:
        raise refuse(summary, page)
    if screening is not None and screening.refused:
        raise refuse_meaning(screening, page)


def _write_pages(
    summary: ValidationSummary,
    verdicts: list[LocaleVerdict],
    pages: list[HTMLString],
    screening: MeaningScreening | None,
    section: str,
) -> Path:
    """The summary page, which links the languages' own; its path."""
    folder = project_home() / PAGES
    shutil.rmtree(folder, ignore_errors=True)
    addresses = {verdict.locale: f"languages/{verdict.locale}.html" for verdict in verdicts}
    for verdict, page in zip(verdicts, pages, strict=True):
        write_text_atomic(folder / addresses[verdict.locale], page)
    index = folder / "index.html"
    left_out = () if screening is None else tuple(verdict.locale for verdict in screening.refused)
    text = render_page(summary, addresses, "are published", whole=True, left_out=left_out, section=section)
    write_text_atomic(index, text)
    return index


def _track(corpus: PublishedCorpus, configuration: dict[str, Any], folder: Path, pages: Path) -> None:
    tracking.log_parameters(configuration)
    tracking.log_corpus(corpus)
    for name in _SMALL:
        mlflow.log_artifact(str(folder / name), "corpus")
    tracking.log_files(pages, "validation")


def _headline(corpus: PublishedCorpus) -> str:
    rows = sum(language.rows for language in corpus.languages)
    refused = sum(language.refused for language in corpus.languages)
    left = f", {len(corpus.left_out)} languages left out" if corpus.left_out else ""
    return f"{rows:,} turns in {len(corpus.languages)} languages are published; {refused:,} were refused{left}."
