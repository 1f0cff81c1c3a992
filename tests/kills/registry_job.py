"""Three candidates and a rollback, in MLflow and ZenML: the first is promoted, then the second, the third refused."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib import import_module
from pathlib import Path

from crossprompt.bundles.bundle import Bundle, open_bundle
from crossprompt.promotion.records import Decision
from infra.registry import champion, champion_folder, mend, propose, roll_back
from infra.registry_journal import read_events
from infra.registry_mirror import is_shown
from infra.registry_model import save_model
from infra.registry_versions import live_versions, version_folder
from tests.infra.registry_cases import candidate, empty_database, judged, local_registry, seen

RESULTS = ("state.json",)
DATABASES = ("mlflow.db", "zenml.db")
CONFIG = "ZENML_CONFIG_PATH"
FOR_ALL = (
    "infra.registry_zenml",
    "zenml.zen_stores.sql_zen_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "mlflow.store.model_registry.sqlalchemy_store",
)
"""What takes long to import, once for all children, which make their own clients."""

Candidates = tuple[Path, list[tuple[Bundle, Decision]]]


def prepare(folder: Path) -> Candidates:
    """Databases and candidates, made by another process: this one forks, and its writes are numbered."""
    template = folder / "template"
    environment = {**os.environ, CONFIG: str(template / "zenml"), "CROSSPROMPT_HOME": str(folder / "home")}
    subprocess.run([sys.executable, "-m", __name__, str(template)], env=environment, check=True, capture_output=True)
    first, second, third = (open_bundle(own) for own in sorted(template.glob("candidate-*")))
    for module in FOR_ALL:
        import_module(module)
    save_model(first.folder, folder / "saved")  # MLflow looks at all installed packages the first time
    return template, [(first, judged(first)), (second, judged(second, first)), (third, judged(third, second))]


def run(ready: Candidates, folder: Path) -> None:
    template, candidates = ready
    _take_over(template, folder)
    registry = local_registry(folder, with_zenml=True)
    mend(registry)
    for bundle, decision in candidates:
        propose(bundle, decision, registry)
    present = champion(registry)
    if present is not None and present.version == "2":
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


if __name__ == "__main__":
    from zenml.client import Client

    made = Path(sys.argv[1])
    assert Client().active_project.name
    empty_database(made)
    for seed, german in ((1, 0.7), (2, 0.8), (3, 0.1)):
        candidate(made, seed, german)
