"""Where the registry is: the MLflow that the active ZenML stack writes to."""

from __future__ import annotations

from dataclasses import dataclass

import mlflow
from mlflow.tracking import MlflowClient

from infra.addresses import sqlite_file

REGISTERED_MODEL = "crossprompt"
"""The registered model whose versions are bundles; ZenML's model has the same name."""


class RegistryError(RuntimeError):
    """The registry can't be used or asked for that; the message says why and what to do."""


@dataclass(frozen=True)
class Registry:
    """A registered model in one MLflow.

    Attributes:
        client: Of the server or database that holds both runs and models.
        name: Of the registered model.
        artifacts: Where files of the registry's own experiments go; None: where MLflow's server puts them.
        with_zenml: Whether ZenML's model versions follow it.
    """

    client: MlflowClient
    name: str = REGISTERED_MODEL
    artifacts: str | None = None
    with_zenml: bool = True


def connect() -> Registry:
    """The registry of the active stack, or else of the project's own.

    Sets MLflow's address and credentials for this process, as ZenML does in a tracked step.

    Raises:
        RegistryError: No stack has an MLflow experiment tracker.
    """
    from infra.home import project_home
    from infra.stores import find_stores

    address = find_stores(project_home()).tracking
    if address is None:
        raise RegistryError(
            "the active ZenML stack has no MLflow experiment tracker, which holds the registry: activate one that has, "
            "such as `zenml stack set crossprompt`"
        )
    _set_credentials()
    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    database = sqlite_file(address)
    return Registry(
        MlflowClient(tracking_uri=address, registry_uri=address),
        artifacts=None if database is None else (database.parent / "registry").as_uri(),
    )


def _set_credentials() -> None:
    """Of a tracker that names a server; one that keeps a database in the artifact store needs none."""
    from zenml.client import Client
    from zenml.integrations.mlflow.experiment_trackers import MLFlowExperimentTracker

    tracker = Client().active_stack.experiment_tracker
    if isinstance(tracker, MLFlowExperimentTracker) and tracker.config.tracking_uri:
        tracker.configure_mlflow()
