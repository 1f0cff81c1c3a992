import hashlib
import multiprocessing
from pathlib import Path

import pytest

from crossprompt.corpora.catalogue import CATALOGUE
from crossprompt.corpora.downloads import DownloadSettings
from crossprompt.corpora.errors import SourceError
from crossprompt.corpora.settings import SourceSettings
from crossprompt.corpora.sources import home_folder, is_at_hand, open_source, resolve_source

FAST = DownloadSettings(attempts=3, first_wait_seconds=0.01)


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_sample_is_a_folder_of_the_package():
    resolved = resolve_source(SourceSettings())
    assert open_source(resolved) == Path(resolved.location)
    assert resolved.shown_location == "packaged sample"
    assert resolved.fingerprint == resolve_source(SourceSettings(), None).fingerprint


def test_without_data_root_the_public_address_is_taken():
    resolved = resolve_source(SourceSettings(corpus="massive"))
    assert resolved.location == CATALOGUE["massive"].address
    assert resolved.is_remote


def test_archive_in_the_data_root(make_tar, tmp_path):
    archive = make_tar({"top/a": b"1"}, name="cod.tar.xz")
    resolved = resolve_source(SourceSettings(corpus="cod"), tmp_path)
    assert resolved.location == str(archive)
    assert resolved.fingerprint == sha256(archive)
    folder = open_source(resolved, tmp_path / "home", progress=False)
    assert (folder / "top/a").read_bytes() == b"1"


def test_data_root_from_the_environment(make_tar, tmp_path, monkeypatch):
    archive = make_tar({"a": b"1"}, name="cod.tar.xz")
    monkeypatch.setenv("CROSSPROMPT_DATA_ROOT", str(tmp_path))
    assert resolve_source(SourceSettings(corpus="cod")).location == str(archive)


def test_absent_in_data_root_names_file_and_address(tmp_path):
    with pytest.raises(SourceError) as error:
        resolve_source(SourceSettings(corpus="massive"), tmp_path)
    assert "amazon-massive-dataset-1.1.tar.gz" in str(error.value)
    assert str(CATALOGUE["massive"].address) in str(error.value)


def test_data_root_that_is_no_folder(tmp_path):
    with pytest.raises(SourceError, match="data_root: there is no folder"):
        resolve_source(SourceSettings(corpus="cod"), tmp_path / "nowhere")


def test_location_is_relative_to_the_data_root(make_tar, tmp_path):
    make_tar({"a": b"1"}, name="mine.tar.gz")
    resolved = resolve_source(SourceSettings(corpus="sgd", location="mine.tar.gz"), tmp_path)
    assert Path(resolved.location) == tmp_path / "mine.tar.gz"


@pytest.mark.parametrize(
    ("location", "message"),
    [("nowhere.zip", "there is no .*nowhere.zip"), ("s3://u:p@bucket/x.zip", "s3://bucket/x.zip is neither a path")],
)
def test_wrong_location(tmp_path, location, message):
    with pytest.raises(SourceError, match=message):
        resolve_source(SourceSettings(corpus="sgd", location=location), tmp_path)


def test_folder_fingerprint_follows_the_content(tmp_path):
    (tmp_path / "a").write_text("1")
    settings = SourceSettings(corpus="sgd", location=str(tmp_path))
    before = resolve_source(settings)
    assert open_source(before) == tmp_path
    (tmp_path / "a").write_text("2")
    assert resolve_source(settings).fingerprint != before.fingerprint


def test_wrong_checksum_of_a_local_archive(make_tar):
    archive = make_tar({"a": b"1"})
    with pytest.raises(SourceError, match=f"has sha256 {sha256(archive)}, but {'0' * 64} is expected"):
        resolve_source(SourceSettings(corpus="sgd", location=str(archive), sha256="0" * 64))


