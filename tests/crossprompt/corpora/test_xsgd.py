"""XSGD's layout is found by what folders and files hold, not by their names alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from crossprompt.corpora.errors import LayoutError
from crossprompt.corpora.xsgd import find_dialogues, find_layout, read_translated_file


def dialogue(name: str, **texts: str) -> dict[str, Any]:
    turn = {"speaker": "USER", "utterance": "A cab, please.", "frames": [], **texts}
    return {"dialogue_id": name, "services": ["Taxi_1"], "turns": [turn]}


def write(folder: Path, *dialogues: dict[str, Any], name: str = "dialogues_001.json") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(json.dumps(list(dialogues)))
    return folder / name


def test_splits_are_folders_whose_turns_have_translations(tmp_path: Path) -> None:
    write(tmp_path / "sgd" / "dev", dialogue("1_00000"))
    write(tmp_path / "sgd" / "dev", dialogue("1_00000", utterance_sw="Teksi."), name="schema.json")
    first = write(tmp_path / "deep" / "dev_multi-lingual", dialogue("1_00000", utterance_sw="Teksi."))
    second = write(first.parent, dialogue("2_00000"), name="dialogues_002.json")
    third = write(tmp_path / "test", dialogue("1_00000", **{"utterance_zh-CN": "车", "utterance_xx": "?"}))
    found = find_layout(tmp_path)
    assert dict(found.files) == {"dev": (first, second), "test": (third,)}
    assert found.languages == ("sw", "zh-CN")


def test_a_folder_in_another_layout_is_said_so(tmp_path: Path) -> None:
    write(tmp_path / "dev", dialogue("1_00000"))
    with pytest.raises(LayoutError, match="is it in XSGD's layout"):
        find_layout(tmp_path)


def test_two_folders_of_a_split_are_refused(tmp_path: Path) -> None:
    for name in ("dev", "dev_multi-lingual"):
        write(tmp_path / name, dialogue("1_00000", utterance_sw="Teksi."))
    with pytest.raises(LayoutError, match="two folders of dev"):
        find_layout(tmp_path)


def test_dialogues_are_found_without_decoding(tmp_path: Path) -> None:
    one = write(tmp_path, dialogue("1_00000"), dialogue("1_00001"))
    two = write(tmp_path, dialogue("2_00000"), name="other.json")
    assert find_dialogues((one, two)) == {"1_00000": one, "1_00001": one, "2_00000": two}
    write(tmp_path, dialogue("1_00001"), name="other.json")
    with pytest.raises(LayoutError, match="dialogue 1_00001 is in two files"):
        find_dialogues((one, two))


def test_a_file_gives_both_sides_and_what_was_refused(tmp_path: Path) -> None:
    bad = dialogue("1_00002", utterance_sw="Teksi.")
    bad["turns"][0]["speaker"] = "ROBOT"
    file = write(
        tmp_path, dialogue("1_00000", utterance_sw="Teksi."), dialogue("1_00001", utterance_de="Ein Taxi."), bad
    )
    found = read_translated_file(file, "dev", "sw")
    assert found.dialogues["1_00000"].targets == ("Teksi.",)
    assert found.dialogues["1_00000"].english.turns[0].utterance == "A cab, please."
    assert found.dialogues["1_00001"].targets == (None,)
    assert "ROBOT" in found.refused["1_00002"]


@pytest.mark.parametrize(("text", "message"), [("[", "is no JSON"), ("{}", "is no list of dialogues")])
def test_an_unreadable_file_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "d.json").write_text(text)
    with pytest.raises(LayoutError, match=message):
        read_translated_file(tmp_path / "d.json", "dev", "sw")
