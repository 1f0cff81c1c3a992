"""By what the content of a source is known: the checksum of its archive, or a hash over its files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from crossprompt.corpora.downloads import recorded_checksum
from crossprompt.corpora.sources import ResolvedSource
from crossprompt.publishing.facts import CorpusOrigin, SourceSeal

_DOWNLOADS: Final = "downloads"


def seal_of(source: ResolvedSource) -> SourceSeal | None:
    """The seal of a source that is here or has a known checksum; None: a download of which none is known yet."""
    if source.sha256 is None:
        return None
    in_files = not source.is_remote and Path(source.location).is_dir()
    return SourceSeal(kind="files" if in_files else "archive", sha256=source.sha256)


def completed(origin: CorpusOrigin, fingerprint: str, home: Path) -> CorpusOrigin:
    """``origin``, with the checksum that was recorded when its archive was downloaded, where it has none.

    Args:
        origin: As it was known before anything was fetched.
        fingerprint: Of the source: the hash of its address, where no checksum was known.
        home: The project's home, which holds downloads; on another machine than this one's they are not found.
    """
    if origin.seal is not None:
        return origin
    sha256 = recorded_checksum(home / _DOWNLOADS, fingerprint)
    seal = None if sha256 is None else SourceSeal(kind="archive", sha256=sha256)
    return origin.model_copy(update={"seal": seal})
