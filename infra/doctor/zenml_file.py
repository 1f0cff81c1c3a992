"""What ZenML's SQLite file says, read as a file.

ZenML's own client makes a store where none is, migrates one that is older, and rewrites its configuration at every
start, none of which an examination may do; and it takes seconds. The tables are those of the ZenML that is installed:
a file of another version is refused. A test holds the queries to a store that ZenML made.
"""

from __future__ import annotations

import base64
import json
import sqlite3
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from infra.doctor.sqlite import looked_at

MANIFEST_KEY = "manifest_sha256"
"""As ``materializers.sealed`` has it, which would import ZenML."""
_UNFINISHED = ("initializing", "provisioning", "running")

_COMPONENTS = """
SELECT s.id, s.name, c.id, c.name, c.type, c.flavor, c.configuration
FROM stack s JOIN stack_composition sc ON sc.stack_id = s.id JOIN stack_component c ON c.id = sc.component_id
"""
_ARTIFACTS = """
SELECT v.uri, a.name, v.version, v.artifact_store_id, m.value
FROM artifact_version v JOIN artifact a ON a.id = v.artifact_id
LEFT JOIN (
    SELECT r.resource_id AS owner, d.value AS value FROM run_metadata_resource r
    JOIN run_metadata d ON d.id = r.run_metadata_id AND d.key = ?
    WHERE r.resource_type = 'artifact_version'
) m ON m.owner = v.id
ORDER BY v.created
"""
_RUNS = f"""
SELECT r.name, r.stack_id, s.stack_id, s.pipeline_configuration
FROM pipeline_run r LEFT JOIN pipeline_snapshot s ON s.id = r.snapshot_id
WHERE r.status IN ({", ".join(repr(status) for status in _UNFINISHED)}) ORDER BY r.created
"""


class ForeignVersionError(Exception):
    """A store was written by another ZenML than the one that is installed."""

    def __init__(self, path: Path, found: str, installed: str) -> None:
        self.path, self.found, self.installed = path, found, installed
        super().__init__(f"{path} was written by ZenML {found}; {installed} is installed")


@dataclass(frozen=True)
class Component:
    """One part of a stack."""

    identity: str
    name: str
    type: str
    flavor: str
    configuration: dict[str, Any]


@dataclass(frozen=True)
class StackFacts:
    """A stack and its parts."""

    identity: str
    name: str
    components: tuple[Component, ...]

    def component(self, kind: str) -> Component | None:
        """The first part of a kind such as ``artifact_store``."""
        return next((component for component in self.components if component.type == kind), None)


@dataclass(frozen=True)
class ArtifactFacts:
    """Where an artifact's files lie, and the digest of their manifest, if this project wrote it."""

    uri: str
    label: str
    store: str | None
    digest: str | None


@dataclass(frozen=True)
class RunFacts:
    """A run that has not ended, as far as ZenML knows, and what its pipeline's ``extra`` holds."""

    name: str
    stack: str | None
    extra: dict[str, Any]


@dataclass(frozen=True)
class ZenMLFacts:
    """All that the examination wants of ZenML's database."""

    stacks: tuple[StackFacts, ...]
    artifacts: tuple[ArtifactFacts, ...]
    unfinished: tuple[RunFacts, ...]


def store_version(path: Path) -> str:
    """The version of ZenML that wrote the store, such as ``0.98.0``.

    Raises:
        UnsoundDatabaseError, BusyDatabaseError: The file can't be read; also if it has no table of versions.
    """
    with looked_at(path) as database:
        row = database.execute("SELECT version_num FROM alembic_version").fetchone()
    return "no version" if row is None else str(row[0])


def read_facts(path: Path) -> ZenMLFacts:
    """Read the whole of what is wanted.

    Raises:
        UnsoundDatabaseError, BusyDatabaseError: The file can't be read.
        ForeignVersionError: Its tables are those of another version.
    """
    found, installed = store_version(path), version("zenml")
    if found != installed:
        raise ForeignVersionError(path, found, installed)
    with looked_at(path) as database:
        return ZenMLFacts(_stacks(database), _artifacts(database), _runs(database))


def _stacks(database: sqlite3.Connection) -> tuple[StackFacts, ...]:
    names: dict[str, str] = {}
    parts: dict[str, list[Component]] = {}
    for stack, name, identity, component, kind, flavor, packed in database.execute(_COMPONENTS):
        names[stack] = name
        configuration = json.loads(base64.b64decode(packed))
        parts.setdefault(stack, []).append(Component(identity, component, kind, flavor, configuration))
    return tuple(StackFacts(stack, names[stack], tuple(parts[stack])) for stack in names)


def _artifacts(database: sqlite3.Connection) -> tuple[ArtifactFacts, ...]:
    rows = database.execute(_ARTIFACTS, (MANIFEST_KEY,))
    return tuple(
        ArtifactFacts(uri, f"{name} (version {number})", store, None if digest is None else json.loads(digest))
        for uri, name, number, store, digest in rows
    )


def _runs(database: sqlite3.Connection) -> tuple[RunFacts, ...]:
    return tuple(
        RunFacts(name, own or planned, (json.loads(configuration) if configuration else {}).get("extra") or {})
        for name, own, planned, configuration in database.execute(_RUNS)
    )
