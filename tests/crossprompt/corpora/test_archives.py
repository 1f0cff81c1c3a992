import tarfile
import zipfile

import pytest

from crossprompt.corpora.archives import ExtractionLimits, extract_archive
from crossprompt.corpora.errors import SourceError

FILES = {"top/a.json": b"[1]", "top/deep/b.json": bytes(range(256)) * 400}


def extract(archive, tmp_path, limits=None):
    target = tmp_path / "out" / "corpus"
    extract_archive(archive, target, limits, progress=False)
    return target


def assert_nothing_left(tmp_path):
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize("name", ["c.tar.gz", "c.tar.xz", "c.tar.bz2", "c.tar"])
def test_tar_of_every_compression(make_tar, tmp_path, name):
    target = extract(make_tar(FILES, name=name), tmp_path)
    assert {file: (target / file).read_bytes() for file in FILES} == FILES
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["corpus"]


def test_format_is_told_from_the_content_not_the_name(make_tar, tmp_path):
    odd = make_tar(FILES).rename(tmp_path / "download")
    assert (extract(odd, tmp_path) / "top/a.json").read_bytes() == b"[1]"


def test_zip(tmp_path):
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.mkdir("top")
        for name, content in FILES.items():
            archive.writestr(name, content)
    target = extract(path, tmp_path)
    assert {file: (target / file).read_bytes() for file in FILES} == FILES


@pytest.mark.parametrize("name", ["../evil", "top/../../evil", "/etc/evil", "..\\evil", "C:\\evil"])
def test_member_outside_the_folder_is_refused(make_tar, tmp_path, name):
    with pytest.raises(SourceError, match="would be written outside its folder"):
        extract(make_tar({"top/a.json": b"[1]", name: b"x"}), tmp_path)
    assert_nothing_left(tmp_path)


def test_zip_member_outside_the_folder_is_refused(tmp_path):
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../evil", b"x")
    with pytest.raises(SourceError, match="outside its folder"):
        extract(path, tmp_path)
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE])
def test_links_and_devices_are_refused(make_tar, tmp_path, kind):
    member = tarfile.TarInfo("top/odd")
    member.type = kind
    member.linkname = "/etc/hostname"
    with pytest.raises(SourceError, match=r"'top/odd' is a link or a device"):
        extract(make_tar(FILES, member), tmp_path)
    assert_nothing_left(tmp_path)


def test_zip_link_is_refused(tmp_path):
    info = zipfile.ZipInfo("link")
    info.external_attr = 0o120777 << 16
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, "/etc/hostname")
    with pytest.raises(SourceError, match="is a link or a device"):
        extract(path, tmp_path)


def test_bombs_are_stopped_by_size_and_by_number(make_tar, tmp_path):
    bomb = make_tar({"zeros": bytes(5_000_000)})
    assert bomb.stat().st_size < 50_000
    with pytest.raises(SourceError, match="unpacks to more than 1,000,000 bytes"):
        extract(bomb, tmp_path, ExtractionLimits(max_bytes=1_000_000))
    with pytest.raises(SourceError, match="more than 3 members"):
        extract(make_tar({str(i): b"" for i in range(5)}), tmp_path, ExtractionLimits(max_members=3))
    assert_nothing_left(tmp_path)


@pytest.mark.parametrize("name", ["c.tar.gz", "c.tar.xz", "c.tar.bz2", "c.tar", "c.zip"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_truncated_archive_is_one_clear_sentence(make_tar, tmp_path, name, share):
    path = _zip(tmp_path) if name == "c.zip" else make_tar(FILES, name=name)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(SourceError, match=r"is truncated or damaged \(.+\); get a fresh copy"):
        extract(path, tmp_path)
    assert_nothing_left(tmp_path)


def test_plain_tar_cut_between_two_members_is_noticed(make_tar, tmp_path):
    path = make_tar({"a": b"x" * 512, "b": b"y"}, name="c.tar")
    path.write_bytes(path.read_bytes()[:1024])
    with pytest.raises(SourceError, match="end-of-archive mark is missing"):
        extract(path, tmp_path)


def test_flipped_byte_is_noticed(make_tar, tmp_path):
    path = make_tar({"a": bytes(range(256)) * 400})
    content = bytearray(path.read_bytes())
    content[-6] ^= 0xFF  # in the checksum that gzip stores
    path.write_bytes(content)
    with pytest.raises(SourceError, match="truncated or damaged"):
        extract(path, tmp_path)


def test_no_archive_at_all(tmp_path):
    path = tmp_path / "page.tar.gz"
    path.write_text("<html>not found</html>")
    with pytest.raises(SourceError, match="neither a zip nor a tar"):
        extract(path, tmp_path)


def test_member_that_is_there_twice_is_refused(make_tar, tmp_path):
    second = tarfile.TarInfo("top/a.json")
    with pytest.raises(SourceError, match="is there twice"):
        extract(make_tar(FILES, second), tmp_path)


def _zip(tmp_path):
    path = tmp_path / "c.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in FILES.items():
            archive.writestr(name, content)
    return path
