"""The active ZenML stack: whether a run would find all its parts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

from infra.doctor.findings import Finding, note, well, wrong
from infra.doctor.surroundings import Surroundings
from infra.doctor.zenml_file import Component, StackFacts, ZenMLFacts

PROJECT_STACK = "crossprompt"
"""As ``infra.stack`` has it, which would import ZenML."""
DEFAULT_STACK = "default"
MLFLOW_DATABASE = "mlflow.db"
_CHOOSE = "run `zenml stack list`, then `zenml stack set NAME`"


def check_stack(surroundings: Surroundings) -> Iterator[Finding]:
    """The stack that a run would take, and its parts."""
    if surroundings.zenml_file is None:
        yield note(
            "the stack is kept by a ZenML server, which an examination doesn't log in to",
            "`zenml stack describe` shows it",
        )
        return
    facts = surroundings.zenml
    if facts is None:
        yield well("no stack yet: the first run makes the stack `crossprompt`")
        return
    stack = active_stack(surroundings, facts)
    if stack is None:
        yield wrong("the stack that ZenML's configuration names as active is gone", _CHOOSE)
        return
    yield from _parts(surroundings, stack)


def active_stack(surroundings: Surroundings, facts: ZenMLFacts) -> StackFacts | None:
    """The stack that a run would take: the active one, or the project's where ZenML's ``default`` is active."""
    chosen = surroundings.active_stack
    if chosen is None:
        return _named(PROJECT_STACK, facts) or _named(DEFAULT_STACK, facts)
    found = next((stack for stack in facts.stacks if stack.identity == chosen), None)
    unchosen = found is not None and found.name == DEFAULT_STACK
    return (_named(PROJECT_STACK, facts) or found) if unchosen else found


def tracking_address(surroundings: Surroundings) -> str | None:
    """Where the active stack's MLflow tracker, or else the project's, writes to; None if there is none."""
    facts = surroundings.zenml
    if facts is None:
        return None
    for stack in (active_stack(surroundings, facts), _named(PROJECT_STACK, facts)):
        tracker = stack.component("experiment_tracker") if stack else None
        if stack is None or tracker is None or tracker.flavor != "mlflow":
            continue
        if explicit := tracker.configuration.get("tracking_uri"):
            return str(explicit)
        store = stack.component("artifact_store")
        folder = store_folder(surroundings, store) if store else None
        return f"sqlite:///{folder.resolve() / MLFLOW_DATABASE}" if folder else None
    return None


def store_folder(surroundings: Surroundings, store: Component) -> Path | None:
    """The folder of a local artifact store; None if it is no local one."""
    if store.flavor != "local":
        return None
    given = store.configuration.get("path")
    return Path(given) if given else surroundings.local_stores / str(UUID(store.identity))


def _parts(surroundings: Surroundings, stack: StackFacts) -> Iterator[Finding]:
    names = ", ".join(f"{part.type.replace('_', ' ')} {part.name} ({part.flavor})" for part in stack.components)
    yield well(f"stack {stack.name}: {names}")
    store = stack.component("artifact_store")
    if store is None or stack.component("orchestrator") is None:
        yield wrong(f"stack {stack.name} lacks an artifact store or an orchestrator", _CHOOSE)
    elif (folder := store_folder(surroundings, store)) is not None:
        yield from _folder(folder)
    for kind, loss in (
        ("experiment_tracker", "results are in the report and in ZenML alone, not in MLflow"),
        ("model_registry", "no prompt and no model is registered"),
    ):
        part = stack.component(kind)
        if part is None or part.flavor != "mlflow":
            yield note(
                f"stack {stack.name} has no MLflow {kind.replace('_', ' ')}: {loss}",
                f"`zenml {kind.replace('_', '-')} register`, or use the stack `{PROJECT_STACK}`",
            )


def _folder(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield note(
            f"the artifact store {folder} is not there", "the next run makes it; if it held artifacts, put them back"
        )
    elif not os.access(folder, os.W_OK | os.X_OK):
        yield wrong(f"the artifact store {folder} can't be written to", "give this user the right to write there")


def _named(name: str, facts: ZenMLFacts) -> StackFacts | None:
    return next((stack for stack in facts.stacks if stack.name == name), None)
