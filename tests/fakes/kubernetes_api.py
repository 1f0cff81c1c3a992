"""A stand-in for Kubernetes' API server: keeps what is submitted, and finishes jobs at once or runs their commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import yaml

Manifest = dict[str, Any]
KEPT = ("PATH", "PYTHONPATH", "HOME", "LANG", "TMPDIR", "OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")
CREATED = "2026-01-01T00:00:00Z"
KINDS = {"jobs": ("batch/v1", "Job"), "cronjobs": ("batch/v1", "CronJob"), "secrets": ("v1", "Secret")}
"""What the server knows of an object by the address that it came to: it may leave these out."""
_COLLECTION = re.compile(r"^/(?:api|apis/[\w.]+)/v1/namespaces/(?P<namespace>[\w-]+)/(?P<kind>\w+)(?:/(?P<name>.+))?$")


@dataclass
class Cluster:
    """What has been submitted, by kind in the plural as addresses have it, in order; and what was deleted."""

    objects: dict[str, dict[str, Manifest]] = field(default_factory=dict)
    submitted: list[Manifest] = field(default_factory=list)
    deleted: list[str] = field(default_factory=list)
    run: Callable[[Manifest], bool] | None = None
    """Runs a job and says whether it succeeded; None: every job succeeds, and nothing runs."""
    address: str = ""

    def empty(self) -> None:
        """Forget all that was submitted, and run nothing."""
        self.objects.clear()
        self.submitted.clear()
        self.deleted.clear()
        self.run = None

    def kind(self, name: str) -> list[Manifest]:
        """What was submitted of a kind such as ``Job``."""
        return [manifest for manifest in self.submitted if manifest["kind"] == name]

    def create(self, kind: str, manifest: Manifest) -> Manifest:
        """Keep a new object, and set a job going."""
        version, name = KINDS[kind]
        manifest.setdefault("apiVersion", version)
        manifest.setdefault("kind", name)
        self.submitted.append(json.loads(json.dumps(manifest)))
        manifest["metadata"].setdefault("creationTimestamp", CREATED)
        self.objects.setdefault(kind, {})[manifest["metadata"]["name"]] = manifest
        if kind == "jobs":
            self._start(manifest)
        return manifest

    def listed(self, kind: str, selector: str) -> list[Manifest]:
        """The objects of a kind that have all labels of a selector."""
        wanted = dict(part.split("=", 1) for part in selector.split(",") if part)
        found = self.objects.get(kind, {}).values()
        return [item for item in found if wanted.items() <= item["metadata"].get("labels", {}).items()]

    def _start(self, job: Manifest) -> None:
        job["status"] = {"active": 1}
        if self.run is None:
            _finish(job, succeeded=True)
        else:
            threading.Thread(target=self._run, args=(job, self.run), daemon=True).start()

    @staticmethod
    def _run(job: Manifest, run: Callable[[Manifest], bool]) -> None:
        _finish(job, succeeded=run(job))


def _finish(job: Manifest, *, succeeded: bool) -> None:
    condition = {"type": "Complete" if succeeded else "Failed", "status": "True", "message": "see its log"}
    job["status"] = {"conditions": [condition]}


@contextmanager
def started_cluster(run: Callable[[Manifest], bool] | None = None) -> Iterator[Cluster]:
    """Serve a cluster on a free port of the loopback address."""
    cluster = Cluster(run=run)
    handler = type("ClusterHandler", (_Handler,), {"cluster": cluster})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    cluster.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield cluster
    finally:
        server.shutdown()
        server.server_close()


def write_kubeconfig(cluster: Cluster, file: Path, context: str) -> Path:
    """A client's configuration with one context, which leads to the cluster."""
    configuration = {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": context,
        "clusters": [{"name": context, "cluster": {"server": cluster.address}}],
        "users": [{"name": context, "user": {"token": "of-tests"}}],
        "contexts": [{"name": context, "context": {"cluster": context, "user": context}}],
    }
    file.write_text(yaml.safe_dump(configuration), encoding="utf-8")
    return file


