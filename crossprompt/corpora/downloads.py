"""Fetching an archive over http(s): resumed after a break, verified, and visible only when whole."""

from __future__ import annotations

import json
import logging
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import requests
from filelock import FileLock
from tenacity import RetryError, Retrying, retry_if_exception_type, stop_after_attempt, wait_exponential_jitter

from crossprompt.corpora.errors import SourceError
from crossprompt.corpora.progress import byte_bar
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_file, fingerprint_value

_CHUNK = 1 << 16
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class DownloadSettings:
    """How patient a download is."""

    attempts: int = 5
    first_wait_seconds: float = 1.0
    """Doubled after each failed attempt, with jitter."""
    timeout_seconds: float = 30.0
    """Longest silence of the server."""
    max_bytes: int = 4 << 30


class _TransientError(Exception):
    """A failure that may be gone at the next attempt."""


def download(
    address: str,
    folder: Path,
    sha256: str | None = None,
    settings: DownloadSettings | None = None,
    *,
    progress: bool = True,
) -> Path:
    """The file at ``address``, in ``folder``; fetched only if it isn't there whole and unaltered.

    A broken transfer is continued where it stopped if the server allows that and still has the same file. Beside the
    file lies ``<file>.json`` with its address, size and checksum, written last. Processes that want the same file
    wait for each other.

    Raises:
        SourceError: The server can't be reached or refuses, or the file is not the one that ``sha256`` names.
    """
    settings = settings or DownloadSettings()
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / _file_name(address)
    with FileLock(target.with_name(f"{target.name}.lock")):
        if not _is_intact(target, sha256):
            _fetch(address, target, settings, progress=progress)
            _accept(address, target, sha256)
    return target


def is_downloaded(address: str, folder: Path, sha256: str | None = None) -> bool:
    """Whether :func:`download` would give the file without asking for it; opens no connection."""
    return _is_intact(folder / _file_name(address), sha256)


def recorded_checksum(folder: Path, address_fingerprint: str) -> str | None:
    """The SHA-256 that :func:`download` recorded in ``folder`` for an address; None if it has none, or several.

    Args:
        folder: Of downloads.
        address_fingerprint: The address's :func:`crossprompt.storage.fingerprint.fingerprint_value`, for those who do
            not know the address itself.
    """
    records = sorted(folder.glob(f"{_prefix(address_fingerprint)}*.json"))
    found = [sha256 for record in records if (sha256 := _recorded(record)) is not None]
    return found[0] if len(found) == 1 else None


def without_secrets(address: str) -> str:
    """``address`` without user, password and query, fit for messages and records."""
    parts = urlsplit(address)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", ""))


def _file_name(address: str) -> str:
    name = re.sub(r"[^A-Za-z0-9._-]", "_", Path(urlsplit(address).path).name) or "archive"
    return f"{_prefix(fingerprint_value(address))}{name}"


def _prefix(address_fingerprint: str) -> str:
    """What the names of an address's files begin with."""
    return f"{address_fingerprint[:12]}-"


