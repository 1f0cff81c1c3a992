"""XNLI in both of its layouts, its few-shot splits, and what is refused."""

from __future__ import annotations

import json

import pytest

from crossprompt.corpora.errors import LayoutError, QuarantineError
from crossprompt.corpora.settings import NliCorpusSettings, SourceSettings
from crossprompt.corpora.xnli import NLI_LABELS, find_few_shot_files, ingest_xnli, read_xnli
from crossprompt.locales.languages import LocaleError

COLUMNS = ("language", "gold_label", "parse", "sentence1", "sentence2", "pairID")


@pytest.fixture
def by_language(tmp_path):
    for language in ("en", "sw"):
        for split in ("dev", "test"):
            lines = [f"Premise {i} in {language}.\tClaim {i}.\t{label}" for i, label in enumerate(NLI_LABELS)]
            (tmp_path / f"{split}-{language}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return tmp_path


@pytest.fixture
def published(tmp_path):
    for split in ("dev", "test"):
        rows = [
            (language, label, "(tree)", f"Premise {i} in {language}.", f"Claim {i}.", str(100 + i))
            for language in ("en", "sw")
            for i, label in enumerate(NLI_LABELS)
        ]
        lines = "\n".join("\t".join(row) for row in (COLUMNS, *rows))
        (tmp_path / f"xnli.{split}.tsv").write_text(lines + "\n", encoding="utf-8")
    return tmp_path


def read(folder, source, languages=None, share=0.0):
    return read_xnli(folder, source, languages, share, progress=False)


def test_lines_are_parallel_by_their_number(by_language, source):
    corpus = read(by_language, source, ["sw"])
    assert set(corpus.pairs["locale"]) == {"sw"}
    assert corpus.pairs[1] == {
        "locale": "sw",
        "split": "dev",
        "shots": 0,
        "id": "2",
        "premise": "Premise 1 in sw.",
        "hypothesis": "Claim 1.",
        "label": "entailment",
    }


def test_both_layouts_give_the_same_but_for_ids(by_language, published, source):
    def rows(folder):
        return [{k: v for k, v in row.items() if k != "id"} for row in read(folder, source).pairs]

    whole = rows(published)
    for file in published.glob("xnli.*"):
        file.unlink()
    order = lambda row: (row["locale"], row["split"], row["label"])  # noqa: E731 - a key, used twice
    assert sorted(whole, key=order) == sorted(rows(by_language), key=order)


def test_published_ids_join_languages(published, source):
    pairs = read(published, source).pairs
    assert set(pairs["id"]) == {"100", "101", "102"}
    assert len(pairs) == 2 * 2 * 3


def test_few_shot_splits_by_number(by_language, source):
    folder = by_language / "few_shot_en"
    folder.mkdir()
    for split, key in (("train", "file_idx"), ("dev", "pairID")):
        for shots in (16, 2):
            line = {"sentence1": " A. ", "sentence2": "B.", "gold": "neutral", key: 77}
            (folder / f"{split}_split-{shots}.jsonl").write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert [(split, shots) for _, split, shots in find_few_shot_files(by_language)] == [
        ("train", 2),
        ("train", 16),
        ("dev", 2),
        ("dev", 16),
    ]
    few = [row for row in read(by_language, source).pairs if row["shots"]]
    assert [(row["split"], row["shots"], row["id"], row["premise"]) for row in few] == [
        ("train", 2, "77", "A."),
        ("train", 16, "77", "A."),
        ("dev", 2, "77", "A."),
        ("dev", 16, "77", "A."),
    ]


BAD = {
    "bad_row": "Only one field",
    "unknown_label": "A.\tB.\tperhaps",
    "empty_utterance": "A.\t\tneutral",
}


@pytest.mark.parametrize("reason", BAD)
def test_bad_lines_go_to_quarantine(by_language, source, reason):
    file = by_language / "dev-en.tsv"
    file.write_text(file.read_text(encoding="utf-8") + BAD[reason] + "\n", encoding="utf-8")
    corpus = read(by_language, source, share=0.2)
    assert corpus.summary.reasons == {reason: 1}
    assert corpus.quarantine[0]["record_id"] == "line 4"
    counts = {count.split: (count.read, count.accepted, count.refused) for count in corpus.summary.counts}
    assert counts["dev"] == (7, 6, 1)
    with pytest.raises(QuarantineError, match=reason):
        read(by_language, source)


def test_bad_few_shot_lines(by_language, source):
    lines = ["{", '{"sentence1": "A."}', json.dumps({"sentence1": "A.", "sentence2": "B.", "gold": "neutral"})]
    (by_language / "train_split-1.jsonl").write_text("\n".join([*lines, lines[2]]) + "\n", encoding="utf-8")
    reasons = read(by_language, source, share=0.9).summary.reasons
    assert reasons == {"not_json": 1, "missing_key": 1}


def test_an_id_twice_a_strange_language_and_another_header(published, source):
    file = published / "xnli.dev.tsv"
    lines = file.read_text(encoding="utf-8").splitlines()
    strange = lines[1].replace("en\t", "??\t", 1)
    file.write_text("\n".join([*lines, lines[1], strange]) + "\n", encoding="utf-8")
    assert read(published, source, share=0.5).summary.reasons == {"duplicate_id": 1, "wrong_locale": 1}
    file.write_text("language\tsentence1\n", encoding="utf-8")
    corpus = read(published, source, share=0.6)
    assert corpus.quarantine[0]["detail"] == "the header lacks gold_label, pairID, sentence2"


def test_a_file_that_is_no_text(by_language, source):
    (by_language / "test-sw.tsv").write_bytes(b"\xff\xfe")
    corpus = read(by_language, source, share=0.9)
    assert corpus.summary.reasons == {"unreadable_file": 1}


def test_missing_files_and_languages(by_language, source, tmp_path_factory):
    with pytest.raises(LocaleError, match="'fi' is not there"):
        read(by_language, source, ["fi"])
    (by_language / "test-sw.tsv").unlink()
    with pytest.raises(LayoutError, match=r"no test-sw\.tsv"):
        read(by_language, source)
    with pytest.raises(LayoutError, match="is it XNLI"):
        read(tmp_path_factory.mktemp("empty"), source)


def test_the_packaged_sample_is_read_and_another_corpus_refused():
    settings = NliCorpusSettings(source=SourceSettings(corpus="sample-nli"))
    corpus = ingest_xnli(settings, progress=False)
    assert len(corpus.pairs) == 3 * (6 + 6) + 2 * (3 + 6)
    assert not len(corpus.quarantine)
    assert corpus.summary.location == "packaged sample"
    with pytest.raises(LayoutError, match="sample has dialogues and utterances; give xnli"):
        ingest_xnli(NliCorpusSettings(source=SourceSettings(corpus="sample")), progress=False)
