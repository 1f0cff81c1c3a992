"""Scratch folders are nobody else's, and those that a kill left are removed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.home import LEFT_OVER_SECONDS, remove_left_over, scratch_folder
from infra.process import mark_of, this_process


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    return tmp_path


def last_written(path: Path, seconds_ago: float) -> None:
    then = time.time() - seconds_ago
    os.utime(path, (then, then))


def test_each_gets_a_folder_of_its_own_in_the_home(home: Path) -> None:
    one, two = scratch_folder("sw-KE-0"), scratch_folder("sw-KE-0")
    assert one != two
    assert {one.parent, two.parent} == {home / "scratch"}
    assert one.is_dir()
    assert two.is_dir()


def test_what_is_left_over_is_removed_and_what_is_under_way_is_not(home: Path) -> None:
    killed, under_way, torn = scratch_folder("killed"), scratch_folder("long"), home / "scratch" / ".rows.arrow.x.part"
    for file in (killed / "rows.arrow.part", under_way / "rows.arrow.part", torn):
        file.write_bytes(b"rows")
    for old in (*killed.iterdir(), killed, under_way, torn):
        last_written(old, LEFT_OVER_SECONDS + 60)
    new = scratch_folder("new")
    assert set((home / "scratch").iterdir()) == {under_way, new}
    assert (under_way / "rows.arrow.part").is_file()


def test_what_a_killed_process_of_this_machine_left_goes_at_once(home: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    killed = this_process().model_copy(update={"pid": ended.pid})
    elsewhere = killed.model_copy(update={"host": "another"})
    left, unknown = (home / "scratch" / f"candidate-abc-{mark_of(owner)}" for owner in (killed, elsewhere))
    left.mkdir(parents=True)
    unknown.mkdir()
    own = scratch_folder("candidate")
    assert set((home / "scratch").iterdir()) == {unknown, own}
    scratch_folder("candidate")
    assert own.is_dir()


def test_files_that_nobody_goes_on_writing_are_removed_wherever_they_are(home: Path) -> None:
    remove_left_over(home)
    report = home / "promotion-report" / "csv"
    report.mkdir(parents=True)
    torn, under_way, whole = (report / name for name in (".checks.csv.x.part", ".locales.csv.y.part", "checks.csv"))
    for file in (torn, under_way, whole):
        file.write_bytes(b"rows")
    for old in (torn, whole):
        last_written(old, LEFT_OVER_SECONDS + 60)
    remove_left_over(home)
    assert set(report.iterdir()) == {under_way, whole}
