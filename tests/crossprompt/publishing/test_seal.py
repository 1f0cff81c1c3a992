"""What a card says of a source's content is what was read, by its right name."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from crossprompt.corpora.settings import SourceSettings
from crossprompt.corpora.sources import open_source, resolve_source
from crossprompt.publishing.card import write_card
from crossprompt.publishing.corpus import describe_corpus
from crossprompt.publishing.facts import CorpusOrigin, SourceSeal
from crossprompt.publishing.seal import completed, seal_of
from crossprompt.publishing.settings import PublishingSettings
from crossprompt.storage.fingerprint import fingerprint_path
from tests.crossprompt.factory.corpus_files import make_dialogue, write_corpus
from tests.crossprompt.publishing.invented import source

UNKNOWN = CorpusOrigin(engines=())


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    import shutil

    folder = write_corpus(tmp_path / "corpus", [make_dialogue(1, 4)])
    return Path(shutil.make_archive(str(tmp_path / "served" / "corpus"), "zip", folder))


@pytest.fixture
def address(archive: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *arguments: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(archive.parent)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/{archive.name}?token=secret"
    server.shutdown()
    server.server_close()


def digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def settings(location: str, sha256: str | None = None) -> SourceSettings:
    return SourceSettings(corpus="sgd", location=location, sha256=sha256)


def test_a_download_without_a_known_checksum_has_the_one_that_was_recorded(
    address: str, archive: Path, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    found = resolve_source(settings(address))
    assert seal_of(found) is None
    assert completed(UNKNOWN, found.fingerprint, home).seal is None  # on another machine
    open_source(found, home, progress=False)
    seal = completed(UNKNOWN, found.fingerprint, home).seal
    assert seal == SourceSeal(kind="archive", sha256=digest(archive))
    assert completed(UNKNOWN, "0" * 64, home).seal is None
    (record,) = (home / "downloads").glob("*.json")
    record.write_text("{", encoding="utf-8")
    assert completed(UNKNOWN, found.fingerprint, home).seal is None


def test_a_pinned_download_an_archive_and_a_folder(address: str, archive: Path, tmp_path: Path) -> None:
    pinned = seal_of(resolve_source(settings(address, digest(archive))))
    assert (
        pinned == seal_of(resolve_source(settings(str(archive)))) == SourceSeal(kind="archive", sha256=digest(archive))
    )
    folder = tmp_path / "corpus"
    assert seal_of(resolve_source(settings(str(folder)))) == SourceSeal(kind="files", sha256=fingerprint_path(folder))
    sample = seal_of(resolve_source(SourceSettings()))
    assert sample is not None
    assert sample.kind == "files"
    known = CorpusOrigin(engines=(), seal=pinned)
    assert completed(known, "0" * 64, tmp_path) is known


@pytest.mark.parametrize(
    ("seal", "line"),
    [
        (SourceSeal(kind="archive", sha256="ab" * 32), f"| SHA-256 of the archive | `{'ab' * 32}` |"),
        (SourceSeal(kind="files", sha256="cd" * 32), f"| SHA-256 over the files' names and bytes | `{'cd' * 32}` |"),
        (None, "| SHA-256 of the archive | not known: it was downloaded on another machine |"),
    ],
)
def test_the_card_names_the_hash_rightly(seal: SourceSeal | None, line: str) -> None:
    origin = CorpusOrigin(engines=(), seal=seal)
    card = write_card(describe_corpus(PublishingSettings(), source(), origin, [], []))
    assert line in card
    assert source().fingerprint not in card
