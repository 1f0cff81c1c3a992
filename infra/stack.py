"""The project's ZenML stack: made if it is missing, activated only if the user has chosen no other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from zenml.client import Client
from zenml.enums import StackComponentType
from zenml.exceptions import EntityExistsError
from zenml.models import StackResponse

STACK_NAME = "crossprompt"
UNCHOSEN_STACK = "default"
"""The stack that is active when a user of ZenML has chosen none."""


class Component(NamedTuple):
    """One part of the stack; ``configuration`` is empty because the flavours' own defaults are wanted.

    MLflow's tracker without an address keeps its SQLite database and its artifacts in the artifact store.
    """

    type: StackComponentType
    flavor: str
    name: str


COMPONENTS = (
    Component(StackComponentType.ORCHESTRATOR, "local", "crossprompt_orchestrator"),
    Component(StackComponentType.ARTIFACT_STORE, "local", "crossprompt_artifacts"),
    Component(StackComponentType.EXPERIMENT_TRACKER, "mlflow", "crossprompt_tracker"),
    Component(StackComponentType.MODEL_REGISTRY, "mlflow", "crossprompt_registry"),
)


def ensure_stack(arguments: Sequence[str] = ()) -> str:
    """Make the stack ``crossprompt`` if it is missing, and activate it if the active stack is ZenML's ``default``.

    Args:
        arguments: The command line; a stack named on it is left to ZenML.

    Returns:
        The name of the stack that is active afterwards.
    """
    client = Client()
    if not client.list_stacks(name=STACK_NAME).items:
        _create_stack(client)
    if not names_a_stack(arguments) and client.active_stack_model.name == UNCHOSEN_STACK:
        client.activate_stack(STACK_NAME)
    return client.active_stack_model.name


def stack_of_next_run() -> StackResponse | None:
    """The stack that :func:`ensure_stack` would leave active; None: it would have to make it. Changes nothing."""
    client = Client()
    active = client.active_stack_model
    if active.name != UNCHOSEN_STACK:
        return active
    own = client.list_stacks(name=STACK_NAME, hydrate=True).items
    return own[0] if own else None


def names_a_stack(arguments: Sequence[str]) -> bool:
    """Whether a ``zenml pipeline run`` command line has ``-s`` or ``--stack``."""
    return any(a in {"-s", "--stack"} or a.startswith("--stack=") or _is_glued_short(a) for a in arguments)


def _is_glued_short(argument: str) -> bool:
    return argument.startswith("-s") and not argument.startswith("--")


def _create_stack(client: Client) -> None:
    """Create what is missing; another process may be doing the same, then its parts are taken."""
    for component in COMPONENTS:
        known = client.list_stack_components(type=component.type, name=component.name)
        if not known.items:
            _create_component(client, component)
    try:
        client.create_stack(STACK_NAME, {component.type: component.name for component in COMPONENTS})
    except EntityExistsError:
        return


def _create_component(client: Client, component: Component) -> None:
    try:
        client.create_stack_component(component.name, component.flavor, component.type, configuration={})
    except EntityExistsError:
        return
