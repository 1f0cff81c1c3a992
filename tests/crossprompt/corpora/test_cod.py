import json

import pytest

from crossprompt.corpora.cod import find_language_files, read_language
from crossprompt.corpora.errors import LayoutError, QuarantineError
from crossprompt.locales.languages import LocaleError


@pytest.fixture
def cod(tmp_path, raw_dialogue):
    folder = tmp_path / "unpacked/COD-main"
    folder.mkdir(parents=True)
    for language, text in {"en": "A bike in Graz please", "sw": "Baiskeli mjini Graz tafadhali"}.items():
        for split in ("dev", "test"):
            dialogues = [raw_dialogue("1"), raw_dialogue("2")]
            for dialogue in dialogues:
                dialogue["turns"][0]["utterance"] = text
                dialogue["turns"][0]["frames"][0]["slots"][0].update(
                    start=text.index("Graz"), exclusive_end=text.index("Graz") + 4
                )
            (folder / f"{language}_{split}.json").write_text(json.dumps(dialogues), encoding="utf-8")
    (folder / "package_test.json").write_text("{}")
    return folder.parent


def test_languages_are_those_of_the_files(cod):
    assert {language: sorted(files) for language, files in find_language_files(cod).items()} == {
        "en": ["dev", "test"],
        "sw": ["dev", "test"],
    }


@pytest.mark.parametrize("language", ["sw", "sw-KE"])
def test_a_language_by_code_or_locale(cod, source, language):
    corpus = read_language(cod, source, language, progress=False)
    assert [(c.split, c.read, c.accepted, c.turns) for c in corpus.summary.counts] == [
        ("dev", 2, 2, 4),
        ("test", 2, 2, 4),
    ]
    assert corpus.dialogues[0]["turns"][0]["utterance"].startswith("Baiskeli")


def test_only_the_wanted_splits(cod, source):
    assert set(read_language(cod, source, "en", ["dev"], progress=False).dialogues["split"]) == {"dev"}
    with pytest.raises(LayoutError, match="no train split in en; it has dev, test"):
        read_language(cod, source, "en", ["train"], progress=False)


def test_language_that_is_absent(cod, source):
    with pytest.raises(LocaleError, match="'fi-FI' is not there; there are en, sw"):
        read_language(cod, source, "fi-FI", progress=False)


def test_bad_span_and_unlisted_service_are_refused_values_are_not_looked_up(cod, source, raw_dialogue):
    span, service, values = raw_dialogue("span"), raw_dialogue("service"), raw_dialogue("values")
    span["turns"][0]["frames"][0]["slots"][0]["exclusive_end"] = 99
    service["turns"][1]["frames"][0]["service"] = "Cars_1"
    values["turns"][0]["frames"][0]["state"]["slot_values"] = {"wilaya": ["Temeke"]}
    (cod / "COD-main/sw_dev.json").write_text(json.dumps([span, service, values]))
    corpus = read_language(cod, source, "sw", ["dev"], 1.0, progress=False)
    assert {row["record_id"]: row["reason"] for row in corpus.quarantine} == {
        "span": "span_outside",
        "service": "unlisted_service",
    }
    with pytest.raises(QuarantineError, match=r"sgd \(sw\): 2 of 3 records"):
        read_language(cod, source, "sw", ["dev"], progress=False)


def test_folder_without_the_layout(tmp_path):
    with pytest.raises(LayoutError, match="COD's layout"):
        find_language_files(tmp_path)
