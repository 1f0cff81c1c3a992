"""Where the registry is: the MLflow that the active ZenML stack writes to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import mlflow
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import BAD_REQUEST, TEMPORARILY_UNAVAILABLE, ErrorCode
from mlflow.tracking import MlflowClient
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from infra.addresses import sqlite_file

P = ParamSpec("P")
T = TypeVar("T")

ATTEMPTS = 8
LONGEST_PAUSE = 3.0
"""Seconds between two attempts at most."""

REGISTERED_MODEL = "crossprompt"
"""The registered model whose versions are bundles; ZenML's model has the same name."""


class RegistryError(RuntimeError):
    """The registry can't be used or asked for that; the message says why and what to do."""


class NoRegistryError(RegistryError):
    """Nothing has been run here yet, so there is no registry and no champion."""


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


def insist(write: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T:
    """Call a method of MLflow's client that writes, again where it collided with another process.

    MLflow looks whether a row is there before it adds one, so two that set the same tag for the first time collide; and
    SQLite refuses at once one of two transactions that both read and now want to write. Only for writes that may be
    done twice.
    """
    attempts = Retrying(
        retry=retry_if_exception(_is_collision),
        wait=wait_random_exponential(0.1, LONGEST_PAUSE),
        stop=stop_after_attempt(ATTEMPTS),
        reraise=True,
    )
    return attempts(write, *arguments, **options)


def failed_with(error: MlflowException, code: int) -> bool:
    """Whether MLflow, here or on a server, failed with this code."""
    return bool(error.error_code == ErrorCode.Name(code))


def _is_collision(error: BaseException) -> bool:
    if not isinstance(error, MlflowException):
        return False
    is_duplicate = failed_with(error, BAD_REQUEST) and "IntegrityError" in str(error)
    return is_duplicate or failed_with(error, TEMPORARILY_UNAVAILABLE)


def connect() -> Registry:
    """The registry of the active stack, or else of the project's own.

    Sets MLflow's address and credentials for this process, as ZenML does in a tracked step.

    Raises:
        NoRegistryError: No run has made the project's stack yet, and no other stack was chosen.
        RegistryError: The active stack has no MLflow experiment tracker.
    """
    from infra.home import project_home
    from infra.stores import find_stores

    address = find_stores(project_home()).tracking
    if address is None:
        raise _why_no_address()
    _set_credentials()
    mlflow.set_tracking_uri(address)
    mlflow.set_registry_uri(address)
    database = sqlite_file(address)
    return Registry(
        MlflowClient(tracking_uri=address, registry_uri=address),
        artifacts=None if database is None else (database.parent / "registry").as_uri(),
    )


def _why_no_address() -> RegistryError:
    from infra.stack import stack_of_next_run

    active = stack_of_next_run()
    if active is None:
        return NoRegistryError(
            "there is no champion yet: `zenml pipeline run add_languages` makes candidates, and the first that passes "
            "the gate becomes it"
        )
    return RegistryError(
        f"the ZenML stack {active.name!r} has no MLflow experiment tracker, which holds the registry: give it one "
        f"(`zenml stack update {active.name} -e TRACKER`), or run on the project's own stack, which a run makes and "
        "takes where none is chosen (`zenml stack set default`)"
    )


def _set_credentials() -> None:
    """Of a tracker that names a server; one that keeps a database in the artifact store needs none."""
    from zenml.client import Client
    from zenml.integrations.mlflow.experiment_trackers import MLFlowExperimentTracker

    tracker = Client().active_stack.experiment_tracker
    if isinstance(tracker, MLFlowExperimentTracker) and tracker.config.tracking_uri:
        tracker.configure_mlflow()
