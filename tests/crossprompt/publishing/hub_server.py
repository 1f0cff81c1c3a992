"""A hub on loopback: as much of the public hub's protocol as its client needs to push a folder of small files."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

OID = "c0ffee" + "0" * 34


@dataclass
class Hub:
    """One repository: its files, and how they came there."""

    token: str
    files: dict[str, bytes] = field(default_factory=dict)
    commits: list[list[str]] = field(default_factory=list)
    """Paths that each commit added."""
    created: list[dict[str, Any]] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    down: bool = False
    address: str = ""

    def answer(self, method: str, path: str, body: bytes) -> Any:
        self.paths.append(path)
        if path == "/api/repos/create":
            self.created.append(json.loads(body))
            return {"url": f"{self.address}/datasets/harbour/talks"}
        if path == "/api/validate-yaml":
            return {"errors": [], "warnings": []}
        if "/preupload/" in path:
            wanted = [file["path"] for file in json.loads(body)["files"]]
            return {"files": [self._mode(name) for name in wanted]}
        if "/commit/" in path:
            return self._commit([json.loads(line) for line in body.splitlines()])
        if "/tree/" in path:
            return [self._entry(name) for name in sorted(self.files)]
        return {"id": "harbour/talks", "sha": OID, "siblings": []}

    def _mode(self, name: str) -> dict[str, Any]:
        known = self._entry(name)["oid"] if name in self.files else None
        return {"path": name, "uploadMode": "regular", "shouldIgnore": False, "oid": known}

    def _entry(self, name: str) -> dict[str, Any]:
        content = self.files[name]
        oid = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
        return {"type": "file", "path": name, "size": len(content), "oid": oid}

    def _commit(self, lines: list[dict[str, Any]]) -> dict[str, Any]:
        added = [line["value"] for line in lines if line["key"] == "file"]
        for file in added:
            self.files[file["path"]] = base64.b64decode(file["content"])
        for line in lines:
            if line["key"] == "deletedFile":
                del self.files[line["value"]["path"]]
        self.commits.append([file["path"] for file in added])
        return {"success": True, "commitUrl": f"{self.address}/datasets/harbour/talks/commit/{OID}", "commitOid": OID}


@contextmanager
def serve(hub: Hub) -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self._reply(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

        def do_GET(self) -> None:
            self._reply(b"")

        def _reply(self, body: bytes) -> None:
            allowed = self.headers.get("Authorization") == f"Bearer {hub.token}"
            status = 500 if hub.down else 200 if allowed else 401
            found = hub.answer(self.command, self.path.partition("?")[0], body) if status == 200 else {"error": "no"}
            content = json.dumps(found).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    hub.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield hub
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