def test_archive_that_changes_after_it_was_resolved(make_tar, tmp_path):
    resolved = resolve_source(SourceSettings(corpus="sgd", location=str(make_tar({"a": b"1"}))))
    make_tar({"a": b"2"})
    with pytest.raises(SourceError, match="is expected"):
        open_source(resolved, tmp_path / "home", progress=False)


def test_altered_and_incomplete_folders_are_unpacked_anew(make_tar, tmp_path):
    resolved = resolve_source(SourceSettings(corpus="sgd", location=str(make_tar({"a": b"1", "b": b"2"}))))
    folder = open_source(resolved, tmp_path / "home", progress=False)
    (folder / "a").write_bytes(b"tampered")
    assert (open_source(resolved, tmp_path / "home", progress=False) / "a").read_bytes() == b"1"
    folder.with_name(f"{folder.name}.json").unlink()
    (folder / "b").unlink()
    assert (open_source(resolved, tmp_path / "home", progress=False) / "b").read_bytes() == b"2"


def test_what_a_killed_process_left_is_removed(make_tar, tmp_path):
    resolved = resolve_source(SourceSettings(corpus="sgd", location=str(make_tar({"a": b"1"}))))
    torn = tmp_path / "home" / "corpora" / f".sgd-{resolved.fingerprint[:16]}.x7k2"
    torn.mkdir(parents=True)
    (torn / "half").write_bytes(b"0")
    assert (open_source(resolved, tmp_path / "home", progress=False) / "a").read_bytes() == b"1"
    assert not torn.exists()


def test_served_archive_after_failures(make_tar, served, tmp_path):
    served.content, served.plan = make_tar({"top/a": b"1"}).read_bytes(), ["503", "break"]
    resolved = resolve_source(SourceSettings(corpus="sgd", location=served.address))
    folder = open_source(resolved, tmp_path / "home", patience=FAST, progress=False)
    assert (folder / "top/a").read_bytes() == b"1"
    assert folder == open_source(resolved, tmp_path / "home", patience=FAST, progress=False)
    assert len(served.ranges) == 3


def test_what_was_fetched_is_at_hand_and_looking_asks_nobody(make_tar, served, tmp_path):
    served.content = make_tar({"top/a": b"1"}).read_bytes()
    away = resolve_source(SourceSettings(corpus="sgd", location=served.address))
    home = tmp_path / "home"
    assert not is_at_hand(away, home)
    assert served.ranges == []
    open_source(away, home, patience=FAST, progress=False)
    assert is_at_hand(away, home)
    assert not is_at_hand(away.model_copy(update={"sha256": "0" * 64}), home)
    assert is_at_hand(resolve_source(SourceSettings()), home)
    assert len(served.ranges) == 1


def test_pinned_checksum_is_the_fingerprint_of_an_address():
    settings = SourceSettings(corpus="sgd", location="https://example.org/a.zip", sha256="a" * 64)
    assert resolve_source(settings).fingerprint == "a" * 64


def test_home_folder_from_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path / "h"))
    assert home_folder() == tmp_path / "h"
    monkeypatch.delenv("CROSSPROMPT_HOME")
    monkeypatch.chdir(tmp_path)
    assert home_folder() == tmp_path / ".crossprompt"


def _open(resolved, home, queue):
    folder = open_source(resolved, home, progress=False)
    queue.put(sum(1 for _ in folder.rglob("*")))


def test_two_processes_at_once(make_tar, tmp_path):
    archive = make_tar({f"f{i}": b"x" * 1000 for i in range(300)})
    resolved = resolve_source(SourceSettings(corpus="sgd", location=str(archive)))
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    workers = [context.Process(target=_open, args=(resolved, tmp_path / "home", queue)) for _ in range(3)]
    for worker in workers:
        worker.start()
    assert [queue.get(timeout=60) for _ in workers] == [300, 300, 300]
    for worker in workers:
        worker.join()
    assert all(worker.exitcode == 0 for worker in workers)
