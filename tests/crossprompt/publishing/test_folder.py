from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from crossprompt.publishing.checksums import CHECKSUMS, read_checksums, verify_folder
from crossprompt.publishing.errors import PublishingError
from crossprompt.publishing.facts import PublishedCorpus
from crossprompt.storage.faults import FAULT, WRITE_LOG
from crossprompt.storage.fingerprint import fingerprint_path
from tests.conftest import ROOT
from tests.crossprompt.publishing.invented import SIZES, TURNS, publish, rows

LAST_POINT = "23:after"
"""Ten files are packaged, copied, described in two more, and vouched for."""
LOAD = """
import json, sys
from datasets import get_dataset_config_names, load_dataset
folder = sys.argv[1]
whole = load_dataset(folder, "sw")
streamed = load_dataset(folder, "zh-TW", split="test", streaming=True)
print(json.dumps({
    "configurations": get_dataset_config_names(folder),
    "rows": {split: table.to_list() for split, table in whole.items()},
    "features": str(whole["train"].features),
    "streamed": list(streamed),
}))
"""
PUBLISH = """
import sys
from pathlib import Path
from tests.crossprompt.publishing.invented import publish
publish(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("published")
    publish(place / "harbour", place / "parts")
    return place / "harbour"


def test_load_dataset_reads_a_language_without_any_network(folder: Path, tmp_path: Path) -> None:
    environment = {**os.environ, "HF_HOME": str(tmp_path), "HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1"}
    command = [sys.executable, "-c", LOAD, str(folder)]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    found = json.loads(ended.stdout)
    assert found["configurations"] == ["sw", "zh-TW"]
    for split in SIZES:
        assert found["rows"][split] == [row for row in rows("sw") if row["split"] == split]
    assert found["streamed"] == [row for row in rows("zh-TW") if row["split"] == "test"]
    assert "int32" in found["features"]


def test_files_are_cut_as_set_and_hold_each_turn_once(folder: Path) -> None:
    files = sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.parquet") if "sw" in file.parts)
    assert [name.rpartition("/")[2] for name in files] == [
        "test-00000-of-00002.parquet",
        "test-00001-of-00002.parquet",
        "train-00000-of-00003.parquet",
        "train-00001-of-00003.parquet",
        "train-00002-of-00003.parquet",
    ]
    sizes = [pq.ParquetFile(folder / name).metadata for name in files]
    assert [size.num_rows for size in sizes] == [4, 4, 4, 4, 4]
    assert {size.row_group(0).num_rows for size in sizes} == {2}
    assert sum(size.num_rows for size in sizes) == TURNS * sum(SIZES.values())


def test_the_checksums_vouch_for_every_file_and_other_tools_read_them(folder: Path) -> None:
    names = {file.relative_to(folder).as_posix() for file in folder.rglob("*") if file.is_file()}
    assert set(read_checksums(folder)) == names - {CHECKSUMS}
    assert verify_folder(folder) == read_checksums(folder)
    checked = subprocess.run(["sha256sum", "-c", CHECKSUMS], cwd=folder, capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stdout


def test_one_changed_byte_a_missing_file_and_a_stranger_are_noticed(tmp_path: Path) -> None:
    publish(tmp_path / "harbour", tmp_path / "parts")
    file = next((tmp_path / "harbour").rglob("sw/train-*.parquet"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-9] + bytes([whole[-9] ^ 1]) + whole[-8:])
    with pytest.raises(PublishingError, match=rf"{file.name} was changed; publish the folder again"):
        verify_folder(tmp_path / "harbour")
    file.unlink()
    (tmp_path / "harbour" / "data" / "sw" / "notes.txt").write_text("mine")
    with pytest.raises(PublishingError, match=r"train-\S+ is missing; data/sw/notes\.txt has no checksum"):
        verify_folder(tmp_path / "harbour")


def test_a_folder_without_checksums_is_unfinished(tmp_path: Path) -> None:
    publish(tmp_path / "harbour", tmp_path / "parts")
    (tmp_path / "harbour" / CHECKSUMS).unlink()
    with pytest.raises(PublishingError, match="never finished; publish it again"):
        verify_folder(tmp_path / "harbour")


def test_publishing_again_gives_the_same_bytes_and_a_language_that_is_no_more_goes(tmp_path: Path) -> None:
    target = tmp_path / "harbour"
    publish(target, tmp_path / "parts")
    first = fingerprint_path(target)
    kept = {file: file.stat().st_mtime_ns for file in target.rglob("*.parquet")}
    publish(target, tmp_path / "again")
    assert fingerprint_path(target) == first
    assert {file: file.stat().st_mtime_ns for file in target.rglob("*.parquet")} == kept
    publish(target, tmp_path / "fewer", ("sw",))
    assert not (target / "data" / "zh-TW").exists()
    verify_folder(target)


def test_somebody_elses_folder_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "harbour").mkdir()
    (tmp_path / "harbour" / "letters.txt").write_text("mine")
    with pytest.raises(PublishingError, match="holds files and no published corpus"):
        publish(tmp_path / "harbour", tmp_path / "parts")
    assert (tmp_path / "harbour" / "letters.txt").read_text() == "mine"


def test_the_facts_say_nothing_of_where_the_source_lay(folder: Path) -> None:
    facts = PublishedCorpus.model_validate_json((folder / "corpus.json").read_text(encoding="utf-8"))
    assert facts.source.location.startswith("https://")
    assert not [file for file in folder.rglob("*") if file.is_file() and b"/somebody/at" in file.read_bytes()]


def killed(folder: Path, parts: Path, **variables: str) -> int:
    environment = {**os.environ, **variables}
    command = [sys.executable, "-c", PUBLISH, str(folder), str(parts)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=False).returncode


def points(writes: int) -> list[str]:
    return [f"{number}:{moment}" for number in range(1, writes + 1) for moment in ("before", "after")]


def kill_and_publish_again(point: str, folder: Path, tmp_path: Path) -> None:
    assert killed(tmp_path / "harbour", tmp_path / "parts", **{FAULT: point}) == -9, point
    assert (tmp_path / "harbour" / CHECKSUMS).exists() == (point == LAST_POINT), point
    publish(tmp_path / "harbour", tmp_path / "parts")
    assert fingerprint_path(tmp_path / "harbour") == fingerprint_path(folder), point
    verify_folder(tmp_path / "harbour")


@pytest.mark.parametrize("point", ["1:after", "12:before", "22:after", "23:before", LAST_POINT])
def test_a_kill_leaves_an_unfinished_folder_that_running_again_finishes(
    point: str, folder: Path, tmp_path: Path
) -> None:
    kill_and_publish_again(point, folder, tmp_path)


@pytest.mark.soak
def test_a_kill_at_every_write(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "writes"
    assert killed(tmp_path / "harbour", tmp_path / "parts", **{WRITE_LOG: str(log)}) == 0
    every = points(len(log.read_text().splitlines()))
    assert every[-1] == LAST_POINT
    for point in every:
        (tmp_path / point).mkdir()
        kill_and_publish_again(point, folder, tmp_path / point)
