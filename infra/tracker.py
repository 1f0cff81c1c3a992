"""Which steps are tracked: by the active stack's MLflow, if it has one."""

from __future__ import annotations

from typing import Any

from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.integrations.mlflow.flavors import MLFlowExperimentTrackerFlavor
from zenml.integrations.mlflow.flavors.mlflow_experiment_tracker_flavor import MLFlowExperimentTrackerSettings


def tracking_options(experiment: str) -> dict[str, Any]:
    """Options of a step whose MLflow runs go to ``experiment``; empty if the active stack has no MLflow tracker."""
    flavor = MLFlowExperimentTrackerFlavor().name
    trackers = Client().active_stack_model.components.get(StackComponentType.EXPERIMENT_TRACKER, [])
    names = [tracker.name for tracker in trackers if tracker.flavor_name == flavor]
    if not names:
        return {}
    settings = MLFlowExperimentTrackerSettings(experiment_name=experiment)
    return {"experiment_tracker": names[0], "settings": {f"experiment_tracker.{flavor}": settings}}
