"""The whole way from settings, on the packaged sample and, where it is at hand, on the real data."""

import json
from pathlib import Path

import pyarrow.compute as pc
import pytest

from crossprompt.corpora.cod import find_language_files, read_language
from crossprompt.corpora.dialogue import iterate_dialogues
from crossprompt.corpora.errors import LayoutError, QuarantineError, UnknownLabelError
from crossprompt.corpora.ingest import dialogue_source, ingest_dialogues, ingest_utterances, stream_corpus
from crossprompt.corpora.labels import require_known_labels
from crossprompt.corpora.settings import DialogueSettings, SourceSettings, UtteranceSettings
from crossprompt.corpora.sources import open_source, resolve_source


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


def _dialogues(corpus: str, **more) -> DialogueSettings:
    return DialogueSettings(source=SourceSettings(corpus=corpus), **more)


def _utterances(corpus: str, **more) -> UtteranceSettings:
    return UtteranceSettings(source=SourceSettings(corpus=corpus), **more)


def test_dialogues_of_the_sample():
    corpus = ingest_dialogues(_dialogues("sample", max_quarantined_share=0), progress=False)
    (count,) = corpus.summary.counts
    assert (count.read, count.accepted, count.turns) == (20, 20, 234)
    dialogues = list(iterate_dialogues(corpus.dialogues))
    assert sum(len(frame.slots) for d in dialogues for turn in d.turns for frame in turn.frames) > 100
    assert all(intent.description for intent in corpus.summary.intents)


def test_a_stream_gives_what_ingesting_gives():
    settings = _dialogues("sample")
    streamed = list(stream_corpus(settings, dialogue_source(settings), progress=False))
    assert streamed == list(iterate_dialogues(ingest_dialogues(settings, progress=False).dialogues))


def test_a_stream_holds_one_file_and_tells_at_its_end_what_was_refused(write_sgd, raw_dialogue):
    folder = write_sgd({"train": [[raw_dialogue("1_00000"), raw_dialogue("1_00001")], "[", [raw_dialogue("3_00000")]]})
    settings = DialogueSettings(source=SourceSettings(corpus="sgd", location=str(folder)))
    stream = stream_corpus(settings, dialogue_source(settings), progress=False)
    assert [next(stream).dialogue_id for _ in range(3)] == ["1_00000", "1_00001", "3_00000"]
    with pytest.raises(QuarantineError, match=r"dialogues_002\.json"):
        next(stream)


def test_utterances_of_the_sample():
    corpus = ingest_utterances(_utterances("sample", max_quarantined_share=0), progress=False)
    assert {c.split: c.accepted for c in corpus.summary.counts} == {"train": 168, "dev": 42, "test": 52 * 63}
    assert len(require_known_labels(corpus.utterances)) == 21


def test_a_label_that_english_train_lacks_stops_at_once(tmp_path):
    row = {"locale": "en-US", "scenario": "lamp", "utt": "light", "annot_utt": "light"}
    rows = [
        row | {"id": "0", "partition": "train", "intent": "lamp_on"},
        row | {"id": "1", "partition": "test", "intent": "lamp_off"},
    ]
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "en-US.jsonl").write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    settings = UtteranceSettings(source=SourceSettings(corpus="massive", location=str(tmp_path)))
    with pytest.raises(UnknownLabelError, match=r"lamp_off \(en-US test, id 1\)"):
        ingest_utterances(settings, progress=False)


def test_corpus_of_the_wrong_kind(tmp_path):
    (tmp_path / "amazon-massive-dataset-1.1").mkdir()
    (tmp_path / "dstc8-schema-guided-dialogue-master").mkdir()
    with pytest.raises(LayoutError, match="massive has utterances, not dialogues; give sample, sgd or cod"):
        ingest_dialogues(_dialogues("massive"), tmp_path)
    with pytest.raises(LayoutError, match="sgd has dialogues, not utterances; give sample or massive"):
        ingest_utterances(_utterances("sgd"), tmp_path)


SGD_READ = {"train": 16_142, "dev": 2_482, "test": 4_201}


def check_sgd(corpus, splits: tuple[str, ...]) -> int:
    """What the public dialogues are known to hold; the number of turns that are accepted."""
    counts = {c.split: c for c in corpus.summary.counts}
    assert {split: c.read for split, c in counts.items()} == {split: SGD_READ[split] for split in splits}
    # Two dialogues of the public test split have a turn without text.
    assert {split: c.refused for split, c in counts.items()} == {split: 2 if split == "test" else 0 for split in splits}
    assert [(r["record_id"], r["reason"]) for r in corpus.quarantine] == [
        ("3_00055", "empty_utterance"),
        ("6_00009", "empty_utterance"),
    ]
    turns = sum(c.turns for c in counts.values())
    assert turns == pc.sum(pc.list_value_length(corpus.dialogues.data.table["turns"])).as_py()
    return turns


def test_the_test_split_of_sgd(data_root, home):
    if data_root is None:
        return test_dialogues_of_the_sample()
    check_sgd(ingest_dialogues(_dialogues("sgd", splits=("test",)), data_root, home, progress=False), ("test",))
    return None


@pytest.mark.soak
def test_all_of_sgd(data_root, home):
    if data_root is None:
        return test_dialogues_of_the_sample()
    corpus = ingest_dialogues(_dialogues("sgd"), data_root, home, progress=False)
    assert check_sgd(corpus, ("train", "dev", "test")) == 463_256
    assert sum(count.turns_read for count in corpus.summary.counts) == 463_284
    return None


SOME = ("en-US", "km-KH", "zh-TW")


@pytest.mark.parametrize("locales", [SOME, pytest.param(None, marks=pytest.mark.soak)], ids=["some", "all"])
def test_every_utterance_of_massive(data_root, home, locales):
    if data_root is None:
        return test_utterances_of_the_sample()
    settings = _utterances("massive", max_quarantined_share=0, locales=locales)
    corpus = ingest_utterances(settings, data_root, home, progress=False)
    table = corpus.utterances.data.table
    sizes = table.group_by(["locale", "partition"]).aggregate([("id", "count")]).to_pylist()
    assert len(sizes) == len(locales or range(52)) * 3
    assert {(row["partition"], row["id_count"]) for row in sizes} == {
        ("train", 11_514),
        ("dev", 2_033),
        ("test", 2_974),
    }
    assert len(require_known_labels(corpus.utterances)) == 60
    return None


def test_all_of_cod(data_root, home):
    if data_root is None:
        return test_dialogues_of_the_sample()
    source = resolve_source(SourceSettings(corpus="cod"), data_root)
    folder = open_source(source, home, progress=False)
    read = {
        language: read_language(folder, source, language, progress=False) for language in find_language_files(folder)
    }
    assert set(read) == {"ar", "en", "id", "ru", "sw"}
    for corpus in read.values():
        assert {c.split: (c.read, c.turns_read) for c in corpus.summary.counts} == {
            "dev": (92, 1138),
            "test": (102, 1352),
        }
    assert {language: corpus.summary.reasons for language, corpus in read.items()} == {
        "ar": {"span_outside": 2},
        "en": {"span_outside": 1},
        "id": {"span_outside": 3},
        "ru": {"span_outside": 1},
        "sw": {"span_outside": 2},
    }
    return None
