"""PAWS-X: pairs by language, split and id; what was not translated is refused."""

from __future__ import annotations

import pytest

from crossprompt.corpora.errors import LayoutError, QuarantineError
from crossprompt.corpora.pawsx import find_language_files, ingest_pawsx, read_pawsx
from crossprompt.corpora.settings import ParaphraseSettings, SourceSettings

HEADER = "id\tsentence1\tsentence2\tlabel"


def write(folder, language, name, *rows):
    (folder / language).mkdir(exist_ok=True)
    (folder / language / name).write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def paws(tmp_path):
    folder = tmp_path / "x-final"
    folder.mkdir()
    for language in ("en", "de"):
        write(folder, language, "dev_2k.tsv", f'4\tOne " of {language} .\tTwo .\t1', "6\tThree .\tFour .\t0")
    write(folder, "en", "train.tsv", "1\tFive .\tSix .\t1")
    write(folder, "de", "translated_train.tsv", "1\tFünf .\tSechs .\t1")
    return folder


def read(folder, source, languages=None, share=0.0):
    return read_pawsx(folder, source, languages, share, progress=False)


def test_rows_by_language_and_split_with_quotation_marks_as_text(paws, source):
    corpus = read(paws, source, ["de"])
    assert corpus.pairs[0] == {"locale": "de", "split": "dev", "id": "4", "first": 'One " of de .', "second": "Two ."}
    assert [(row["split"], row["id"]) for row in corpus.pairs] == [("dev", "4"), ("dev", "6"), ("train", "1")]


BAD = {
    "not_translated": "9\tNS\tSeven .\t1",
    "bad_row": "9\tSeven .\t1",
    "empty_utterance": "9\t \tSeven .\t1",
    "duplicate_id": "4\tSeven .\tEight .\t1",
}


@pytest.mark.parametrize("reason", BAD)
def test_bad_rows_go_to_quarantine(paws, source, reason):
    write(paws, "en", "dev_2k.tsv", "4\tA .\tB .\t1", BAD[reason])
    corpus = read(paws, source, share=0.5)
    assert corpus.summary.reasons == {reason: 1}
    assert corpus.quarantine[0]["file"] == "en/dev_2k.tsv"
    assert corpus.quarantine[0]["record_id"] == "line 3"
    with pytest.raises(QuarantineError, match=reason):
        read(paws, source)


def test_another_header_is_one_bad_record(paws, source):
    (paws / "de" / "dev_2k.tsv").write_text("id\ttext\n4\tA .\n", encoding="utf-8")
    corpus = read(paws, source, share=0.5)
    assert corpus.summary.reasons == {"unreadable_file": 1}


def test_two_files_for_a_split_and_none_at_all(paws, source, tmp_path_factory):
    write(paws, "de", "dev.tsv", "4\tA .\tB .\t1")
    with pytest.raises(LayoutError, match="both the dev split"):
        find_language_files(paws)
    with pytest.raises(LayoutError, match="is it PAWS-X"):
        read(tmp_path_factory.mktemp("empty"), source)


def test_the_packaged_sample_has_one_untranslated_row():
    settings = ParaphraseSettings(source=SourceSettings(corpus="sample-paraphrases"), max_quarantined_share=0.1)
    corpus = ingest_pawsx(settings, progress=False)
    assert len(corpus.pairs) == 14
    assert corpus.summary.reasons == {"not_translated": 1}
    with pytest.raises(LayoutError, match="give paws-x"):
        ingest_pawsx(ParaphraseSettings(source=SourceSettings(corpus="sample-nli")), progress=False)
