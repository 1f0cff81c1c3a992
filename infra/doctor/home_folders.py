"""The folders of the project's home: whether they are whole, and what killed processes left there."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from crossprompt.storage.fingerprint import fingerprint_file, fingerprint_path
from infra.doctor.findings import Finding, note, shortened, well, wrong
from infra.doctor.surroundings import Surroundings

LEFT_OVER_SECONDS: Final = 24 * 3600.0
"""As ``infra.home``: files under way are written to every few minutes."""
PUBLISH_AGAIN: Final = "run `build_corpus` with the same settings: the ledger keeps what was paid for"
REPORT_AGAIN: Final = "run the pipeline again: cached steps take seconds"
_CHECKSUMS: Final = "SHA256SUMS"

Look = Callable[[Path, bool], str | None]


def check_home(surroundings: Surroundings) -> Iterator[Finding]:
    """Downloads, unpacked corpora, checkpoints, published corpora and reports, and what is left over."""
    home = surroundings.home
    if not home.is_dir():
        yield well(f"no home yet: the first run makes {home}")
        return
    kinds: tuple[tuple[str, list[Path], Look, str], ...] = (
        ("downloads", _files(home / "downloads", "*.json"), download_fault, "the next run fetches them again"),
        ("unpacked corpora", _folders(home / "corpora"), corpus_fault, "the next run unpacks them again"),
        ("checkpoints", _checkpoints(home), checkpoint_fault, "the next run begins that training anew"),
        ("published corpora", _folders(home / "published"), publication_fault, PUBLISH_AGAIN),
        ("reports", _files(home, "*report/csv/manifest.json"), report_fault, REPORT_AGAIN),
    )  # fmt: skip
    for name, places, look, mending in kinds:
        yield from _kind(name, places, look, mending, surroundings.thorough)
    yield from left_over(home)


def download_fault(marker: Path, thorough: bool) -> str | None:
    """What is wrong with the download that ``marker`` belongs to."""
    archive, record = marker.with_suffix(""), _read(marker)
    if record is None or "sha256" not in record:
        return f"{marker.name} can't be read"
    if not archive.is_file():
        return f"{archive.name} is gone"
    altered = archive.stat().st_size != record.get("bytes") or (
        thorough and fingerprint_file(archive) != record["sha256"]
    )
    return f"{archive.name} was altered" if altered else None


def corpus_fault(folder: Path, thorough: bool) -> str | None:
    """What is wrong with an unpacked archive."""
    record = _read(folder.with_name(f"{folder.name}.json"))
    if record is None:
        return f"{folder.name} was never finished"
    altered = thorough and fingerprint_path(folder) != record.get("folder_fingerprint")
    return f"{folder.name} was altered" if altered else None


def checkpoint_fault(marker: Path, thorough: bool) -> str | None:
    """What is wrong with the checkpoint that ``marker`` vouches for; its file is always read: it is small."""
    record, name = _read(marker), f"{marker.parent.parent.name}/{marker.parent.name}"
    if record is None or not {"file", "sha256"} <= record.keys():
        return f"{name}: {marker.name} can't be read"
    file = marker.parent / str(record["file"])
    if not file.is_file():
        return f"{name}: {file.name} is gone"
    return f"{name}: {file.name} was altered" if fingerprint_file(file) != record["sha256"] else None


def publication_fault(folder: Path, thorough: bool) -> str | None:
    """What is wrong with a published corpus."""
    sums = folder / _CHECKSUMS
    if not sums.is_file():
        return f"{folder.name} was never finished: it has no {_CHECKSUMS}"
    for line in sums.read_text(encoding="utf-8", errors="replace").splitlines():
        digest, _, name = line.partition("  ")
        if not (folder / name).is_file():
            return f"{folder.name}: {name} is missing"
        if thorough and fingerprint_file(folder / name) != digest:
            return f"{folder.name}: {name} was changed"
    return None


def report_fault(manifest: Path, thorough: bool) -> str | None:
    """What is wrong with a report's tables; they are always read: they are small."""
    tables = _read(manifest)
    if tables is None:
        return f"{manifest.parent.parent.name}: {manifest.name} can't be read"
    for name, record in tables.items():
        table = manifest.parent / name
        if not table.is_file() or fingerprint_file(table) != record.get("sha256"):
            return f"{manifest.parent.parent.name}: {name} is gone or was altered"
    return None


def left_over(home: Path) -> Iterator[Finding]:
    """Files that killed processes left, when nobody has written to them for a day."""
    before = time.time() - LEFT_OVER_SECONDS
    torn = [path for path in home.rglob(".*.part") if _written(path) < before]
    scratch = [path for path in _entries(home / "scratch") if max(map(_written, (path, *path.rglob("*")))) < before]
    if torn:
        size, names = sum(path.stat().st_size for path in torn), shortened([path.name for path in torn])
        yield note(
            f"{len(torn)} unfinished files of killed processes ({size / 1e6:.1f} MB): {names}",
            f"remove them: find {home} -name '.*.part' -mtime +0 -delete",
        )
    if scratch:
        yield note(f"{len(scratch)} folders of killed runs in {home / 'scratch'}", "the next run removes them")
    if not torn and not scratch:
        yield well("nothing was left over by killed processes")


def _kind(name: str, places: list[Path], look: Look, mending: str, thorough: bool) -> Iterator[Finding]:
    faults = [fault for place in places if (fault := look(place, thorough)) is not None]
    if faults:
        yield wrong(f"{name}: {shortened(faults)}", mending)
    elif places:
        yield well(f"{name}: {len(places)} looked at, all whole")


def _checkpoints(home: Path) -> list[Path]:
    return [file for room in ("alignment", "pretraining") for file in _files(home / room, "*/checkpoint.json")]


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _folders(folder: Path) -> list[Path]:
    return [entry for entry in _entries(folder) if entry.is_dir() and not entry.name.startswith(".")]


def _files(folder: Path, pattern: str) -> list[Path]:
    return sorted(folder.glob(pattern)) if folder.is_dir() else []


def _written(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except FileNotFoundError:
        return time.time()


def _read(file: Path) -> dict[str, Any] | None:
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None
