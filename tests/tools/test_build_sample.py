"""The packaged sample is what its source says, and it is built the same each time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import unicodedata
import warnings
from pathlib import Path
from typing import Any

import pytest

from crossprompt.translation.tmx import read_units

ROOT = Path(__file__).resolve().parents[2]
PACKAGED = ROOT / "crossprompt" / "assets" / "sample"
sys.path.append(str(ROOT / "tools"))

from build_sample import build_sample, main  # noqa: E402 - the tools are scripts in a folder, no package
from sample_text import SampleError, utterance_text  # noqa: E402 - as above

DIALOGUES = """# two services, two intents
== 9_00000 | Hotels_1, Taxi_1
USER FindHotel: A room in [city: Oslo], for [nights: two] nights.
SYSTEM: [hotel: Fjord Rooms] is free. Shall I book it?
USER ReserveHotel: Yes, please.
SYSTEM: Done.
USER GetRide: And a taxi to the [destination: station].
SYSTEM: Goodbye.
"""
UTTERANCES = """train|alarm_set|wake me at [time : six]
test|play_music|play [music_genre : jazz]
"""
TEXTS = [f"9_00000:{n:02d}\tsetning {n}" for n in range(6)] + ["u0001\tspill [music_genre : jazz]"]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    (folder / "translations").mkdir(parents=True)
    (folder / "dialogues.en.txt").write_text(DIALOGUES)
    (folder / "utterances.en.txt").write_text(UTTERANCES)
    (folder / "translations" / "nb-NO.tsv").write_text("\n".join(TEXTS) + "\n")
    return folder


@pytest.fixture
def built(source: Path, tmp_path: Path) -> Path:
    build_sample(source, tmp_path / "built")
    return tmp_path / "built"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def rows(locale: str, folder: Path = PACKAGED) -> list[dict[str, str]]:
    path = folder / "massive" / "1.1" / "data" / f"{locale}.jsonl"
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def files_of(folder: Path) -> dict[str, bytes]:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_frames_belong_to_the_service_of_their_intent(built: Path) -> None:
    (dialogue,) = load(built / "sgd" / "train" / "dialogues_001.json")
    services = [turn["frames"][0]["service"] for turn in dialogue["turns"]]
    assert services == ["Hotels_1"] * 4 + ["Taxi_1"] * 2
    first = dialogue["turns"][0]
    assert first["utterance"] == "A room in Oslo, for two nights."
    assert first["frames"][0]["slots"] == [
        {"slot": "city", "start": 10, "exclusive_end": 14},
        {"slot": "nights", "start": 20, "exclusive_end": 23},
    ]
    assert [a["act"] for a in first["frames"][0]["actions"]] == ["INFORM_INTENT", "INFORM", "INFORM"]


def test_what_the_user_agrees_to_joins_the_state(built: Path) -> None:
    (dialogue,) = load(built / "sgd" / "train" / "dialogues_001.json")
    offer, answer, taxi = (dialogue["turns"][n]["frames"][0] for n in (1, 2, 4))
    assert offer["actions"] == [
        {"act": "OFFER", "canonical_values": ["Fjord Rooms"], "slot": "hotel", "values": ["Fjord Rooms"]}
    ]
    assert answer["state"]["active_intent"] == "ReserveHotel"
    assert answer["state"]["slot_values"] == {"city": ["Oslo"], "hotel": ["Fjord Rooms"], "nights": ["two"]}
    assert taxi["state"]["slot_values"] == {"destination": ["station"]}


def test_units_and_utterances(built: Path) -> None:
    (first, *_) = read_units(built / "translations.tmx")
    assert (first.tuid, first.segments["nb-NO"]) == ("9_00000:00", "setning 0")
    assert first.source == "A room in Oslo, for two nights."
    assert rows("nb-NO", built) == [
        {
            "id": "u0001",
            "locale": "nb-NO",
            "partition": "test",
            "scenario": "play",
            "intent": "play_music",
            "utt": "spill jazz",
            "annot_utt": "spill [music_genre : jazz]",
        }
    ]


@pytest.mark.parametrize(
    ("locale", "annotated", "text"),
    [
        ("ja-JP", "[date : 明日] の[time : 六時]に", "明日の六時に"),
        ("th-TH", "ปลุก [date : พรุ่งนี้] ตอน [time : ตีห้า]", "ปลุกพรุ่งนี้ตอนตีห้า"),
        ("my-MM", "[date : မနက်ဖြန်] မှာ", "မနက်ဖြန် မှာ"),
        ("sw-KE", "washa [house_place : jikoni] taa", "washa jikoni taa"),
    ],
)
def test_blanks_of_the_markup_alone_do_not_stay(locale: str, annotated: str, text: str) -> None:
    assert utterance_text(annotated, locale) == text


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        (
            "dialogues.en.txt",
            DIALOGUES.replace("SYSTEM: Done.", "SYSTEM Done."),
            r"dialogues.en.txt, line 6: not a turn",
        ),
        ("dialogues.en.txt", DIALOGUES.replace("GetRide", "GetBoat"), "no GetBoat in the schema"),
        ("dialogues.en.txt", DIALOGUES.replace("[city: Oslo]", "[town: Oslo]"), "no slot town"),
        ("dialogues.en.txt", DIALOGUES.replace("[city: Oslo]", "[city: Oslo"), "unfinished slot mark"),
        ("utterances.en.txt", "train|alarm_set\n", "utterances.en.txt, line 1: not 'split"),
        ("translations/nb-NO.tsv", "\n".join(TEXTS[1:]), r"nb-NO.tsv: missing or superfluous ids: \['9_00000:00'\]"),
        ("translations/nb-NO.tsv", "\n".join([*TEXTS, TEXTS[0]]), "id 9_00000:00 comes twice"),
        ("translations/nb-NO.tsv", "\n".join([*TEXTS[:-1], "u0001\tspill jazz"]), "u0001: slots differ"),
        ("translations/nb-NO.tsv", "\n".join([*TEXTS[:-1], "u0001\t "]), "line 7: not 'id<TAB>text'"),
        ("translations/nb-NO.tsv", "\n".join(["9_00000:00\ta\u030a", *TEXTS[1:]]), "not in Unicode normal form C"),
    ],
)
def test_a_bad_source_is_refused_by_file_and_line(
    source: Path, tmp_path: Path, file: str, content: str, message: str
) -> None:
    (source / file).write_text(content, encoding="utf-8")
    with pytest.raises(SampleError, match=message):
        build_sample(source, tmp_path / "built")


def test_the_command_line(source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert main([str(tmp_path / "nowhere"), str(tmp_path / "built")]) == 1
    assert "build_sample: " in capsys.readouterr().err
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(ROOT / "tools" / "build_sample.py"), str(source), str(tmp_path / "built")]
    subprocess.run(command, check=True, env=environment)
    first = files_of(tmp_path / "built")
    build_sample(source, tmp_path / "again")
    assert files_of(tmp_path / "again") == first


def test_the_packaged_sample_is_what_its_source_gives(tmp_path: Path) -> None:
    shared = Path(os.environ.get("CROSSPROMPT_SHARED", ROOT.parent / "shared")) / "sample"
    if not shared.is_dir():
        warnings.warn(f"{shared} is not there: the packaged sample is only checked in itself", stacklevel=1)
        return
    build_sample(shared, tmp_path)
    packaged = files_of(PACKAGED)
    packaged.pop("README.md")
    assert files_of(tmp_path) == packaged


def test_the_packaged_dialogues_are_consistent() -> None:
    schema = {s["service_name"]: s for s in load(PACKAGED / "sgd" / "train" / "schema.json")}
    dialogues = load(PACKAGED / "sgd" / "train" / "dialogues_001.json")
    assert (len(dialogues), sum(len(d["turns"]) for d in dialogues)) == (20, 234)
    for dialogue in dialogues:
        for turn in dialogue["turns"]:
            for frame in turn["frames"]:
                service = schema[frame["service"]]
                slots = {slot["name"] for slot in service["slots"]}
                assert frame["service"] in dialogue["services"]
                assert {span["slot"] for span in frame["slots"]} <= slots
                said = {value for action in frame["actions"] for value in action["values"]}
                assert {turn["utterance"][s["start"] : s["exclusive_end"]] for s in frame["slots"]} <= said
                if turn["speaker"] == "USER":
                    intents = {intent["name"] for intent in service["intents"]} | {"NONE"}
                    assert frame["state"]["active_intent"] in intents
                    assert set(frame["state"]["slot_values"]) <= slots


def test_the_packaged_schema_describes_everything() -> None:
    for service in load(PACKAGED / "sgd" / "train" / "schema.json"):
        slots = {slot["name"] for slot in service["slots"]}
        for thing in (service, *service["slots"], *service["intents"]):
            assert len(thing["description"].split()) >= 2
        for slot in service["slots"]:
            assert slot["is_categorical"] == bool(slot["possible_values"])
        for intent in service["intents"]:
            assert {*intent["required_slots"], *intent["optional_slots"], *intent["result_slots"]} <= slots


def test_the_packaged_units_and_utterances_are_complete() -> None:
    units = list(read_units(PACKAGED / "translations.tmx"))
    dialogues = load(PACKAGED / "sgd" / "train" / "dialogues_001.json")
    turns = [(f"{d['dialogue_id']}:{n:02d}", t["utterance"]) for d in dialogues for n, t in enumerate(d["turns"])]
    assert [(u.tuid, u.source) for u in units] == turns
    assert {len(u.segments) for u in units} == {52}
    assert all(unicodedata.is_normalized("NFC", text) for u in units for text in u.segments.values())
    english = rows("en-US")
    assert [sum(row["partition"] == name for row in english) for name in ("train", "dev", "test")] == [168, 42, 63]
    tests = [(row["id"], row["intent"]) for row in english if row["partition"] == "test"]
    for locale in units[0].segments:
        assert [(row["id"], row["intent"]) for row in rows(locale) if row["partition"] == "test"] == tests
        assert all(row["utt"] == row["utt"].strip() and "[" not in row["utt"] for row in rows(locale))
