"""What is in a registry and around it, as far as it must not depend on where a run was killed.

python -m tests.kills.registry_facts FILE
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from zenml.client import Client

from infra.doctor.registry_probe import probe
from infra.home import project_home
from infra.orphans import UNFINISHED
from infra.registry_journal import read_events
from infra.registry_mirror import is_shown
from infra.registry_place import Registry, connect
from infra.registry_versions import BUNDLE_TAG, CANDIDATES, live_versions, version_folder
from tests.infra.registry_cases import seen

RUNNING = "attributes.status = 'RUNNING'"


def facts() -> dict[str, Any]:
    """All of it, from the stores of the active stack."""
    registry = connect()
    events = read_events(registry)
    return {
        "journal": [[event.kind, event.version, event.over, event.fingerprint] for event in events],
        "registered": seen(registry),
        "bundles": _bundles(registry),
        "shown": is_shown(registry, events),
        "zenml": _zenml_versions(registry.name),
        "reasons": {str(own.version): [own.description, own.tags["decision"]] for own in live_versions(registry)},
        "doctor": [finding.status for finding in probe(str(registry.client.tracking_uri))],
        "left": _left_over(registry),
        "unfinished": _unfinished(registry),
    }


def tell_facts(file: Path) -> None:
    """Write them down as JSON."""
    file.unlink(missing_ok=True)
    file.write_text(json.dumps(facts()), encoding="utf-8")


def _bundles(registry: Registry) -> list[str]:
    """The fingerprint of each version's bundle, every file of which is what was registered."""
    folders = {own.tags[BUNDLE_TAG]: version_folder(own) for own in live_versions(registry)}
    assert all((folder / "decision.json").is_file() for folder in folders.values())
    return sorted(folders)


def _zenml_versions(model: str) -> list[list[str | None]]:
    found = Client().list_model_versions(model_name_or_id=model, sort_by="asc:name").items
    return [[version.name, version.stage, version.description] for version in found]


def _left_over(registry: Registry) -> list[str]:
    """Files and folders under way, and runs that were to hold a version's files and hold none."""
    store = Path(Client().active_stack.artifact_store.path)
    torn = [path.name for place in (project_home(), store) for path in place.rglob("*.part")]
    scratch = [path.name.partition("-")[0] for path in (project_home() / "scratch").glob("*")]
    experiment = registry.client.get_experiment_by_name(f"{registry.name}-{CANDIDATES}")
    assert experiment is not None
    made = {run.info.run_id for run in registry.client.search_runs([experiment.experiment_id])}
    kept = {own.run_id for own in live_versions(registry)}
    candidates = store / "registry" / CANDIDATES
    folders = {path.relative_to(candidates).parts[0] for path in candidates.rglob("*") if path.is_file()}
    return sorted([*torn, *scratch, *(made - kept), *(folders - kept)])


def _unfinished(registry: Registry) -> dict[str, int]:
    """Runs and steps of ZenML, and runs of MLflow, that nobody has ended."""
    client = Client()
    runs = sum(client.list_pipeline_runs(status=status).total for status in UNFINISHED)
    steps = sum(client.list_run_steps(status=status).total for status in UNFINISHED)
    experiments = [own.experiment_id for own in registry.client.search_experiments()]
    mlflow = registry.client.search_runs(experiments, RUNNING)
    return dict(Counter(runs=runs, steps=steps, mlflow=len(mlflow)))


if __name__ == "__main__":
    tell_facts(Path(sys.argv[1]))
