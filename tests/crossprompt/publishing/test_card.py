from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from crossprompt.publishing.card import write_card
from crossprompt.publishing.corpus import describe_corpus, read_rating
from crossprompt.publishing.errors import PublishingError
from crossprompt.publishing.facts import CorpusOrigin, PublishedCorpus
from crossprompt.publishing.language import package
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.reports.ratings import write_ratings
from tests.crossprompt.publishing.invented import (
    ORIGIN,
    SMALL_FILES,
    publish,
    rating,
    refused,
    rows,
    source,
    table,
    verdict,
)


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
    head = "| engine | what it is | settings | published turns | revision: SHA-256 of model and settings |"
    assert head in card
    assert f"| memory | a translation memory | none | 30 | `{'a1' * 32}` |" in card
    assert f"| pseudo |  | protect slots True, expansion 0.5 | 10 | `{'b2' * 32}` |" in card
    assert "| configuration | language | dialogues | turns | refused | turns by engine |" in card
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
    corpus = describe_corpus(PublishingSettings(), source(), ORIGIN, languages, [verdict("sw"), bad])
    assert not list((tmp_path / "nl").rglob("*.parquet"))
    assert [language.locale for language in corpus.languages] == ["sw"]
    assert "- `nl` was left out: 11 of 20 turns passed, 90% were demanded." in write_card(corpus)


def test_turns_that_another_engine_wrote_are_counted_if_they_passed(tmp_path: Path) -> None:
    anew = table([row | {"engine": "second"} for row in rows("sw")[:3]])
    again = refused(rows("sw")[2] | {"reasons": ["length"]})
    found = package(table(rows("sw")), again, verdict("sw"), tmp_path, SMALL_FILES, anew)
    assert (found.retranslated, found.refused, found.reasons) == (2, 1, {"length": 1})


def test_a_licence_that_the_hub_does_not_know_is_told_in_words() -> None:
    corpus = describe_corpus(PublishingSettings(), source("cod"), CorpusOrigin(engines=()), [], [])
    found = matter(write_card(corpus))
    assert (found["license"], found["license_name"]) == ("other", "none stated by its authors")


def test_nobody_is_sent_to_the_public_address_for_a_copy_of_the_users_own() -> None:
    def card(*, own_copy: bool) -> str:
        origin = CorpusOrigin(engines=(), own_copy=own_copy)
        return write_card(describe_corpus(PublishingSettings(), source(), origin, [], []))

    assert "| files of the source | https://github.com/" in card(own_copy=False)
    assert "| files of the source | a copy that the settings named, not the public one |" in card(own_copy=True)
    assert "github.com" not in card(own_copy=True)
    assert "/somebody/at/home" not in card(own_copy=True)


@pytest.mark.parametrize(
    ("engine", "creators"),
    [("memory", ["found"]), ("pseudo", ["machine-generated"]), (None, ["found", "machine-generated"])],
)
def test_texts_that_were_looked_up_are_no_machines(engine: str | None, creators: list[str], tmp_path: Path) -> None:
    given = table(rows("sw", **({"engine": engine} if engine else {})))
    languages = [package(given, refused(), verdict("sw"), tmp_path, SMALL_FILES)]
    corpus = describe_corpus(PublishingSettings(), source(), ORIGIN, languages, [verdict("sw")])
    assert matter(write_card(corpus))["language_creators"] == creators


def test_a_language_that_was_lost_whole_is_told_with_what_was_wanted_of_it() -> None:
    lost = verdict("nl", kept=False, rows=0, accepted=0).model_copy(update={"absent_turns": 20})
    corpus = describe_corpus(PublishingSettings(), source(), ORIGIN, [], [lost])
    assert "- `nl` was left out: 0 of 20 turns passed, 90% were demanded." in write_card(corpus)


def test_ratings_are_on_the_card_if_there_are_any(corpus: PublishedCorpus, tmp_path: Path) -> None:
    write_ratings(rating(), tmp_path)
    file = tmp_path / "ratings.json"
    card = write_card(corpus.model_copy(update={"rating": read_rating(str(file))}))
    assert "| `sw` | 98 | 0 | 0.91 (0.88 to 0.94) | 0.61 | 0.91 (0.88 to 0.94) | not computable |" in card
    file.write_text("{}")
    with pytest.raises(PublishingError, match=r"^publishing\.rating: .* it holds no result of an import$"):
        read_rating(str(file))
    assert read_rating(None) is None
