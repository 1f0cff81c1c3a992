"""The last step of a corpus, called as a function: what becomes of a language that failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from zenml.types import HTMLString

from crossprompt.publishing.checksums import verify_folder
from crossprompt.publishing.facts import PublishedCorpus
from crossprompt.publishing.language import package
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.quality.verdict import LocaleRefused
from infra.tracking import corpus_metrics
from steps.publish_corpus import publish_corpus
from tests.crossprompt.publishing.invented import ORIGIN, SMALL_FILES, rating, refused, rows, source, table, verdict
from tests.crossprompt.publishing.invented import publish as published


def publish(folder: Path, failed_locale: str, name: str) -> PublishedCorpus:
    verdicts = [verdict("sw"), verdict("nl", kept=False, accepted=11)]
    languages = [package(table(rows(one.locale)), refused(), one, folder / one.locale, SMALL_FILES) for one in verdicts]
    found: Any = publish_corpus.entrypoint(
        source=source(),
        parts=[folder / one.locale for one in verdicts],
        languages=languages,
        verdicts=verdicts,
        pages=[HTMLString(f"<p>Checks of {one.locale}</p>") for one in verdicts],
        origin=ORIGIN,
        failed_locale=failed_locale,
        settings=PublishingSettings(name=name),
        configuration={},
    )
    corpus: PublishedCorpus = found[0]
    return corpus


def test_a_failed_language_stops_the_run_before_anything_is_published(
    zenml_stack: str, private_home: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        LocaleRefused, match=r"1 of 2 languages failed .*nl: 55\.0 % of 20 rows accepted, 90 % required"
    ):
        publish(tmp_path, "stop", "stopped")
    assert not (private_home / "published" / "stopped").exists()
    page = (private_home / "corpus-report" / "index.html").read_text(encoding="utf-8")
    assert 'href="languages/nl.html"' in page
    assert "Checks of nl" in (private_home / "corpus-report" / "languages" / "nl.html").read_text(encoding="utf-8")


def test_a_failed_language_can_be_left_out(zenml_stack: str, private_home: Path, tmp_path: Path) -> None:
    corpus = publish(tmp_path, "drop", "dropped")
    assert [left.locale for left in corpus.left_out] == ["nl"]
    assert [language.locale for language in corpus.languages] == ["sw"]
    verify_folder(private_home / "published" / "dropped")
    assert not (private_home / "published" / "dropped" / "data" / "nl").exists()


def test_the_counts_of_a_corpus_are_metrics(tmp_path: Path) -> None:
    found = corpus_metrics(published(tmp_path / "harbour", tmp_path / "parts"))
    assert found == {
        **{"languages": 2, "left_out": 0, "published": 40, "refused": 2, "retranslated": 0},
        **{"published/sw": 20, "refused/sw": 1, "retranslated/sw": 0},
        **{"published/zh-TW": 20, "refused/zh-TW": 1, "retranslated/zh-TW": 0},
    }


def test_what_raters_said_is_among_the_metrics(tmp_path: Path) -> None:
    corpus = published(tmp_path / "harbour", tmp_path / "parts")
    found = corpus_metrics(corpus.model_copy(update={"rating": rating()}))
    assert {name: value for name, value in found.items() if name.startswith("rating/")} == {
        **{"rating/meaning/sw": 0.91, "rating/meaning_alpha/sw": 0.61, "rating/fluency/sw": 0.91},
        **{"rating/rated_items/sw": 98, "rating/kept_rows/sw": 294, "rating/excluded_rows/sw": 0},
    }
    assert found.items() >= corpus_metrics(corpus).items()
