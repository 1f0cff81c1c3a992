"""Who reads a file that is being replaced sees the old one or the whole new one."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from crossprompt.storage.atomic import atomic_path, write_bytes_atomic, write_text_atomic


def write_halfway(target: Path, error: BaseException) -> None:
    with atomic_path(target) as temporary:
        temporary.write_text("half")
        raise error


def test_text_and_bytes_arrive_whole_in_folders_that_are_made(tmp_path: Path) -> None:
    write_text_atomic(tmp_path / "a" / "text", "grün\n")
    write_bytes_atomic(tmp_path / "a" / "bytes", b"\x00\xff")
    assert (tmp_path / "a" / "text").read_bytes() == "grün\n".encode()
    assert (tmp_path / "a" / "bytes").read_bytes() == b"\x00\xff"
    assert sorted(path.name for path in (tmp_path / "a").iterdir()) == ["bytes", "text"]


@pytest.mark.parametrize("error", [ValueError("no"), KeyboardInterrupt()])
def test_an_interrupted_write_leaves_the_old_file_and_no_temporary_one(tmp_path: Path, error: BaseException) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with pytest.raises(type(error)):
        write_halfway(target, error)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_an_interrupted_first_write_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no"):
        write_halfway(tmp_path / "file", ValueError("no"))
    assert list(tmp_path.iterdir()) == []


def test_the_old_file_stands_until_the_block_ends(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with atomic_path(target) as temporary:
        temporary.write_text("new")
        assert temporary.parent == target.parent
        assert target.read_text() == "old"
    assert target.read_text() == "new"


def test_a_reader_that_has_the_old_file_open_keeps_it(tmp_path: Path) -> None:
    target = tmp_path / "file"
    target.write_text("old")
    with target.open() as stream:
        write_text_atomic(target, "new")
        assert stream.read() == "old"


def test_others_may_read_the_file_though_the_temporary_one_was_private(tmp_path: Path) -> None:
    target = tmp_path / "file"
    with atomic_path(target) as temporary:
        assert stat.S_IMODE(temporary.stat().st_mode) == 0o600
    assert stat.S_IMODE(target.stat().st_mode) == 0o644


def test_content_and_folder_are_synced_before_the_write_counts_as_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = []
    monkeypatch.setattr(os, "fsync", lambda descriptor: synced.append(stat.S_ISDIR(os.fstat(descriptor).st_mode)))
    write_text_atomic(tmp_path / "file", "new")
    assert synced == [False, True]
