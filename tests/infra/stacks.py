"""The stacks of ``infra/stacks`` as a test can use them: with local stores, and a cluster that runs on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import yaml
from zenml.client import Client
from zenml.enums import StackComponentType

from tests.conftest import ROOT

STACKS = ROOT / "infra" / "stacks"
LOCAL = {"experiment_tracker", "artifact_store"}
"""Components whose servers a test does not have."""


def read_stack(name: str) -> dict[str, Any]:
    """A stack's file."""
    found: dict[str, Any] = yaml.safe_load((STACKS / f"{name}.yaml").read_text(encoding="utf-8"))
    return found


@contextmanager
def active_stack(name: str, **orchestrator: Any) -> Iterator[str]:
    """Make the stack of a file and activate it; with other settings of its orchestrator, and local stores."""
    client = Client()
    before, components = client.active_stack_model.id, {}
    for kind, component in read_stack(name)["components"].items():
        flavor, configuration = component["flavor"], dict(component["configuration"])
        if kind in LOCAL:
            flavor, configuration = ("local" if kind == "artifact_store" else flavor), {}
        if kind == "orchestrator":
            configuration |= orchestrator
        known = client.list_stack_components(type=kind, name=f"test_{component['name']}").items
        for old in known:
            client.update_stack_component(old.id, StackComponentType(kind), configuration=configuration)
        made = known[0] if known else None
        made = made or client.create_stack_component(
            f"test_{component['name']}", flavor, StackComponentType(kind), configuration=configuration
        )
        components[StackComponentType(kind)] = made.id
    stack = f"test_{name}"
    if not client.list_stacks(name=stack).items:
        client.create_stack(stack, components)
    client.activate_stack(stack)
    try:
        yield stack
    finally:
        client.activate_stack(before)
