"""A published folder: languages' files are put together, others removed, the card written, the checksums last."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from crossprompt.publishing.card import write_card
from crossprompt.publishing.checksums import CHECKSUMS, write_checksums
from crossprompt.publishing.errors import PublishingError
from crossprompt.publishing.facts import PublishedCorpus
from crossprompt.storage.atomic import atomic_path, write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_file

CARD: Final = "README.md"
FACTS: Final = "corpus.json"
_DATA: Final = "data"


def publish_folder(folder: Path, corpus: PublishedCorpus, parts: Sequence[Path]) -> dict[str, str]:
    """Put a corpus together in ``folder``; a file that is there already is left as it is.

    While this runs the folder has no checksums: killed at any point it is unfinished, and running again finishes it.

    Args:
        folder: Where to; what it holds of an older version of the corpus is replaced.
        corpus: What the card says. Its languages name the files.
        parts: Folders with the languages' files, as :func:`crossprompt.publishing.parquet.write_language` left them.

    Returns:
        Hex SHA-256 of every file but the checksums, by path inside the folder.

    Raises:
        PublishingError: A file that ``corpus`` names is in none of the parts; or ``folder`` holds files and was not
            made by this function.
    """
    _require_own(folder)
    (folder / CHECKSUMS).unlink(missing_ok=True)
    names = [name for language in corpus.languages for split in language.splits for name in split.files]
    digests = {name: _copy(_find(name, parts), folder / name) for name in names}
    write_text_atomic(folder / CARD, write_card(corpus))
    write_text_atomic(folder / FACTS, corpus.model_dump_json(indent=1) + "\n")
    digests |= {name: fingerprint_file(folder / name) for name in (CARD, FACTS)}
    _remove_others(folder, digests)
    write_checksums(folder, digests)
    return digests


def _require_own(folder: Path) -> None:
    """A folder that holds something else than an older or unfinished version is left alone."""
    if not folder.is_dir() or not any(folder.iterdir()):
        return
    if not any((folder / name).exists() for name in (CHECKSUMS, FACTS, _DATA)):
        raise PublishingError(f"{folder} holds files and no published corpus; give publishing.name another value")


def _find(name: str, parts: Sequence[Path]) -> Path:
    found = next((part / name for part in parts if (part / name).is_file()), None)
    if found is None:
        raise PublishingError(f"{name} was not written by any language's step; run the pipeline again")
    return found


def _copy(source: Path, target: Path) -> str:
    """Copy a file unless the same is there; gives its hex SHA-256."""
    digest = fingerprint_file(source)
    if not (target.is_file() and fingerprint_file(target) == digest):
        with atomic_path(target) as temporary:
            shutil.copyfile(source, temporary)
    return digest


def _remove_others(folder: Path, kept: Mapping[str, str]) -> None:
    """Remove files of languages that are no more, and what killed writes left."""
    for path in sorted((folder / _DATA).rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(folder).as_posix() not in kept:
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
    for path in folder.glob(".*.part"):
        path.unlink()
