"""Where runs, metrics and studies are kept, as the current configuration says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from zenml.client import Client
from zenml.config.global_config import GlobalConfiguration
from zenml.models import StackResponse
from zenml.stack import Stack
from zenml.utils.io_utils import get_global_config_directory

from crossprompt.tuning.settings import DATABASE as STUDY_DATABASE
from infra.addresses import shown_address, sqlite_file
from infra.stack import STACK_NAME

MLFLOW_DATABASE = "mlflow.db"
"""The name that ZenML's MLflow tracker gives its database when it is left to choose the place."""


@dataclass(frozen=True)
class Stores:
    """Addresses of the three stores. SQLite ones read ``sqlite:////absolute/path``."""

    tracking: str | None
    """MLflow's tracking address; None if no stack has an MLflow tracker."""
    study: str
    zenml: str
    """The database, or the address of the server that the client is connected to."""
    zenml_local_stores: str
    """ZenML's folder of local stores, which its server needs to find the artifacts."""
    zenml_project: str


def find_stores(home: Path, study: str | None = None) -> Stores:
    """The stores of the active ZenML stack, and the study's.

    Args:
        home: The project's home, which holds the study's database.
        study: The study's SQLAlchemy address if the configuration names another one.
    """
    configuration = GlobalConfiguration()
    return Stores(
        tracking=_tracking_address(Client()),
        study=study or f"sqlite:///{home / STUDY_DATABASE}",
        zenml=configuration.store_configuration.url,
        zenml_local_stores=configuration.local_stores_path,
        zenml_project=Client().active_project.name,
    )


def why_no_local_store() -> str | None:
    """Why there is no ZenML database on this machine to look into, as a sentence's part; None: there is one.

    Nothing is made by asking: ZenML itself makes its configuration and its database when they are first asked for.
    """
    none_yet = "there is no ZenML store yet, so nothing is cached"
    if not (Path(get_global_config_directory()) / "config.yaml").is_file():
        return none_yet
    address = GlobalConfiguration().store_configuration.url
    file = sqlite_file(address)
    if file is None:
        return f"the ZenML store {shown_address(address)} is not on this machine, and no connection is made"
    return None if file.is_file() else none_yet


def _tracking_address(client: Client) -> str | None:
    """The address that ZenML's MLflow tracker of the active stack, or else of the project's stack, writes to."""
    for model in _candidate_stacks(client):
        stack = Stack.from_model(model)
        tracker = stack.experiment_tracker
        if tracker is not None and tracker.flavor == "mlflow":
            explicit = getattr(tracker.config, "tracking_uri", None)
            return explicit or f"sqlite:///{Path(stack.artifact_store.path).resolve() / MLFLOW_DATABASE}"
    return None


def _candidate_stacks(client: Client) -> list[StackResponse]:
    return [client.active_stack_model, *client.list_stacks(name=STACK_NAME, hydrate=True).items]


def decline_welcome_survey() -> None:
    """Answer ZenML's first-visit questions with "no news, thank you", where nobody has answered them yet.

    Its dashboard shows a form before anything else until they are answered. Only the local store's own user is
    concerned; nothing is sent anywhere.
    """
    client = Client()
    if not GlobalConfiguration().store_configuration.url.startswith("sqlite:"):
        return
    user = client.active_user
    if user.email_opted_in is None:
        metadata = {**user.user_metadata, "finished_onboarding_survey": True}
        client.update_user(user.id, updated_email_opt_in=False, updated_metadata=metadata)
