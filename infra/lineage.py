"""Where results come from: the steps of the running pipeline run, their artifacts, and the versions of libraries."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import mlflow
from zenml import get_step_context
from zenml.client import Client
from zenml.models import StepRunResponse
from zenml.utils.pagination_utils import depaginate

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
    """The finished steps of the running pipeline run in their order: status, seconds, and versions of artifacts."""
    run = get_step_context().pipeline_run
    steps = depaginate(Client().list_run_steps, pipeline_run_id=run.id, sort_by="asc:created", hydrate=True)
    own = get_step_context().step_run.id
    return {step.name: _stage(step) for step in steps if step.id != own}


def dashboards() -> dict[str, str]:
    """How to look at what the running step publishes."""
    found = {"ZenML": "make dashboards"}
    if mlflow.active_run() is not None:
        found["MLflow"] = mlflow.get_tracking_uri()
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
    if step.start_time is None or step.end_time is None:
        return None
    return round((step.end_time - step.start_time).total_seconds(), 1)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
