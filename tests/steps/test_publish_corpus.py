"""The last step of a corpus, called as a function: what becomes of a language that failed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from zenml.types import HTMLString

from crossprompt.meaning.records import LanguageMeaning
from crossprompt.meaning.settings import FloorSettings
from crossprompt.meaning.verdict import MeaningRefused
from crossprompt.publishing.checksums import verify_folder
from crossprompt.publishing.facts import PublishedCorpus
from crossprompt.publishing.language import package
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.quality.records import LocaleVerdict
from crossprompt.quality.verdict import LocaleRefused
from infra.tracking import corpus_metrics
from steps.publish_corpus import publish_corpus
from tests.crossprompt.meaning.made_up import language
from tests.crossprompt.publishing.invented import ORIGIN, SMALL_FILES, rating, refused, rows, source, table, verdict
from tests.crossprompt.publishing.invented import publish as published

FAILED = (verdict("sw"), verdict("nl", kept=False, accepted=11))
KEPT = (verdict("sw"), verdict("nl"))


def publish(
    folder: Path, failed_locale: str, name: str, verdicts: tuple[LocaleVerdict, ...] = FAILED, **more: Any
) -> PublishedCorpus:
    languages = [package(table(rows(one.locale)), refused(), one, folder / one.locale, SMALL_FILES) for one in verdicts]
    found: Any = publish_corpus.entrypoint(
        source=source(),
        parts=[folder / one.locale for one in verdicts],
        languages=languages,
        verdicts=list(verdicts),
        pages=[HTMLString(f"<p>Checks of {one.locale}</p>") for one in verdicts],
        origin=ORIGIN,
        failed_locale=failed_locale,
        settings=PublishingSettings(name=name),
        configuration={},
        **more,
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


def screened(below: str, *unmeasured: str) -> dict[str, Any]:
    """The Swahili is found, the Dutch hardly."""
    meanings = [language("sw", 80.0, 70.0), language("nl", 12.0, 14.0)]
    return {
        "meanings": [
            LanguageMeaning(locale=one.locale, score=None) if one.locale in unmeasured else one for one in meanings
        ],
        "floor": FloorSettings.parse({"share": 0.4, "below": below}, "meaning.floor"),
    }


def report(private_home: Path) -> str:
    return (private_home / "corpus-report" / "index.html").read_text(encoding="utf-8")


def test_a_language_under_the_floor_of_meaning_is_published_with_a_warning(
    zenml_stack: str, private_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    words: list[str] = []
    monkeypatch.setattr("steps.publish_corpus.leave_last_words", words.extend)
    corpus = publish(tmp_path, "stop", "warned", KEPT, **screened("warn"))
    assert [one.locale for one in corpus.languages] == ["nl", "sw"]
    assert corpus.left_out == ()
    card = (private_home / "published" / "warned" / "README.md").read_text(encoding="utf-8")
    assert "| `nl` | 200 | 12.0 % (7.0 to 17.0) | 14.0 % (9.0 to 19.0) | 0.750 | 0.500 |" in card
    assert "- `nl` is under its floor: 12.0 % found, 40 % demanded; it is published all the same." in card
    assert "this backbone hardly knows the language" in card
    assert "under the floor" in report(private_home)
    assert "left out" not in report(private_home)
    (warning,) = (word for word in words if "floor" in word)
    assert warning.startswith("Warning, under the floor of meaning: nl: 12.0 % (7.0 to 17.0) of 200 turns found, 40 %")
    found = corpus_metrics(corpus)
    assert (found["meaning/below_floor"], found["meaning/to_english/nl"], found["published/nl"]) == (1, 12.0, 20)


def test_a_language_that_the_screening_refuses_stops_the_run(
    zenml_stack: str, private_home: Path, tmp_path: Path
) -> None:
    with pytest.raises(
        MeaningRefused, match=r"1 of 2 languages .* nl: 12\.0 % .*index\.html.*validation\.failed_locale"
    ):
        publish(tmp_path, "stop", "refused", KEPT, **screened("refuse"))
    assert not (private_home / "published" / "refused").exists()
    assert "left out for their meaning: nl" in report(private_home)


def test_a_language_that_the_screening_refuses_can_be_left_out(
    zenml_stack: str, private_home: Path, tmp_path: Path
) -> None:
    corpus = publish(tmp_path, "drop", "thinner", KEPT, **screened("refuse"))
    assert [one.locale for one in corpus.languages] == ["sw"]
    assert [(left.locale, left.for_meaning) for left in corpus.left_out] == [("nl", True)]
    folder = private_home / "published" / "thinner"
    verify_folder(folder)
    assert not (folder / "data" / "nl").exists()
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "- `nl` was left out: too few of its drawn turns were found in the screening of meaning." in card
    assert "20 of 40 rows in 2 languages are published; left out for their meaning: nl." in report(private_home)
    assert corpus_metrics(corpus)["left_out"] == 1


def test_a_language_that_failed_the_checks_is_told_as_such(
    zenml_stack: str, private_home: Path, tmp_path: Path
) -> None:
    corpus = publish(tmp_path, "drop", "both", **screened("refuse", "nl"))
    assert [(left.locale, left.for_meaning) for left in corpus.left_out] == [("nl", False)]
    assert "Not screened, as they had failed the checks: nl." in report(private_home)


def test_without_a_screening_nothing_is_said_of_one(zenml_stack: str, private_home: Path, tmp_path: Path) -> None:
    corpus = publish(tmp_path, "drop", "plain", KEPT)
    card = (private_home / "published" / "plain" / "README.md").read_text(encoding="utf-8")
    for text in (card, report(private_home)):
        assert "screening" not in text
    assert not any(name.startswith("meaning") for name in corpus_metrics(corpus))
