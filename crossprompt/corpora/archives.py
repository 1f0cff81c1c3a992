"""Unpacking zip and tar archives that nobody vouches for.

Members that would leave the target folder, links, devices and encrypted members are refused, and so is an archive
that unpacks to more than a limit: bytes are counted as they are written, whatever the headers claim. The target
appears whole or not at all.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, Never, cast

from tqdm import tqdm

from crossprompt.corpora.errors import SourceError
from crossprompt.corpora.progress import byte_bar

_CHUNK = 1 << 20
_TAR_BLOCK = 512
_OPENERS: dict[bytes, Callable[..., object]] = {b"\x1f\x8b": gzip.open, b"\xfd7zXZ\x00": lzma.open, b"BZh": bz2.open}
_DAMAGE = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile)


@dataclass(frozen=True, slots=True)
class ExtractionLimits:
    """The most that an archive may unpack to."""

    max_bytes: int = 8 << 30
    max_members: int = 200_000


def extract_archive(
    archive: Path, target: Path, limits: ExtractionLimits | None = None, *, progress: bool = True
) -> None:
    """Unpack ``archive`` (zip, or tar with gzip, xz, bzip2 or no compression) as the new folder ``target``.

    The format is told from the content, not from the name. Files are unpacked beside ``target`` and renamed at the
    end.

    Raises:
        SourceError: The file is no archive, is truncated or damaged, holds an unsafe member, or is larger than
            ``limits``.
        FileExistsError: ``target`` exists.
    """
    if target.exists():
        raise FileExistsError(target)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=target.parent, prefix=f".{target.name}."))
    try:
        writer = _MemberWriter(archive, temporary, limits or ExtractionLimits())
        with byte_bar(f"unpack {archive.name}", None, enabled=progress) as bar:
            writer.bar = bar
            _extract(archive, writer)
        temporary.chmod(0o755)
        temporary.rename(target)
    except _DAMAGE as error:
        raise SourceError(
            f"{archive} is truncated or damaged ({error or type(error).__name__}); get a fresh copy of it"
        ) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


class _MemberWriter:
    """Writes one member after the other below a folder, within limits."""

    def __init__(self, archive: Path, folder: Path, limits: ExtractionLimits) -> None:
        self.archive = archive
        self.folder = folder
        self.limits = limits
        self.bar: tqdm[Never] | None = None
        self._bytes = 0
        self._members = 0

    def place(self, name: str) -> Path:
        """Where the member ``name`` goes."""
        self._members += 1
        if self._members > self.limits.max_members:
            raise SourceError(f"{self.archive} has more than {self.limits.max_members:,} members; it is not unpacked")
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in name.split("/")[0] or "\0" in name:
            self.refuse(name, "would be written outside its folder")
        return self.folder.joinpath(*path.parts)

    def refuse(self, name: str, reason: str) -> None:
        raise SourceError(f"{self.archive}: member {name!r} {reason}; the archive is not unpacked")

    def write(self, name: str, stream: IO[bytes], size: int) -> None:
        """Copy the member's ``size`` bytes."""
        target = self.place(name)
        if target.exists():
            self.refuse(name, "is there twice")
        target.parent.mkdir(parents=True, exist_ok=True)
        written = 0
        with target.open("wb") as out:
            while chunk := stream.read(_CHUNK):
                self._count(len(chunk))
                written += out.write(chunk)
        if written != size:
            raise EOFError(f"member {name!r} has {written:,} of {size:,} bytes")

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self.limits.max_bytes:
            raise SourceError(
                f"{self.archive} unpacks to more than {self.limits.max_bytes:,} bytes; it is not unpacked"
            )
        if self.bar is not None:
            self.bar.update(size)


def _extract(archive: Path, writer: _MemberWriter) -> None:
    if zipfile.is_zipfile(archive):
        _extract_zip(archive, writer)
        return
    with archive.open("rb") as raw:
        magic = raw.read(6)
    if magic.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile("the zip file's directory at its end is missing")
    with _decompressed(archive, magic) as stream:
        _extract_tar(stream, writer)


@contextmanager
def _decompressed(archive: Path, magic: bytes) -> Iterator[IO[bytes]]:
    for prefix, opener in _OPENERS.items():
        if magic.startswith(prefix):
            with cast(IO[bytes], opener(archive, "rb")) as stream:
                yield stream
            return
    with archive.open("rb") as plain:
        if not tarfile.is_tarfile(archive):
            raise SourceError(f"{archive} is neither a zip nor a tar archive (tar may be plain, gzip, xz or bzip2)")
        yield plain


def _extract_zip(archive: Path, writer: _MemberWriter) -> None:
    with zipfile.ZipFile(archive) as opened:
        for info in opened.infolist():
            kind = stat.S_IFMT(info.external_attr >> 16)
            if info.flag_bits & 1:
                writer.refuse(info.filename, "is encrypted")
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                writer.refuse(info.filename, "is a link or a device")
            if info.is_dir():
                writer.place(info.filename).mkdir(parents=True, exist_ok=True)
                continue
            with opened.open(info) as stream:
                writer.write(info.filename, stream, info.file_size)


def _extract_tar(stream: IO[bytes], writer: _MemberWriter) -> None:
    with tarfile.open(fileobj=stream, mode="r:") as opened:
        for member in opened:
            if member.isdir():
                writer.place(member.name).mkdir(parents=True, exist_ok=True)
            elif member.isreg() and (content := opened.extractfile(member)) is not None:
                writer.write(member.name, content, member.size)
            else:
                writer.refuse(member.name, "is a link or a device")
        _require_end_of_tar(stream, opened.offset)


def _require_end_of_tar(stream: IO[bytes], offset: int) -> None:
    """``tarfile`` takes a file that was cut between two members for a whole one; a whole one ends in a block of
    zeros.

    Reading to the end makes the decompressor check its own checksum, too.
    """
    stream.seek(offset)
    if stream.read(_TAR_BLOCK) != bytes(_TAR_BLOCK):
        raise EOFError("the end-of-archive mark is missing")
    while stream.read(_CHUNK):
        pass
