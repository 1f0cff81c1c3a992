"""The folders of the home, as the project itself writes them, whole and spoiled."""

from __future__ import annotations

import json
import os
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from crossprompt.corpora.settings import SourceSettings
from crossprompt.corpora.sources import open_source, resolve_source
from crossprompt.publishing.checksums import CHECKSUMS, write_checksums
from crossprompt.reports.report import build_report, write_report
from crossprompt.storage.fingerprint import fingerprint_file
from crossprompt.training.checkpoint import CheckpointStore
from infra.doctor import home_folders
from infra.doctor.findings import Status
from infra.doctor.home_folders import check_home
from infra.doctor.surroundings import Surroundings
from infra.home import LEFT_OVER_SECONDS
from tests.factories import report_inputs
from tests.infra.doctor.traces import traces


def make_corpus(home: Path) -> Path:
    archive = home.parent / "own.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("1.1/data/en-US.jsonl", "{}\n")
    source = SourceSettings(corpus="massive", location=str(archive))
    folder = open_source(resolve_source(source), home, progress=False)
    return next(path for path in folder.rglob("*.jsonl"))


def make_checkpoint(home: Path) -> Path:
    CheckpointStore(home / "alignment" / "0123", {"data": "a"}).save(3, {"prompt": torch.ones(4)})
    return next((home / "alignment").rglob("*.safetensors"))


def make_publication(home: Path) -> Path:
    folder = home / "published" / "sample"
    folder.mkdir(parents=True)
    (folder / "README.md").write_text("a card", encoding="utf-8")
    write_checksums(folder, {"README.md": fingerprint_file(folder / "README.md")})
    return folder / "README.md"


def make_download(home: Path) -> Path:
    archive = home / "downloads" / "0123-own.zip"
    archive.parent.mkdir(parents=True)
    archive.write_bytes(b"packed")
    record = {"address": "http://x.invalid/own.zip", "bytes": 6, "sha256": fingerprint_file(archive)}
    archive.with_name(f"{archive.name}.json").write_text(json.dumps(record), encoding="utf-8")
    return archive


def make_report(home: Path) -> Path:
    write_report(build_report(report_inputs()), home / "report")
    return home / "report" / "csv" / "locales.csv"


MAKERS = (make_corpus, make_checkpoint, make_publication, make_download, make_report)


def worst(home: Path, *, thorough: bool = False) -> list[str]:
    """What is wrong."""
    found = check_home(Surroundings(home=home, thorough=thorough))
    return [finding.found for finding in found if finding.status is Status.WRONG]


def test_constants_are_those_of_who_writes() -> None:
    assert home_folders.LEFT_OVER_SECONDS == LEFT_OVER_SECONDS
    assert home_folders._CHECKSUMS == CHECKSUMS


def test_a_home_that_is_not_there_is_not_made(tmp_path: Path) -> None:
    (finding,) = check_home(Surroundings(home=tmp_path / "home"))
    assert finding.status is Status.WELL
    assert not (tmp_path / "home").exists()


@pytest.mark.parametrize("make", MAKERS)
def test_a_whole_folder_is_well_and_left_as_it_is(make: Callable[[Path], Path], tmp_path: Path) -> None:
    home = tmp_path / "home"
    make(home)
    before = traces(home)
    for thorough in (False, True):
        found = list(check_home(Surroundings(home=home, thorough=thorough)))
        assert [finding.status for finding in found] == [Status.WELL, Status.WELL]
        assert "1 looked at" in found[0].found
    assert traces(home) == before


@pytest.mark.parametrize("make", MAKERS)
def test_an_altered_file_is_found_where_all_is_read(make: Callable[[Path], Path], tmp_path: Path) -> None:
    home = tmp_path / "home"
    file = make(home)
    content = file.read_bytes()
    file.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    assert len(worst(home, thorough=True)) == 1


@pytest.mark.parametrize("make", [make_checkpoint, make_publication, make_download, make_report])
def test_a_file_that_is_gone_is_found_at_once(make: Callable[[Path], Path], tmp_path: Path) -> None:
    home = tmp_path / "home"
    make(home).unlink()
    assert len(worst(home)) == 1


def test_what_was_never_finished_is_told(tmp_path: Path) -> None:
    (tmp_path / "published" / "half").mkdir(parents=True)
    (tmp_path / "corpora" / "massive-0123").mkdir(parents=True)
    assert sorted(worst(tmp_path)) == [
        "published corpora: half was never finished: it has no SHA256SUMS",
        "unpacked corpora: massive-0123 was never finished",
    ]


def test_markers_that_can_not_be_read_are_told(tmp_path: Path) -> None:
    for file in ("alignment/0123/checkpoint.json", "downloads/a.zip.json", "report/csv/manifest.json"):
        (tmp_path / file).parent.mkdir(parents=True)
        (tmp_path / file).write_text("[", encoding="utf-8")
    assert len(worst(tmp_path)) == 3
    assert all("can't be read" in found for found in worst(tmp_path))


def test_what_killed_processes_left_is_noted_after_a_day(tmp_path: Path) -> None:
    torn, scratch = tmp_path / "report" / ".report.html.x.part", tmp_path / "scratch" / "package-x"
    torn.parent.mkdir()
    torn.write_text("half", encoding="utf-8")
    scratch.mkdir(parents=True)
    assert {finding.status for finding in check_home(Surroundings(home=tmp_path))} == {Status.WELL}
    old = time.time() - LEFT_OVER_SECONDS - 60
    os.utime(torn, (old, old))
    os.utime(scratch, (old, old))
    assert [finding.status for finding in check_home(Surroundings(home=tmp_path))] == [Status.NOTE, Status.NOTE]
    assert torn.exists()
    assert scratch.exists()
