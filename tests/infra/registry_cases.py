"""A registry in a folder, and candidates for it."""

from __future__ import annotations

from pathlib import Path

import mlflow
from mlflow.tracking import MlflowClient

from crossprompt.bundles.bundle import Bundle
from crossprompt.promotion.contestant import contestant
from crossprompt.promotion.decision import decide
from crossprompt.promotion.records import Decision
from crossprompt.promotion.settings import GateSettings
from infra.registry_mirror import STATE_TAG
from infra.registry_place import Registry
from infra.registry_versions import BUNDLE_TAG, live_versions
from tests.crossprompt.bundles.made_up import make_bundle

GATE = GateSettings.parse({"statistics": {"resamples": 100, "permutations": 99}}, "gate")


def local_registry(folder: Path, address: str | None = None, *, with_zenml: bool = False) -> Registry:
    """MLflow on SQLite in ``folder``, or at an address."""
    uri = address or f"sqlite:///{folder / 'mlflow.db'}"
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri)
    place = None if address else (folder / "artifacts").as_uri()
    return Registry(MlflowClient(uri, uri), artifacts=place, with_zenml=with_zenml)


def empty_database(folder: Path) -> Path:
    """An MLflow database without anything, to be copied: its tables take seconds to make."""
    local_registry(folder).client.search_experiments()
    return folder / "mlflow.db"


def candidate(folder: Path, seed: int = 0, german: float = 0.7) -> Bundle:
    """A bundle of its own for each seed."""
    return make_bundle(folder / f"candidate-{seed}", scores={"en-US": 0.9, "de-DE": german}, seed=seed)


def judged(bundle: Bundle, champion: Bundle | None = None) -> Decision:
    """The gate's decision on a candidate."""
    return decide(contestant(bundle), None if champion is None else contestant(champion), GATE)


def seen(registry: Registry) -> dict[str, object]:
    """What everybody sees: aliases, and of each version its number, its bundle and, in a word, its state."""
    model = registry.client.get_registered_model(registry.name)
    versions = [
        [str(own.version), own.tags[BUNDLE_TAG][:8], own.tags["gate"], own.tags.get(STATE_TAG, "").partition(" ")[0]]
        for own in live_versions(registry)
    ]
    return {"aliases": {name: str(version) for name, version in sorted(model.aliases.items())}, "versions": versions}
