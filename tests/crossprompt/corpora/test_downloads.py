import hashlib
import json
import os

import pytest

from crossprompt.corpora.downloads import DownloadSettings, download, without_secrets
from crossprompt.corpora.errors import SourceError

CONTENT = os.urandom(1_500_000)
SHA = hashlib.sha256(CONTENT).hexdigest()
FAST = DownloadSettings(attempts=4, first_wait_seconds=0.01, timeout_seconds=5)


def fetch(served, tmp_path, sha256=None, settings=FAST):
    return download(served.address, tmp_path, sha256, settings, progress=False)


def test_fetched_once_and_kept(served, tmp_path):
    served.content = CONTENT
    first, second = fetch(served, tmp_path, SHA), fetch(served, tmp_path, SHA)
    assert first == second
    assert first.read_bytes() == CONTENT
    assert len(served.ranges) == 1
    assert not list(tmp_path.glob("*.part*"))


def test_failure_then_success(served, tmp_path):
    served.content, served.plan = CONTENT, ["503", "429"]
    assert fetch(served, tmp_path).read_bytes() == CONTENT
    assert len(served.ranges) == 3


def test_broken_transfer_is_continued(served, tmp_path):
    served.content, served.plan = CONTENT, ["break", "break"]
    assert fetch(served, tmp_path, SHA).read_bytes() == CONTENT
    assert served.ranges[0] is None
    first, second = (int(str(asked).removeprefix("bytes=").rstrip("-")) for asked in served.ranges[1:])
    assert 600_000 < first <= 750_000 < second <= 1_125_000


def test_server_without_etag_starts_over(served, tmp_path):
    served.content, served.plan, served.etag = CONTENT, ["break"], None
    assert fetch(served, tmp_path, SHA).read_bytes() == CONTENT
    assert served.ranges == [None, None]


def test_file_that_changed_between_attempts_is_not_stitched(served, tmp_path):
    served.content, served.plan = CONTENT, ["break"]
    with pytest.raises(SourceError):
        fetch(served, tmp_path, settings=DownloadSettings(attempts=1))
    served.content, served.etag = CONTENT[::-1], '"v2"'
    assert fetch(served, tmp_path).read_bytes() == CONTENT[::-1]


def test_part_that_is_too_long_is_dropped(served, tmp_path):
    served.content, served.plan = CONTENT, ["break"]
    with pytest.raises(SourceError):
        fetch(served, tmp_path, settings=DownloadSettings(attempts=1))
    served.plan = ["416"]
    assert fetch(served, tmp_path, SHA).read_bytes() == CONTENT
    assert served.ranges[-1] is None


def test_gives_up_with_one_sentence(served, tmp_path):
    served.plan = ["500"] * 9
    with pytest.raises(SourceError, match=r"could not be fetched in 4 attempts \(.*500.*set data_root"):
        fetch(served, tmp_path)
    assert not [file for file in tmp_path.iterdir() if file.suffix == ".gz"]


def test_missing_page_is_not_tried_again(served, tmp_path):
    served.plan = ["404"] * 9
    with pytest.raises(SourceError, match="answered 404 Not Found; check the address"):
        fetch(served, tmp_path)
    assert len(served.ranges) == 1


def test_nobody_listens(tmp_path):
    with pytest.raises(SourceError, match="ConnectionError"):
        download("http://127.0.0.1:9/a.tar", tmp_path, None, DownloadSettings(attempts=1), progress=False)


def test_wrong_checksum(served, tmp_path):
    served.content = CONTENT
    with pytest.raises(SourceError, match=f"has sha256 {SHA}, but {'0' * 64} is expected"):
        fetch(served, tmp_path, "0" * 64)
    assert not list(tmp_path.glob("*.gz"))


def test_too_large(served, tmp_path):
    served.content = CONTENT
    with pytest.raises(SourceError, match="larger than 1,000 bytes"):
        fetch(served, tmp_path, settings=DownloadSettings(max_bytes=1000))


def test_altered_file_is_fetched_again(served, tmp_path):
    served.content = CONTENT
    fetch(served, tmp_path).write_bytes(b"rubbish")
    assert fetch(served, tmp_path).read_bytes() == CONTENT
    assert len(served.ranges) == 2


def test_secrets_are_neither_recorded_nor_shown(served, tmp_path):
    served.content = CONTENT
    address = served.address.replace("://", "://user:hush@") + "?token=hush"
    path = download(address, tmp_path, None, FAST, progress=False)
    record = json.loads(path.with_name(f"{path.name}.json").read_text())
    assert record["address"] == served.address == without_secrets(address)
    assert record["sha256"] == SHA
