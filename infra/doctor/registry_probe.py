"""Prints as JSON what is found in a registry: ``python -m infra.doctor.registry_probe ADDRESS``.

MLflow migrates what it opens, so a database on this machine is copied first. Nothing is written anywhere else.
"""

from __future__ import annotations

import json
import sqlite3
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

from mlflow.entities.model_registry import ModelVersion
from mlflow.tracking import MlflowClient

from crossprompt.promotion.journal import champion_of
from infra.addresses import sqlite_file
from infra.doctor.findings import Finding, note, well, wrong
from infra.doctor.registry import stale_mirror
from infra.doctor.sqlite import looked_at
from infra.launch import set_environment
from infra.registry_journal import read_events
from infra.registry_mirror import is_shown
from infra.registry_place import Registry, RegistryError
from infra.registry_versions import BUNDLE_TAG, get_version, live_versions, version_folder

_RUN_AGAIN = "start the next run: it finishes or removes what a killed process left"


def probe(address: str) -> list[Finding]:
    """All that is found in the registry that MLflow keeps at ``address``."""
    with _unchanging(address) as place:
        registry = Registry(MlflowClient(tracking_uri=place, registry_uri=place), with_zenml=False)
        try:
            return list(_look(registry))
        except RegistryError as error:
            return [wrong(str(error), "the sentence says what to do")]


def _look(registry: Registry) -> Iterator[Finding]:
    events, versions = read_events(registry), live_versions(registry)
    present = champion_of(events)
    if present is None:
        yield well(f"{len(versions)} versions, no champion yet")
    else:
        yield from _champion(registry, present.version)
        if not is_shown(registry, events):
            yield stale_mirror()
    others = [version for version in versions if present is None or str(version.version) != present.version]
    yield from _others(others)


def _champion(registry: Registry, number: str) -> Iterator[Finding]:
    version = get_version(registry, number)
    if not _is_here(version):
        yield note(
            f"version {number} is champion; its files are in a remote store and were not read",
            "`crossprompt rollback --dry-run` and serving fetch and check what they need",
        )
        return
    try:
        version_folder(version)
    except RegistryError as error:
        yield wrong(
            f"version {number} is champion, but {error}",
            "restore the artifact store from a backup, or put a former champion back: crossprompt rollback",
        )
    else:
        yield well(f"version {number} is champion; its bundle is whole")


def _others(versions: Sequence[ModelVersion]) -> Iterator[Finding]:
    lost = [str(v.version) for v in versions if BUNDLE_TAG in v.tags and _is_here(v) and _is_lost(v)]
    if lost:
        yield note(
            f"the files of other versions are lost or altered: {', '.join(lost)}",
            "there is no going back to them; restore the artifact store if you may want to",
        )
    counts = Counter(version.tags.get(BUNDLE_TAG) for version in versions if BUNDLE_TAG in version.tags)
    double = sum(number > 1 for number in counts.values())
    if double:
        yield note(f"{double} bundle(s) have two versions: a process was killed while it registered one", _RUN_AGAIN)


def _is_here(version: ModelVersion) -> bool:
    return urlsplit(str(version.source)).scheme in ("", "file")


def _is_lost(version: ModelVersion) -> bool:
    try:
        version_folder(version)
    except RegistryError:
        return True
    return False


@contextmanager
def _unchanging(address: str) -> Iterator[str]:
    """``address``, or that of a copy, if it is a file of this machine."""
    file = sqlite_file(address)
    if file is None:
        yield address
        return
    with tempfile.TemporaryDirectory(prefix="crossprompt-") as folder:
        copy = Path(folder) / file.name
        with looked_at(file) as source, closing(sqlite3.connect(copy)) as target:
            source.backup(target)
        yield f"sqlite:///{copy}"


if __name__ == "__main__":
    set_environment()
    print(json.dumps([finding.model_dump(mode="json") for finding in probe(sys.argv[1])]))
