"""ZenML's model versions: one for each version of the registered model, the champion's in production."""

from __future__ import annotations

from zenml.client import Client
from zenml.enums import ModelStages
from zenml.exceptions import EntityExistsError
from zenml.models import ModelVersionResponse


def ensure_version(model: str, version: str, description: str) -> ModelVersionResponse:
    """ZenML's model version for one of MLflow's, made if it is missing; another process may be making it, too.

    Args:
        model: The model's name, as in MLflow.
        version: MLflow's number; ZenML's name for it is ``v`` and the number, for it numbers versions itself.
        description: What the gate found.
    """
    name = f"v{version}"
    _ensure_model(model)
    try:
        found = Client().get_model_version(model, name)
    except KeyError:
        found = _create(model, name, description)
    if found.description != description:
        found = Client().update_model_version(model, found.id, description=description)
    return found


def put_in_production(model: str, version: str, description: str) -> None:
    """Give the version the stage ``production``; the one that had it is archived."""
    found = ensure_version(model, version, description)
    if found.stage != ModelStages.PRODUCTION.value:
        Client().update_model_version(model, found.id, stage=ModelStages.PRODUCTION, force=True)


def _ensure_model(model: str) -> None:
    try:
        Client().get_model(model)
    except KeyError:
        _create_model(model)


def _create_model(model: str) -> None:
    try:
        Client().create_model(model, description="What `crossprompt serve` serves.", save_models_to_registry=False)
    except EntityExistsError:
        Client().get_model(model)


def _create(model: str, name: str, description: str) -> ModelVersionResponse:
    try:
        return Client().create_model_version(model, name, description)
    except EntityExistsError:
        return Client().get_model_version(model, name)
