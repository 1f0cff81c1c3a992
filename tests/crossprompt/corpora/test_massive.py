import json

import pytest

from crossprompt.corpora.errors import LayoutError, QuarantineError, UnknownLabelError
from crossprompt.corpora.labels import intent_labels, require_known_labels
from crossprompt.corpora.massive import read_utterances
from crossprompt.corpora.utterance import UTTERANCE_FEATURES
from crossprompt.locales.languages import LocaleError


def row(number, locale="en-US", partition="train", intent="lamp_on", **changes):
    return {
        "id": str(number),
        "locale": locale,
        "partition": partition,
        "scenario": "lamp",
        "intent": intent,
        "utt": "light in the attic",
        "annot_utt": "light in the [place : attic]",
    } | changes


@pytest.fixture
def write_massive(tmp_path):
    def write(**files):
        data = tmp_path / "unpacked/1.1/data"
        data.mkdir(parents=True, exist_ok=True)
        for name, rows in files.items():
            lines = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in rows]
            (data / f"{name.replace('_', '-')}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return tmp_path / "unpacked"

    return write


def read(folder, source, locales=None, share=1.0):
    return read_utterances(folder, source, locales, share, progress=False)


def test_good_rows_are_counted_by_partition(write_massive, source):
    folder = write_massive(
        en_US=[row(0), row(1, partition="dev"), row(2, partition="test")],
        ja_JP=[row(2, "ja-JP", "test", utt="明日の朝", annot_utt="[date : 明日] の 朝")],
    )
    corpus = read(folder, source, share=0)
    assert corpus.utterances.features == UTTERANCE_FEATURES
    assert [(u["locale"], u["id"]) for u in corpus.utterances] == [
        ("en-US", "0"),
        ("en-US", "1"),
        ("en-US", "2"),
        ("ja-JP", "2"),
    ]
    assert [(c.split, c.read, c.accepted, c.turns) for c in corpus.summary.counts] == [
        ("train", 1, 1, 1),
        ("dev", 1, 1, 1),
        ("test", 2, 2, 2),
    ]


@pytest.mark.parametrize(
    ("bad", "reason", "detail"),
    [
        ("{", "not_json", "the line is no JSON"),
        ("[]", "wrong_type", "an object is expected, not list"),
        ({k: v for k, v in row(9).items() if k != "intent"}, "missing_key", "'intent' is missing"),
        (row(9, intent=3), "wrong_type", "'intent' must be a text, not int"),
        (row(9, utt=" "), "empty_utterance", "'utt' is empty"),
        (row(9, intent=""), "missing_key", "'intent' is empty"),
        (row(9, locale="fr-FR"), "wrong_locale", "'fr-FR' in the file of en-US"),
        (row(9, partition="validation"), "unknown_partition", "valid are train, dev, test"),
        (row(0), "duplicate_id", "'0' occurs earlier"),
        (row(9, annot_utt="light in the [place attic]"), "bad_annotation", "broken"),
        (row(9, annot_utt="light in the [place : cellar]"), "bad_annotation", "another text"),
    ],
)
def test_each_check_refuses_with_its_reason(write_massive, source, bad, reason, detail):
    corpus = read(write_massive(en_US=[row(0), bad, row(1)]), source)
    assert corpus.utterances["id"] == ["0", "1"]
    (refused,) = corpus.quarantine
    assert (refused["file"], refused["record_id"], refused["reason"]) == ("data/en-US.jsonl", "line 2", reason)
    assert detail in refused["detail"]
    assert sum(c.read for c in corpus.summary.counts) == 3
    assert sum(c.refused for c in corpus.summary.counts) == 1


def test_line_that_is_no_utf8(write_massive, source):
    folder = write_massive(en_US=[row(0)])
    with (folder / "1.1/data/en-US.jsonl").open("ab") as out:
        out.write(b'{"id": "\xff"}\n')
    assert read(folder, source).summary.reasons == {"not_json": 1}


def test_same_id_in_two_locales_is_fine(write_massive, source):
    corpus = read(write_massive(en_US=[row(0)], sw_KE=[row(0, "sw-KE")]), source, share=0)
    assert len(corpus.utterances) == 2


def test_too_many_refused(write_massive, source):
    folder = write_massive(en_US=[row(0), row(1), "x"])
    with pytest.raises(QuarantineError, match=r"1 of 3 records .*not_json 1.*data/en-US.jsonl, line 3"):
        read(folder, source, share=0.3)


def test_only_the_wanted_locales_in_their_order(write_massive, source):
    folder = write_massive(en_US=[row(0)], sw_KE=[row(0, "sw-KE")], da_DK=[row(0, "da-DK")])
    assert read(folder, source, ["sw-ke", "en-US"]).utterances["locale"] == ["sw-KE", "en-US"]
    assert read(folder, source).utterances["locale"] == ["da-DK", "en-US", "sw-KE"]


def test_locale_without_a_file(write_massive, source):
    folder = write_massive(en_US=[row(0)], sw_KE=[row(0, "sw-KE")])
    with pytest.raises(LayoutError, match=r"has no file data/fi-FI.jsonl .*it has en-US, sw-KE"):
        read(folder, source, ["en-US", "fi-FI"])
    with pytest.raises(LocaleError, match="'en-XX99'"):
        read(folder, source, ["en-XX99"])


def test_folder_without_the_layout(tmp_path, source):
    with pytest.raises(LayoutError, match=r"holds no data/<locale>\.jsonl"):
        read(tmp_path, source)


def test_same_locale_twice(write_massive, source):
    folder = write_massive(en_US=[row(0)])
    other = folder / "1.0/data"
    other.mkdir(parents=True)
    (other / "en-US.jsonl").write_text(json.dumps(row(0)))
    with pytest.raises(LayoutError, match="two files for en-US"):
        read(folder, source)


def test_labels_are_sorted_and_from_english_train(write_massive, source):
    rows = [row(0, intent="b"), row(1, intent="a"), row(2, intent="b", partition="test")]
    corpus = read(write_massive(en_US=rows, sw_KE=[row(2, "sw-KE", "test", "a")]), source)
    assert intent_labels(corpus.utterances) == require_known_labels(corpus.utterances) == ("a", "b")


def test_unknown_label_is_listed_with_an_example(write_massive, source):
    rows = [row(0), row(1, intent="x", partition="dev"), row(2, intent="y", partition="test")]
    corpus = read(write_massive(en_US=rows, sw_KE=[row(2, "sw-KE", "test", "y")]), source)
    with pytest.raises(UnknownLabelError) as error:
        require_known_labels(corpus.utterances)
    assert "3 utterances have an intent that en-US train never has" in str(error.value)
    assert "x (en-US dev, id 1), y (en-US test, id 2)" in str(error.value)


def test_no_english_training_utterance(write_massive, source):
    corpus = read(write_massive(sw_KE=[row(0, "sw-KE")]), source)
    with pytest.raises(LayoutError, match="no training utterance in en-US"):
        intent_labels(corpus.utterances)
