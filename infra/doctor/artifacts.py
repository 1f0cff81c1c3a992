"""The artifacts in ZenML's store, against their manifests."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from crossprompt.storage.fingerprint import fingerprint_file
from infra.doctor.findings import Finding, note, shortened, well, wrong
from infra.doctor.surroundings import Surroundings
from infra.doctor.zenml_file import ArtifactFacts

MANIFEST: Final = "manifest.json"
"""As ``materializers.manifest`` has it, which would import ZenML; a test holds this module to what that one writes."""


def check_artifacts(surroundings: Surroundings) -> Iterator[Finding]:
    """Every artifact on this machine: its manifest is the recorded one, its files have the sizes that it names.

    If the examination is thorough, the files' checksums are computed, too.
    """
    if surroundings.zenml_file is None:
        yield note("a ZenML server keeps the list of artifacts", "each run checks those that it takes from the cache")
        return
    facts = surroundings.zenml
    if facts is None or not facts.artifacts:
        yield well("no artifacts yet")
        return
    here = [artifact for artifact in facts.artifacts if "://" not in artifact.uri]
    faults = [fault for artifact in here if (fault := artifact_fault(artifact, thorough=surroundings.thorough))]
    if faults:
        yield wrong(
            f"{len(faults)} of {len(here)} artifacts are not what was written: {shortened(faults)}",
            "run their pipelines again: steps whose artifacts are gone or altered are not taken from the cache",
        )
    else:
        looked = "read and as they were written" if surroundings.thorough else "there, with the sizes written down"
        yield well(f"{len(here)} artifacts are {looked}")
    if len(here) < len(facts.artifacts):
        yield note(
            f"{len(facts.artifacts) - len(here)} artifacts are in a remote store and were not read",
            "each run checks those that it takes from the cache",
        )


def artifact_fault(artifact: ArtifactFacts, *, thorough: bool) -> str | None:
    """What is wrong with an artifact on this machine; None if nothing is."""
    folder = Path(artifact.uri)
    if not folder.exists():
        return f"{artifact.label} is gone"
    if artifact.digest is None:
        return None
    manifest = folder / MANIFEST
    if not manifest.is_file():
        return f"{artifact.label} has no {MANIFEST}"
    content = manifest.read_bytes()
    if hashlib.sha256(content).hexdigest() != artifact.digest:
        return f"{artifact.label}: {MANIFEST} was altered"
    files: Mapping[str, Mapping[str, Any]] = json.loads(content)["files"]
    return next((fault for name, seal in files.items() if (fault := _file_fault(artifact, name, seal, thorough))), None)


def _file_fault(artifact: ArtifactFacts, name: str, seal: Mapping[str, Any], thorough: bool) -> str | None:
    file = Path(artifact.uri) / name
    if not file.is_file():
        return f"{artifact.label}: {name} is gone"
    if file.stat().st_size != seal["size"] or (thorough and fingerprint_file(file) != seal["sha256"]):
        return f"{artifact.label}: {name} was altered"
    return None
