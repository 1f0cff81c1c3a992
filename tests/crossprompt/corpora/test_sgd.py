import json

import pytest

from crossprompt.corpora.dialogue import DIALOGUE_FEATURES, QUARANTINE_FEATURES, Speaker, iterate_dialogues
from crossprompt.corpora.errors import LayoutError, QuarantineError
from crossprompt.corpora.sgd import list_splits, read_dialogues


def read(folder, source, splits=("train",), share=1.0):
    return read_dialogues(folder, source, splits, share, progress=False)


def test_good_dialogues_are_typed_and_counted(raw_dialogue, write_sgd, source):
    folder = write_sgd(
        {"train": [[raw_dialogue("1"), raw_dialogue("2")], [raw_dialogue("3")]], "dev": [[raw_dialogue("1")]]}
    )
    corpus = read(folder, source, ("train", "dev"))
    assert corpus.dialogues.features == DIALOGUE_FEATURES
    assert corpus.quarantine.features == QUARANTINE_FEATURES
    dialogues = list(iterate_dialogues(corpus.dialogues))
    assert [d.key for d in dialogues] == [("train", "1"), ("train", "2"), ("train", "3"), ("dev", "1")]
    user, system = dialogues[0].turns
    assert (user.speaker, system.speaker) == (Speaker.USER, Speaker.SYSTEM)
    span = user.frames[0].slots[0]
    assert user.utterance[span.start : span.exclusive_end] == "Graz"
    assert user.frames[0].active_intent == "HireBike"
    assert user.frames[0].state[0].values == ("Graz",)
    assert system.frames[0].active_intent is None
    assert [(c.split, c.read, c.accepted, c.refused, c.turns) for c in corpus.summary.counts] == [
        ("train", 3, 3, 0, 6),
        ("dev", 1, 1, 0, 2),
    ]


def test_summary_has_described_intents_once(raw_dialogue, write_sgd, source):
    summary = read(
        write_sgd({"train": [[raw_dialogue()]], "dev": [[raw_dialogue()]]}), source, ("train", "dev")
    ).summary
    assert [(i.service, i.intent, i.description) for i in summary.intents] == [
        ("Bikes_1", "FindBike", "Look for a bicycle"),
        ("Bikes_1", "HireBike", "Hire a bicycle"),
    ]


def test_older_files_without_actions_or_state_pass(raw_dialogue, write_sgd, source):
    no_actions, no_state = raw_dialogue("1"), raw_dialogue("2")
    for turn in no_actions["turns"]:
        del turn["frames"][0]["actions"]
    no_state["turns"][0]["frames"][0]["state"] = {"active_intent": "", "requested_slots": [], "slot_values": {}}
    first, second = iterate_dialogues(read(write_sgd({"train": [[no_actions, no_state]]}), source, share=0).dialogues)
    assert first.turns[0].frames[0].actions == ()
    assert second.turns[0].frames[0].active_intent is None


def test_turns_need_not_alternate_and_may_have_no_frame(raw_dialogue, write_sgd, source):
    dialogue = raw_dialogue()
    dialogue["turns"].append({"speaker": "SYSTEM", "utterance": "Hello?", "frames": []})
    assert len(read(write_sgd({"train": [[dialogue]]}), source, share=0).dialogues) == 1


def _set(path, value):
    def change(dialogue):
        *way, last = path
        for step in way:
            dialogue = dialogue[step]
        dialogue[last] = value

    return change


def _drop(*path):
    def change(dialogue):
        *way, last = path
        for step in way:
            dialogue = dialogue[step]
        del dialogue[last]

    return change


FRAME = ("turns", 0, "frames", 0)
SPAN = (*FRAME, "slots", 0)


