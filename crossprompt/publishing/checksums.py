"""``SHA256SUMS``: which files a published folder vouches for; written last, and readable by ``sha256sum -c``."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from crossprompt.publishing.errors import PublishingError
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_file

CHECKSUMS: Final = "SHA256SUMS"
_LINE = re.compile(r"([0-9a-f]{64})  (\S.*)")
_SHOWN = 5


def write_checksums(folder: Path, digests: Mapping[str, str]) -> None:
    """Write the checksums of files by their path inside ``folder``; from now on the folder is whole."""
    lines = (f"{digest}  {name}\n" for name, digest in sorted(digests.items()))
    write_text_atomic(folder / CHECKSUMS, "".join(lines))


def read_checksums(folder: Path) -> dict[str, str]:
    """Hex SHA-256 by path inside ``folder``.

    Raises:
        PublishingError: The file is missing (the folder was never finished) or is not readable as checksums.
    """
    file = folder / CHECKSUMS
    if not file.is_file():
        raise PublishingError(f"{folder} has no {CHECKSUMS}: it was never finished; publish it again")
    found = {}
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        match = _LINE.fullmatch(line)
        if match is None:
            raise PublishingError(f"{file}, line {number} is no checksum: publish the folder again")
        found[match[2]] = match[1]
    return found


def verify_folder(folder: Path) -> dict[str, str]:
    """Read every file of a published folder; gives the checksums.

    Raises:
        PublishingError: A file is missing, was changed, or is there without a checksum; the message names it.
    """
    expected = read_checksums(folder)
    present = {name for name in _files(folder) if name != CHECKSUMS}
    faults = [f"{name} is missing" for name in sorted(expected.keys() - present)]
    faults += [f"{name} has no checksum" for name in sorted(present - expected.keys())]
    faults += [
        f"{name} was changed"
        for name in sorted(expected.keys() & present)
        if fingerprint_file(folder / name) != expected[name]
    ]
    if faults:
        more = f" and {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else ""
        raise PublishingError(f"{folder}: {'; '.join(faults[:_SHOWN])}{more}; publish the folder again")
    return expected


def _files(folder: Path) -> list[str]:
    """Paths inside ``folder``; hidden ones are other programs' (a repository's, or a write that was killed)."""
    names = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return [name.as_posix() for name in names if not any(part.startswith(".") for part in name.parts)]
