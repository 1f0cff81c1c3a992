"""Result files: what is there is believed only if it is whole, unaltered and made from the same."""

from __future__ import annotations

import hashlib
import json
import logging

import pytest

from crossprompt.comparison.results import ResultFolder, ResultNameError
from tests.crossprompt.comparison.made_up import FINGERPRINT, cell, measurement

STORED = measurement(cell(), 3, "my-MM", [1, 0, 1], ids=["4", "0", "11"])


@pytest.fixture
def folder(tmp_path):
    return ResultFolder(tmp_path / "results")


def read(folder, fingerprint=FINGERPRINT):
    return folder.read(cell(), 3, "my-MM", fingerprint)


def test_what_is_written_is_read_and_lies_where_it_should(folder):
    file = folder.write(STORED)
    assert file == folder.root / "intent" / "5" / "APT" / "seed-3" / "my-MM.json"
    assert read(folder) == STORED
    assert folder.path(cell(shots=None), 0, "en-US").parts[-4:] == ("all", "APT", "seed-0", "en-US.json")


def test_what_a_result_took_is_kept_and_an_older_file_does_not_know(folder):
    folder.write(STORED.model_copy(update={"seconds": 12.5}))
    assert read(folder).seconds == 12.5
    file = folder.write(STORED)
    known = json.loads(file.read_text())["measurement"]
    assert known.pop("seconds") is None
    text = json.dumps(known, separators=(",", ":"), ensure_ascii=False)
    file.write_text(f'{{"sha256":"{hashlib.sha256(text.encode()).hexdigest()}","measurement":{text}}}\n')
    assert read(folder) == STORED


def test_laps_follow_each_other_without_a_gap(tmp_path, monkeypatch):
    now = iter([100.0, 107.5, 109.0])
    monkeypatch.setattr("time.monotonic", lambda: next(now))
    folder = ResultFolder(tmp_path)
    assert [folder.lap(), folder.lap()] == [7.5, 1.5]


def test_a_file_is_compact_json(folder):
    text = folder.write(measurement(cell(), 3, "my-MM", [1, 0] * 1487)).read_text()
    assert json.loads(text)["measurement"]["choices"] == ["alarm_set", "play_music"]
    assert len(text) < 40_000


def test_an_answer_may_hold_anything(folder):
    odd = 'turn "[place : Zürich]} off\n\u2028'
    strange = STORED.model_copy(update={"answers": STORED.answers.model_copy(update={"answers": (odd, "", odd)})})
    folder.write(strange)
    assert read(folder) == strange


def test_nothing_there_is_no_reason_to_warn(folder, caplog):
    assert read(folder) is None
    assert caplog.records == []


@pytest.mark.parametrize("size", [0, 1, 60, 200, -2, -1])
def test_a_file_that_was_cut_off_is_noticed(folder, caplog, size):
    file = folder.write(STORED)
    file.write_bytes(file.read_bytes()[:size])
    assert read(folder) is None
    assert "my-MM.json is no whole result file; it will be computed again" in caplog.text


def test_an_altered_number_is_noticed(folder, caplog):
    file = folder.write(STORED)
    file.write_text(file.read_text().replace('"numerators":[1,0,1]', '"numerators":[1,1,1]'))
    assert read(folder) is None
    assert "was altered" in caplog.text


def test_a_result_of_other_code_or_data_is_not_taken(folder, caplog):
    folder.write(STORED)
    assert read(folder, "cd" * 32) is None
    assert "other data, settings or code" in caplog.text


def test_a_file_in_another_ones_place_is_noticed(folder, caplog):
    folder.write(STORED).rename(folder.path(cell(), 3, "en-US"))
    assert folder.read(cell(), 3, "en-US", FINGERPRINT) is None
    assert "another cell, seed or locale" in caplog.text


def test_a_broken_file_is_written_over(folder, caplog):
    caplog.set_level(logging.CRITICAL)
    folder.write(STORED).write_text("{}")
    assert folder.missing(cell(), [3], ["my-MM"], FINGERPRINT) == [(3, "my-MM")]
    folder.write(STORED)
    assert folder.missing(cell(), [3], ["my-MM"], FINGERPRINT) == []


def test_missing_tells_what_remains_and_measurements_what_is_there(folder):
    for seed, locale in [(0, "en-US"), (1, "sw-KE")]:
        folder.write(measurement(cell(), seed, locale, [1]))
    assert folder.missing(cell(), [0, 1], ["en-US", "sw-KE"], FINGERPRINT) == [(0, "sw-KE"), (1, "en-US")]
    found = folder.measurements(cell(), [0, 1], ["en-US", "sw-KE"], FINGERPRINT)
    assert [(m.seed, m.answers.locale) for m in found] == [(0, "en-US"), (1, "sw-KE")]
    assert folder.missing(cell("PT"), [0], ["en-US"], FINGERPRINT) == [(0, "en-US")]


@pytest.mark.parametrize("name", ["", "..", ".hidden", "a/b", "A PT", "APT\n"])
def test_a_name_that_leaves_the_folder_is_refused(folder, name):
    with pytest.raises(ResultNameError, match="can't name a result file"):
        folder.path(cell(name), 0, "en-US")