@pytest.mark.parametrize(
    ("change", "reason", "detail"),
    [
        (_drop("dialogue_id"), "missing_key", "'dialogue_id' is missing"),
        (_set(("dialogue_id",), ""), "missing_key", "'dialogue_id' is empty"),
        (_drop("services"), "missing_key", "services"),
        (_set(("services",), "Bikes_1"), "wrong_type", "must be of type list, not str"),
        (_set(("services",), ["Cars_1"]), "unknown_service", "Cars_1 are not in the schema of train"),
        (_set(("services",), []), "unlisted_service", "frame of Bikes_1"),
        (_drop("turns"), "missing_key", "turns"),
        (_set(("turns",), []), "no_turns", "no turns"),
        (_set(("turns", 1), "hello"), "wrong_type", "turn 1: an object is expected, not str"),
        (_drop("turns", 1, "speaker"), "missing_key", "turn 1: 'speaker'"),
        (_set(("turns", 1, "speaker"), "ROBOT"), "unknown_speaker", "valid are USER, SYSTEM"),
        (_set(("turns", 1, "utterance"), " \n"), "empty_utterance", "turn 1"),
        (_set(("turns", 1, "utterance"), None), "wrong_type", "not NoneType"),
        (_drop("turns", 0, "frames"), "missing_key", "frames"),
        (_drop(*FRAME, "service"), "missing_key", "service"),
        (_drop(*FRAME, "slots"), "missing_key", "slots"),
        (_set((*SPAN, "exclusive_end"), 22), "span_outside", "place at 10..22, but the utterance has 21 characters"),
        (_set((*SPAN, "exclusive_end"), 10), "span_outside", "10..10"),
        (_set((*SPAN, "start"), -1), "span_outside", "-1"),
        (_set((*SPAN, "start"), True), "wrong_type", "bool"),
        (_set((*SPAN, "start"), "10"), "wrong_type", "int"),
        (_set((*SPAN, "slot"), "colour"), "unknown_slot", "'colour' is not in the schema"),
        (_set((*FRAME, "actions", 0, "values"), ["Fly"]), "unknown_intent", "'Fly' is not in the schema"),
        (_set((*FRAME, "actions", 0, "slot"), "wings"), "unknown_slot", "wings"),
        (_set((*FRAME, "actions", 0, "values"), [1]), "wrong_type", "list of texts"),
        (_set((*FRAME, "state", "active_intent"), "Fly"), "unknown_intent", "Fly"),
        (_set((*FRAME, "state", "slot_values"), {"wings": ["2"]}), "unknown_slot", "wings"),
        (_drop(*FRAME, "state", "active_intent"), "missing_key", "active_intent"),
    ],
)
def test_each_check_refuses_with_its_reason(raw_dialogue, write_sgd, source, change, reason, detail):
    bad = raw_dialogue("bad")
    change(bad)
    corpus = read(write_sgd({"train": [[raw_dialogue("good"), bad]]}), source)
    assert corpus.dialogues["dialogue_id"] == ["good"]
    (row,) = corpus.quarantine
    assert (row["file"], row["reason"]) == ("train/dialogues_001.json", reason)
    assert row["record_id"] == ("bad" if bad.get("dialogue_id") else "#1")
    assert detail in row["detail"]
    (count,) = corpus.summary.counts
    assert (count.read, count.accepted, count.refused) == (2, 1, 1)
    assert corpus.summary.reasons == {reason: 1}


def test_none_is_a_valid_intent(raw_dialogue, write_sgd, source):
    dialogue = raw_dialogue()
    dialogue["turns"][0]["frames"][0]["state"]["active_intent"] = "NONE"
    (found,) = iterate_dialogues(read(write_sgd({"train": [[dialogue]]}), source, share=0).dialogues)
    assert found.turns[0].frames[0].active_intent == "NONE"


def test_repeated_id_is_refused_in_a_split_but_fine_in_another(raw_dialogue, write_sgd, source):
    folder = write_sgd({"train": [[raw_dialogue("1")], [raw_dialogue("1")]], "dev": [[raw_dialogue("1")]]})
    corpus = read(folder, source, ("train", "dev"))
    assert len(corpus.dialogues) == 2
    assert [(r["file"], r["reason"]) for r in corpus.quarantine] == [("train/dialogues_002.json", "duplicate_id")]
    assert sum(count.turns_read for count in corpus.summary.counts) == 6


