"""Three candidates and a rollback, in MLflow and ZenML: the first is promoted, then the second, the third refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from crossprompt.bundles.bundle import Bundle
from infra.registry import champion, champion_folder, mend, propose, roll_back
from infra.registry_journal import read_events
from infra.registry_mirror import is_shown
from infra.registry_versions import live_versions, version_folder
from tests.infra.registry_cases import candidate, judged, local_registry, seen

RESULTS = ("state.json",)
DATABASES = ("mlflow.db", "zenml.db")
CONFIG = "ZENML_CONFIG_PATH"
_STORE = "from zenml.client import Client; Client().active_project"
_DATABASE = "import pathlib, sys; from tests.infra.registry_cases import *; empty_database(pathlib.Path(sys.argv[1]))"

Candidates = tuple[Path, Bundle, Bundle, Bundle]


def prepare(folder: Path) -> Candidates:
    """New databases, made by another process: this one forks."""
    template = folder / "template"
    template.mkdir()
    environment = {**os.environ, CONFIG: str(template / "zenml")}
    subprocess.run([sys.executable, "-c", _STORE], env=environment, check=True, capture_output=True)
    made = (
        f"from tests.infra.registry_cases import *; local_registry(Path({str(template)!r})).client.search_experiments()"
    )
    subprocess.run([sys.executable, "-c", made], env=environment, check=True, capture_output=True)
    import_module("infra.registry_zenml")  # once for all children, which make their own clients
    return template, candidate(folder, 1), candidate(folder, 2, german=0.8), candidate(folder, 3, german=0.1)


def run(ready: Candidates, folder: Path) -> None:
    template, first, second, third = ready
    _take_over(template, folder)
    registry = local_registry(folder, with_zenml=True)
    mend(registry)
    propose(first, judged(first), registry)
    propose(second, judged(second, first), registry)
    propose(third, judged(third, second), registry)
    present = champion(registry)
    if present is not None and present.fingerprint == second.fingerprint:
        roll_back(registry=registry)
    (folder / RESULTS[0]).write_text(json.dumps(_state(folder), indent=1), encoding="utf-8")
    assert champion_folder(registry).is_dir()


def _take_over(template: Path, folder: Path) -> None:
    """The databases as they were made, unless a killed run has used them already."""
    if not (folder / "zenml").is_dir():
        shutil.copytree(template, folder, dirs_exist_ok=True)
        configuration = folder / "zenml" / "config.yaml"
        text = configuration.read_text(encoding="utf-8")
        configuration.write_text(text.replace(str(template), str(folder)), encoding="utf-8")
    os.environ[CONFIG] = str(folder / "zenml")
    os.environ["CROSSPROMPT_HOME"] = str(folder / "home")


def _state(folder: Path) -> dict[str, object]:
    """All that must not depend on where a run was killed; each version's files are whole."""
    from zenml.client import Client

    registry = local_registry(folder)
    events = read_events(registry)
    assert is_shown(registry, events)
    for version in live_versions(registry):
        version_folder(version)
    zenml = Client().list_model_versions(model_name_or_id=registry.name, sort_by="asc:name").items
    return {
        **seen(registry),
        "journal": [[event.number, event.kind, event.version, event.over, event.fingerprint] for event in events],
        "zenml": [[version.name, version.stage, version.description] for version in zenml],
    }