def run_in_empty_folder(manifest: Manifest, folder: Path, environment: dict[str, str]) -> bool:
    """Run the command of a job's only container in a new folder, with the container's environment on top of another."""
    (container,) = manifest["spec"]["template"]["spec"]["containers"]
    place = folder / manifest["metadata"]["name"]
    place.mkdir()
    given = {entry["name"]: entry["value"] for entry in container.get("env", []) if "value" in entry}
    with (folder / f"{place.name}.log").open("wb") as log:
        ended = subprocess.run(
            [*container["command"], *container["args"]],
            cwd=place,
            env={**environment, **given, "HOSTNAME": place.name},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            check=False,
        )
    return ended.returncode == 0


class _Handler(BaseHTTPRequestHandler):
    cluster: Cluster

    def do_GET(self) -> None:
        """One object, or the objects of a kind."""
        kind, name, query = self._asked()
        if name is None:
            items = self.cluster.listed(kind, query.get("labelSelector", ""))
            self._answer(200, {"kind": "List", "apiVersion": "v1", "metadata": {}, "items": items})
        elif kind == "pods":
            self._answer(200, self._conducting_pod(name))
        else:
            self._answer_known(kind, name)

    def do_POST(self) -> None:
        """A new object."""
        kind, _, _ = self._asked()
        manifest = self._body()
        if manifest["metadata"]["name"] in self.cluster.objects.get(kind, {}):
            self._answer(409, {"kind": "Status", "reason": "AlreadyExists"})
        else:
            self._answer(201, self.cluster.create(kind, manifest))

    def do_PATCH(self) -> None:
        """Other annotations."""
        kind, name, _ = self._asked()
        known = self.cluster.objects[kind][name or ""]
        changes = self._body().get("metadata", {}).get("annotations", {})
        known["metadata"].setdefault("annotations", {}).update(changes)
        self._answer_known(kind, name or "")

    def do_DELETE(self) -> None:
        """One object less."""
        kind, name, _ = self._asked()
        self.cluster.deleted.append(f"{kind}/{name}")
        self.cluster.objects.get(kind, {}).pop(name or "", None)
        self._answer(200, {"kind": "Status", "status": "Success"})

    def log_message(self, *_arguments: object) -> None:
        """Nothing: tests read what was submitted."""

    def _conducting_pod(self, name: str) -> Manifest:
        """The pod that asks for itself: it belongs to the job that was submitted first."""
        job = self.cluster.kind("Job")[0]["metadata"]["name"]
        metadata = {"name": name, "labels": {"job-name": job}, "creationTimestamp": CREATED}
        return {"kind": "Pod", "apiVersion": "v1", "metadata": metadata}

    def _answer_known(self, kind: str, name: str) -> None:
        known = self.cluster.objects.get(kind, {}).get(name)
        self._answer(404 if known is None else 200, known or {"kind": "Status", "reason": "NotFound"})

    def _asked(self) -> tuple[str, str | None, dict[str, str]]:
        parts = urlsplit(self.path)
        found = _COLLECTION.match(parts.path)
        assert found is not None, self.path
        return found["kind"], found["name"], {key: values[0] for key, values in parse_qs(parts.query).items()}

    def _body(self) -> Manifest:
        body: Manifest = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        return body

    def _answer(self, status: int, body: Manifest) -> None:
        payload = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)


def container_environment(folder: Path, **private: str) -> dict[str, str]:
    """What a container finds set: how programs are found, a configuration of ZenML's of its own, and local artifacts.

    The last are what a stack with a local artifact store has in place of an object store.
    """
    from zenml.config.global_config import GlobalConfiguration

    kept = {name: os.environ[name] for name in KEPT if name in os.environ}
    kept["ZENML_LOCAL_STORES_PATH"] = str(GlobalConfiguration().local_stores_path)
    return kept | {"ZENML_CONFIG_PATH": str(folder / "zenml"), **private}