@pytest.mark.parametrize("content", ['[{"dialogue_id": "1", ', '{"dialogue_id": "1"}', "", "[" * 100_000])
def test_unreadable_file_is_one_record(raw_dialogue, write_sgd, source, content):
    corpus = read(write_sgd({"train": [[raw_dialogue("1"), raw_dialogue("2")], content]}), source)
    (row,) = corpus.quarantine
    assert (row["file"], row["record_id"], row["reason"]) == ("train/dialogues_002.json", "", "unreadable_file")
    (count,) = corpus.summary.counts
    assert (count.read, count.accepted, count.refused, count.turns_read) == (3, 2, 1, 4)


def test_file_that_is_no_utf8(raw_dialogue, write_sgd, source):
    folder = write_sgd({"train": [[raw_dialogue("1")]]})
    (folder / "train/dialogues_002.json").write_bytes(b'["\xff\xfe\xfa"]')
    assert read(folder, source).summary.reasons == {"unreadable_file": 1}


def test_too_many_refused_stops_with_the_first_one(raw_dialogue, write_sgd, source):
    bad = raw_dialogue("bad")
    bad["turns"] = []
    folder = write_sgd({"train": [[bad, *(raw_dialogue(str(i)) for i in range(9))]]})
    assert len(read(folder, source, share=0.1).dialogues) == 9
    with pytest.raises(QuarantineError) as error:
        read(folder, source, share=0.09)
    message = str(error.value)
    assert "1 of 10 records are refused, more than max_quarantined_share = 0.09" in message
    assert "no_turns 1" in message
    assert "train/dialogues_001.json, bad" in message


def test_unreadable_files_are_weighed_against_files(raw_dialogue, write_sgd, source):
    folder = write_sgd({"train": [[raw_dialogue(str(i)) for i in range(99)], "broken"]})
    with pytest.raises(QuarantineError, match="1 of 2 files"):
        read(folder, source, share=0.1)


def test_missing_split_and_missing_layout(raw_dialogue, write_sgd, source, tmp_path):
    folder = write_sgd({"train": [[raw_dialogue()]]})
    with pytest.raises(LayoutError, match="has no split dev, test; it has train"):
        read(folder, source, ("train", "dev", "test"))
    with pytest.raises(LayoutError, match="SGD layout"):
        read(tmp_path / "corpus/train", source)


def test_broken_schema(raw_dialogue, write_sgd, source):
    folder = write_sgd({"train": [[raw_dialogue()]]})
    for text in ("[", "{}x", '[{"service_name": "Bikes_1"}]', "[1]"):
        (folder / "train/schema.json").write_text(text)
        with pytest.raises(LayoutError, match="is no SGD schema"):
            read(folder, source)


def test_root_is_found_below_an_archive_folder_and_beside_bare_schemas(raw_dialogue, write_sgd, source, tmp_path):
    top = tmp_path / "unpacked"
    write_sgd({"test": [[raw_dialogue()]], "train": [[raw_dialogue()]]}, top / "sgd-master")
    deeper = top / "sgd-master/variants/v1/train"
    deeper.mkdir(parents=True)
    (deeper / "schema.json").write_text(json.dumps([]))
    assert list_splits(top) == ("train", "test")
    assert len(read(top, source).dialogues) == 1


def test_two_corpora_in_one_folder(raw_dialogue, write_sgd, source, tmp_path):
    for name in ("one", "two"):
        write_sgd({"train": [[raw_dialogue()]]}, tmp_path / "both" / name)
    with pytest.raises(LayoutError, match="holds two corpora"):
        read(tmp_path / "both", source)


def test_all_refused_still_gives_tables(raw_dialogue, write_sgd, source):
    corpus = read(write_sgd({"train": [["no dialogue"]]}), source)
    assert len(corpus.dialogues) == 0
    assert corpus.dialogues.features == DIALOGUE_FEATURES
    assert len(corpus.quarantine) == 1
