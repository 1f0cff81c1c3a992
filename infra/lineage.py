"""Where results come from: the steps of the running pipeline run, their artifacts, and the versions of libraries."""

from __future__ import annotations

import platform
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import mlflow
from zenml import get_step_context
from zenml.client import Client
from zenml.models import StepRunResponse
from zenml.utils.pagination_utils import depaginate
from zenml.utils.time_utils import utc_now

from infra.addresses import shown_address

LIBRARIES = (
    "crossprompt",
    "torch",
    "transformers",
    "datasets",
    "numpy",
    "scipy",
    "pandas",
    "great_expectations",
    "optuna",
    "zenml",
    "mlflow",
)


def library_versions() -> dict[str, str]:
    """Python's version, this project's, and those of the libraries that results depend on."""
    return {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}}


def stages_so_far() -> dict[str, dict[str, Any]]:
    """The finished steps of the running pipeline run in their order: status, seconds, and versions of artifacts.

    A step that was taken from the cache has the seconds of the run that computed it; its status says so.
    """
    run = get_step_context().pipeline_run
    steps = depaginate(Client().list_run_steps, pipeline_run_id=run.id, sort_by="asc:created", hydrate=True)
    own = get_step_context().step_run.id
    return {step.name: _stage(step) for step in steps if step.id != own}


def run_times() -> tuple[str, float | None]:
    """When the running pipeline run began (UTC, ISO 8601, to the second), and the seconds since."""
    started = get_step_context().pipeline_run.start_time
    if started is None:
        return "", None
    return started.replace(microsecond=0, tzinfo=None).isoformat(), _between(started, utc_now(started))


def dashboards() -> dict[str, str]:
    """How to look at what the running step publishes."""
    found = {"ZenML": "make dashboards"}
    if mlflow.active_run() is not None:
        found["MLflow"] = shown_address(mlflow.get_tracking_uri())
    return found


def _stage(step: StepRunResponse) -> dict[str, Any]:
    artifacts = [f"{name} (version {item.version})" for name, items in step.outputs.items() for item in items]
    return {
        "status": step.status.value,
        "seconds": _seconds(step),
        "artifacts": ", ".join(artifacts),
        "cache_key": step.cache_key,
    }


def _seconds(step: StepRunResponse) -> float | None:
    """How long the step took when it was computed; None where nobody knows any more."""
    if step.original_step_run_id is not None:
        try:
            step = Client().get_run_step(step.original_step_run_id)
        except KeyError:
            return None
    return None if step.start_time is None or step.end_time is None else _between(step.start_time, step.end_time)


def _between(start: datetime, end: datetime) -> float:
    return round((end - start).total_seconds(), 1)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
