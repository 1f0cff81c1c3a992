"""From the settings of a source to a folder that a reader can open."""

from __future__ import annotations

import json
import logging
import os
import shutil
from pathlib import Path

from filelock import FileLock

from crossprompt.corpora.archives import ExtractionLimits, extract_archive
from crossprompt.corpora.catalogue import CorpusEntry, Layout, find_corpus
from crossprompt.corpora.downloads import (
    DownloadSettings,
    checksum_message,
    download,
    is_downloaded,
    without_secrets,
)
from crossprompt.corpora.errors import SourceError
from crossprompt.corpora.settings import SourceSettings
from crossprompt.records import Record
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_file, fingerprint_path, fingerprint_value

DATA_ROOT_VARIABLE = "CROSSPROMPT_DATA_ROOT"
HOME_VARIABLE = "CROSSPROMPT_HOME"
DEFAULT_HOME = ".crossprompt"
_ASSETS = Path(__file__).resolve().parents[1] / "assets"
"""Where what comes with the package lies, each under its name in the catalogue."""
_log = logging.getLogger(__name__)


class ResolvedSource(Record):
    """A source that was found (a local one) or can be asked for (a remote one)."""

    corpus: str
    layout: Layout
    location: str
    """An absolute path, or an http(s) address."""
    fingerprint: str
    """What the cache key holds: SHA-256 of the content where it is known, else of the address."""
    sha256: str | None = None
    """The checksum that the content must have."""

    @property
    def is_remote(self) -> bool:
        """Whether ``location`` is an address."""
        return _is_address(self.location)

    @property
    def shown_location(self) -> str:
        """``location`` for reports: without secrets; a sample's by name."""
        if self.is_remote:
            return without_secrets(self.location)
        packaged = self.layout is Layout.SAMPLE or Path(self.location).is_relative_to(_ASSETS)
        return "packaged sample" if packaged else without_secrets(self.location)


def home_folder() -> Path:
    """Where downloads and unpacked archives live: ``$CROSSPROMPT_HOME``, else ``.crossprompt`` in the working
    folder.
    """
    return Path(os.environ.get(HOME_VARIABLE) or DEFAULT_HOME).expanduser().absolute()


def data_root_folder(data_root: str | os.PathLike[str] | None) -> Path | None:
    """The data root as given, else ``$CROSSPROMPT_DATA_ROOT``, else None.

    Raises:
        SourceError: The folder does not exist.
    """
    given = data_root or os.environ.get(DATA_ROOT_VARIABLE)
    if not given:
        return None
    folder = Path(given).expanduser().absolute()
    if not folder.is_dir():
        raise SourceError(
            f"data_root: there is no folder {folder}; create it, or leave data_root unset to use public addresses"
        )
    return folder


def resolve_source(settings: SourceSettings, data_root: str | os.PathLike[str] | None = None) -> ResolvedSource:
    """Find what ``settings`` names, without fetching or unpacking anything.

    ``settings.location`` wins; then, if there is a data root, the corpus's archive in it; then its public address.
    With a data root nothing is ever fetched from a public address instead: a file that is missing there is an error.

    Raises:
        UnknownCorpusError: The catalogue has no such corpus.
        SourceError: A path does not exist, or a local file has not the expected checksum.
    """
    entry = find_corpus(settings.corpus)
    location = _locate(entry, settings, data_root_folder(data_root))
    sha256 = settings.sha256 or (entry.sha256 if location == entry.address else None)
    if isinstance(location, str):
        fingerprint = sha256 or fingerprint_value(location)
        return ResolvedSource(
            corpus=entry.name, layout=entry.layout, location=location, fingerprint=fingerprint, sha256=sha256
        )
    found = fingerprint_path(location)
    if sha256 not in (None, found):
        raise SourceError(checksum_message(str(location), str(sha256), found))
    return ResolvedSource(
        corpus=entry.name, layout=entry.layout, location=str(location), fingerprint=found, sha256=found
    )