def _recorded(marker: Path) -> str | None:
    """The checksum in a download's record; None if it can't be read."""
    try:
        return str(json.loads(marker.read_text(encoding="utf-8"))["sha256"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _marker(target: Path) -> Path:
    return target.with_name(f"{target.name}.json")


def _part(target: Path) -> Path:
    return target.with_name(f"{target.name}.part")


def _is_intact(target: Path, sha256: str | None) -> bool:
    if not (target.is_file() and _marker(target).is_file()):
        return False
    recorded = json.loads(_marker(target).read_text(encoding="utf-8"))["sha256"]
    if fingerprint_file(target) == recorded and sha256 in (None, recorded):
        return True
    _log.warning("%s was altered or replaced since it was downloaded; it is fetched again", target)
    return False


def _fetch(address: str, target: Path, settings: DownloadSettings, *, progress: bool) -> None:
    _marker(target).unlink(missing_ok=True)
    attempts = Retrying(
        stop=stop_after_attempt(settings.attempts),
        wait=wait_exponential_jitter(
            multiplier=settings.first_wait_seconds, max=60, jitter=settings.first_wait_seconds
        ),
        retry=retry_if_exception_type(_TransientError),
        before_sleep=lambda state: _log.warning("%s", state.outcome.exception() if state.outcome else ""),
    )
    try:
        attempts(_continue, address, _part(target), settings, progress)
    except RetryError as error:
        reason = error.last_attempt.exception()
        raise SourceError(
            f"{without_secrets(address)} could not be fetched in {settings.attempts} attempts ({reason}); "
            "check the network, or set data_root to a folder that holds the archive"
        ) from error
    _part(target).replace(target)


def _continue(address: str, part: Path, settings: DownloadSettings, progress: bool) -> None:
    """One attempt: append to ``part`` what is missing. Its ``.etag`` says which version of the file it is a part
    of.
    """
    etag_file = part.with_name(f"{part.name}.etag")
    etag = etag_file.read_text(encoding="utf-8") if part.is_file() and etag_file.is_file() else ""
    have = part.stat().st_size if etag else 0
    headers = {"Accept-Encoding": "identity"}
    if have:
        headers |= {"Range": f"bytes={have}-", "If-Range": etag}
    try:
        with requests.get(address, headers=headers, stream=True, timeout=settings.timeout_seconds) as response:
            if response.status_code == requests.codes.requested_range_not_satisfiable:
                etag_file.unlink()  # the part is no part of that file: begin anew
            _check_status(address, response)
            have = have if response.status_code == requests.codes.partial_content else 0
            etag_file.write_text(response.headers.get("ETag", ""), encoding="utf-8")
            _append(response, part, have, settings, progress)
    except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
        raise _TransientError(f"{without_secrets(address)}: {type(error).__name__}") from error
    except requests.RequestException as error:
        raise SourceError(f"{without_secrets(address)} can't be fetched: {type(error).__name__}") from error
    etag_file.unlink()


def _check_status(address: str, response: requests.Response) -> None:
    status = response.status_code
    if status in (requests.codes.ok, requests.codes.partial_content):
        return
    if status in (408, 416, 425, 429) or status >= 500:
        raise _TransientError(f"{without_secrets(address)} answered {status} {response.reason}")
    raise SourceError(f"{without_secrets(address)} answered {status} {response.reason}; check the address")


def _append(response: requests.Response, part: Path, have: int, settings: DownloadSettings, progress: bool) -> None:
    length = response.headers.get("Content-Length")
    total = have + int(length) if length is not None else None
    with (
        byte_bar(f"fetch {part.stem}", total, enabled=progress, initial=have) as bar,
        part.open("ab" if have else "wb") as out,
    ):
        for chunk in response.iter_content(_CHUNK):
            have += out.write(chunk)
            bar.update(len(chunk))
            if have > settings.max_bytes:
                raise SourceError(f"{without_secrets(response.url)} is larger than {settings.max_bytes:,} bytes")
    if total is not None and have < total:
        raise _TransientError(
            f"{without_secrets(response.url)}: the transfer broke off after {have:,} of {total:,} bytes"
        )


def _accept(address: str, target: Path, sha256: str | None) -> None:
    found = fingerprint_file(target)
    if sha256 is not None and found != sha256:
        target.unlink()
        raise SourceError(checksum_message(without_secrets(address), sha256, found))
    record = {"address": without_secrets(address), "bytes": target.stat().st_size, "sha256": found}
    write_text_atomic(_marker(target), json.dumps(record, indent=2))


def checksum_message(where: str, expected: str, found: str) -> str:
    """The sentence for a wrong checksum."""
    return f"{where} has sha256 {found}, but {expected} is expected; get a fresh copy, or correct source.sha256"
