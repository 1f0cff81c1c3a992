"""Small corpora in the public layouts, made by hand, and a web server on loopback."""

from __future__ import annotations

import copy
import io
import json
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from crossprompt.corpora.catalogue import Layout
from crossprompt.corpora.sources import ResolvedSource

SCHEMA = [
    {
        "service_name": "Bikes_1",
        "description": "Hire bicycles",
        "slots": [{"name": "place"}, {"name": "days"}],
        "intents": [
            {"name": "HireBike", "description": "Hire a bicycle"},
            {"name": "FindBike", "description": "Look for a bicycle"},
        ],
    }
]


def _dialogue(dialogue_id: str = "1_00000") -> dict[str, Any]:
    return {
        "dialogue_id": dialogue_id,
        "services": ["Bikes_1"],
        "turns": [
            {
                "speaker": "USER",
                "utterance": "A bike in Graz please",
                "frames": [
                    {
                        "service": "Bikes_1",
                        "slots": [{"slot": "place", "start": 10, "exclusive_end": 14}],
                        "actions": [{"act": "INFORM_INTENT", "slot": "intent", "values": ["HireBike"]}],
                        "state": {
                            "active_intent": "HireBike",
                            "requested_slots": [],
                            "slot_values": {"place": ["Graz"]},
                        },
                    }
                ],
            },
            {
                "speaker": "SYSTEM",
                "utterance": "For how long?",
                "frames": [
                    {
                        "service": "Bikes_1",
                        "slots": [],
                        "actions": [{"act": "REQUEST", "slot": "days", "values": []}],
                    }
                ],
            },
        ],
    }


@pytest.fixture
def raw_dialogue() -> Callable[..., dict[str, Any]]:
    """Makes a fresh, valid raw dialogue."""
    return lambda dialogue_id="1_00000": copy.deepcopy(_dialogue(dialogue_id))


@pytest.fixture
def write_sgd(tmp_path: Path) -> Callable[..., Path]:
    """Writes a corpus in the SGD layout: ``write({"train": [[dialogue, ...], ...]})`` gives its folder."""

    def write(splits: dict[str, list[Any]], folder: Path | None = None) -> Path:
        root = folder or tmp_path / "corpus"
        for split, files in splits.items():
            (root / split).mkdir(parents=True)
            (root / split / "schema.json").write_text(json.dumps(SCHEMA), encoding="utf-8")
            for number, content in enumerate(files, start=1):
                text = content if isinstance(content, str) else json.dumps(content)
                (root / split / f"dialogues_{number:03}.json").write_text(text, encoding="utf-8")
        return root

    return write


@pytest.fixture
def source() -> ResolvedSource:
    """A resolved source to read from; readers only copy it into the summary."""
    return ResolvedSource(corpus="sgd", layout=Layout.SGD, location="/somewhere/corpus", fingerprint="f" * 64)


@pytest.fixture
def make_tar(tmp_path: Path) -> Callable[..., Path]:
    """Makes a tar archive of ``{name: bytes}`` plus ready-made members."""

    def make(files: dict[str, bytes], *members: tarfile.TarInfo, name: str = "corpus.tar.gz") -> Path:
        mode = {"gz": "w:gz", "xz": "w:xz", "bz2": "w:bz2", "tar": "w"}[name.rpartition(".")[2]]
        path = tmp_path / name
        with tarfile.open(path, mode) as archive:
            for member_name, content in files.items():
                info = tarfile.TarInfo(member_name)
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
            for member in members:
                archive.addfile(member)
        return path

    return make


@dataclass
class Served:
    """What the server serves, and what it was asked. ``plan`` holds one misbehaviour per request, then it behaves."""

    content: bytes = b""
    etag: str | None = '"v1"'
    plan: list[str] = field(default_factory=list)
    ranges: list[str | None] = field(default_factory=list)
    address: str = ""


@pytest.fixture
def served() -> Iterator[Served]:
    """A threaded server on loopback that can fail in several ways before it answers well."""
    state = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            state.ranges.append(self.headers.get("Range"))
            _answer(self, state, state.plan.pop(0) if state.plan else "well")

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    state.address = f"http://127.0.0.1:{server.server_address[1]}/archive.tar.gz"
    yield state
    server.shutdown()
    server.server_close()
    thread.join()


def _answer(handler: BaseHTTPRequestHandler, state: Served, how: str) -> None:
    if how.isdigit():
        handler.send_error(int(how))
        return
    start = 0
    requested, condition = handler.headers.get("Range"), handler.headers.get("If-Range")
    if requested and state.etag is not None and condition == state.etag:
        start = int(requested.removeprefix("bytes=").rstrip("-"))
    body = state.content[start:]
    handler.send_response(206 if start else 200)
    handler.send_header("Content-Length", str(len(body)))
    if state.etag:
        handler.send_header("ETag", state.etag)
    handler.end_headers()
    handler.wfile.write(body[: len(body) // 2] if how == "break" else body)
    handler.close_connection = True