def open_source(
    resolved: ResolvedSource,
    home: Path | None = None,
    limits: ExtractionLimits | None = None,
    patience: DownloadSettings | None = None,
    *,
    progress: bool = True,
) -> Path:
    """A folder with the source's content, fetched and unpacked below ``home`` (default: :func:`home_folder`) if need
    be.

    Unpacked archives are kept under their checksum and looked at before they are used again: a folder that is not
    complete, or whose files were altered, is unpacked anew.

    Raises:
        SourceError: See :func:`download` and :func:`extract_archive`; or a local archive changed since it was
            resolved.
    """
    home = home or home_folder()
    if resolved.is_remote:
        archive = download(resolved.location, home / "downloads", resolved.sha256, patience, progress=progress)
    else:
        archive = Path(resolved.location)
        if archive.is_dir():
            return archive
    checksum = fingerprint_file(archive)
    if resolved.sha256 not in (None, checksum):
        raise SourceError(checksum_message(str(archive), str(resolved.sha256), checksum))
    return _unpacked(archive, checksum, home / "corpora" / f"{resolved.corpus}-{checksum[:16]}", limits, progress)


def is_at_hand(resolved: ResolvedSource, home: Path | None = None) -> bool:
    """Whether :func:`open_source` would open ``resolved`` without fetching anything."""
    folder = (home or home_folder()) / "downloads"
    return not resolved.is_remote or is_downloaded(resolved.location, folder, resolved.sha256)


def _is_address(location: str) -> bool:
    return location.startswith(("http://", "https://"))


def _locate(entry: CorpusEntry, settings: SourceSettings, data_root: Path | None) -> Path | str:
    if settings.location is not None:
        return settings.location if _is_address(settings.location) else _local_path(settings.location, data_root)
    if entry.address is None:
        return _existing(_ASSETS / entry.name, "the installation is incomplete; install the package again")
    if data_root is None:
        return entry.address
    for name in entry.mirror_names:
        if (data_root / name).exists():
            return data_root / name
    raise SourceError(
        f"data_root {data_root} holds no {entry.mirror_names[0]}; put it there (it is served at {entry.address}), "
        "or leave data_root unset to fetch it"
    )


def _local_path(location: str, data_root: Path | None) -> Path:
    if "://" in location:
        raise SourceError(f"source.location: {without_secrets(location)} is neither a path nor an http(s) address")
    path = (data_root or Path.cwd()) / Path(location).expanduser()
    return _existing(path, "give a folder, a zip or tar file, or an http(s) address")


def _existing(path: Path, advice: str) -> Path:
    if not path.exists():
        raise SourceError(f"source.location: there is no {path}; {advice}")
    return path


def _unpacked(archive: Path, checksum: str, target: Path, limits: ExtractionLimits | None, progress: bool) -> Path:
    """``target``, complete. Its marker, written last, holds the archive's checksum and the folder's own
    fingerprint.
    """
    marker = target.with_name(f"{target.name}.json")
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(target.with_name(f"{target.name}.lock")):
        if _is_complete(target, marker, checksum):
            return target
        marker.unlink(missing_ok=True)
        for torn in target.parent.glob(f".{target.name}.*"):
            _log.info("removing %s, which a killed process left", torn)
            shutil.rmtree(torn) if torn.is_dir() else torn.unlink()
        if target.exists():
            _log.warning("%s is incomplete or was altered; it is unpacked anew", target)
            shutil.rmtree(target)
        extract_archive(archive, target, limits, progress=progress)
        record = {"archive_sha256": checksum, "folder_fingerprint": fingerprint_path(target)}
        write_text_atomic(marker, json.dumps(record, indent=2))
    return target


def _is_complete(target: Path, marker: Path, checksum: str) -> bool:
    if not (target.is_dir() and marker.is_file()):
        return False
    record = json.loads(marker.read_text(encoding="utf-8"))
    return bool(record["archive_sha256"] == checksum and record["folder_fingerprint"] == fingerprint_path(target))
