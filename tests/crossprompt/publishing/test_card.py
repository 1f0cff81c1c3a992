from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from crossprompt.publishing.card import write_card
from crossprompt.publishing.corpus import describe_corpus, read_rating
from crossprompt.publishing.errors import PublishingError
from crossprompt.publishing.facts import PublishedCorpus
from crossprompt.publishing.language import package
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.rating.records import AspectScore, LocaleRating, RatingResult
from crossprompt.rating.settings import DrawSettings, ScreeningSettings
from crossprompt.reports.ratings import write_ratings
from tests.crossprompt.publishing.invented import SMALL_FILES, publish, refused, rows, source, table, verdict


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> PublishedCorpus:
    place = tmp_path_factory.mktemp("card")
    return publish(place / "harbour", place / "parts")


def matter(card: str) -> dict[str, Any]:
    return dict(yaml.safe_load(card.split("---\n")[1]))


def test_the_front_matter_names_each_language_and_its_files(corpus: PublishedCorpus) -> None:
    found = matter(write_card(corpus))
    assert found["license"] == "cc-by-sa-4.0"
    assert found["language"] == ["en", "sw", "zh"]
    assert found["size_categories"] == ["n<1K"]
    assert [entry["config_name"] for entry in found["configs"]] == ["sw", "zh-TW"]
    train = found["configs"][0]["data_files"][0]
    assert train == {"split": "train", "path": [f"data/sw/train-0000{n}-of-00003.parquet" for n in range(3)]}


def test_the_card_tells_source_engines_licence_counts_and_what_was_left_out(corpus: PublishedCorpus) -> None:
    card = write_card(corpus)
    assert "40 turns of dialogue in 2 languages" in card
    assert "| `memory`" not in card
    assert f"| memory | `{'a1' * 32}` |" in card
    assert "CC BY-SA 4.0, inherited from Schema-Guided Dialogue" in card
    assert "| `sw` | Swahili | 5 | 20 | 1 | memory 15, pseudo 5 |" in card
    assert "- 2 turns failed a check and are not in the files: length 2, no markup 2." in card
    assert "- 2 dialogues, counted in each language, could not be translated whole." in card
    assert "| dialogues refused | span outside text 2 |" in card
    assert "Ratings" not in card


def test_a_failed_language_is_named_and_has_no_files(tmp_path: Path) -> None:
    bad = verdict("nl", kept=False, accepted=11)
    languages = [
        package(table(rows("sw")), refused(), verdict("sw"), tmp_path / "sw", SMALL_FILES),
        package(table(rows("nl")), refused(), bad, tmp_path / "nl", SMALL_FILES),
    ]
    corpus = describe_corpus(PublishingSettings(), source(), {"memory": "1"}, languages, [verdict("sw"), bad])
    assert not list((tmp_path / "nl").rglob("*.parquet"))
    assert [language.locale for language in corpus.languages] == ["sw"]
    assert "- `nl` was left out: 11 of 20 turns passed, 90% were demanded." in write_card(corpus)


def test_turns_that_another_engine_wrote_are_counted_if_they_passed(tmp_path: Path) -> None:
    anew = table([row | {"engine": "second"} for row in rows("sw")[:3]])
    again = refused(rows("sw")[2] | {"reasons": ["length"]})
    found = package(table(rows("sw")), again, verdict("sw"), tmp_path, SMALL_FILES, anew)
    assert (found.retranslated, found.refused, found.reasons) == (2, 1, {"length": 1})


def test_a_licence_that_the_hub_does_not_know_is_told_in_words() -> None:
    corpus = describe_corpus(PublishingSettings(), source("cod"), {}, [], [])
    found = matter(write_card(corpus))
    assert (found["license"], found["license_name"]) == ("other", "none stated by its authors")


def test_ratings_are_on_the_card_if_there_are_any(corpus: PublishedCorpus, tmp_path: Path) -> None:
    score = AspectScore(mean=0.91, std=0.1, low=0.88, high=0.94, agreeing=0.97, alpha=0.61, difference=0.1)
    rating = LocaleRating(
        locale="sw", items=100, rated=98, quizzes=10, rows=330, kept=294, quiz_rows=30, excluded={}, raters=(),
        meaning=score, fluency=score.model_copy(update={"alpha": None}),
    )  # fmt: skip
    result = RatingResult(
        export="0" * 12, draw=DrawSettings(), screening=ScreeningSettings(), files=3, rows=330, unknown_rows=0,
        locales=(rating,),
    )  # fmt: skip
    write_ratings(result, tmp_path)
    file = tmp_path / "ratings.json"
    card = write_card(corpus.model_copy(update={"rating": read_rating(str(file))}))
    assert "| `sw` | 98 | 0 | 0.91 (0.88 to 0.94) | 0.61 | 0.91 (0.88 to 0.94) | not computable |" in card
    file.write_text("{}")
    with pytest.raises(PublishingError, match=r"^publishing\.rating: .* it holds no result of an import$"):
        read_rating(str(file))
    assert read_rating(None) is None
