"""The journal of champions in MLflow: parameters of one run, which can be written once and never changed.

That is the registry's compare-and-swap. MLflow's databases hold a run's parameter under a primary key, and refuse a
second value: of two processes that write entry 7, on one machine with SQLite or on several with a server, exactly one
succeeds, whenever either was paused or killed. Nothing is locked, so nothing stays locked, and an entry is there whole
or not at all. The run itself is named by a tag with which the registered model is created: of two first starts at
once, one creates the model.
"""

from __future__ import annotations

from mlflow.entities import RunStatus
from mlflow.exceptions import MlflowException, RestException
from mlflow.protos.databricks_pb2 import (
    INVALID_PARAMETER_VALUE,
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
)
from mlflow.tracking import MlflowClient
from pydantic import ValidationError

from crossprompt.promotion.journal import Event
from infra.registry_place import Registry, RegistryError, failed_with, insist

JOURNAL_TAG = "crossprompt.journal"
"""The registered model's tag with the id of the journal's run."""
JOURNAL = "journal"
_ENTRY = "entry/{:06d}"
_DESCRIPTION = (
    "Bundles of CrossPrompt. The alias champion serves; `crossprompt champion` says why, `crossprompt rollback` puts "
    "the former one back. Who was champion when is in the parameters of the run that the tag crossprompt.journal names."
)


def find_journal(registry: Registry) -> str | None:
    """The id of the journal's run; None before the first model was registered.

    Raises:
        RegistryError: A registered model of this name was made by something else, or the run was deleted.
    """
    try:
        model = registry.client.get_registered_model(registry.name)
    except MlflowException as error:
        if failed_with(error, RESOURCE_DOES_NOT_EXIST):
            return None
        raise
    run: str | None = model.tags.get(JOURNAL_TAG)
    if run is None:
        raise RegistryError(
            f"MLflow has a registered model {registry.name!r} that was not made by this program (it has no tag "
            f"{JOURNAL_TAG}): rename it there"
        )
    return run


def ensure_journal(registry: Registry) -> str:
    """The id of the journal's run; run and registered model are made if they are missing."""
    known = find_journal(registry)
    if known is not None:
        _remove_others(registry, known)
        return known
    client, experiment = registry.client, ensure_experiment(registry, JOURNAL)
    run = insist(client.create_run, experiment, run_name="journal of champions").info.run_id
    insist(client.set_terminated, run, RunStatus.to_string(RunStatus.FINISHED))
    try:
        insist(client.create_registered_model, registry.name, tags={JOURNAL_TAG: run}, description=_DESCRIPTION)
    except MlflowException as error:
        if not failed_with(error, RESOURCE_ALREADY_EXISTS):
            raise
    return ensure_journal(registry)


def read_events(registry: Registry) -> tuple[Event, ...]:
    """All entries in order; none before the first model was registered.

    Raises:
        RegistryError: The run was deleted, or an entry is missing or can't be read.
    """
    run_id = find_journal(registry)
    if run_id is None:
        return ()
    run = registry.client.get_run(run_id)
    if run.info.lifecycle_stage != "active":
        raise RegistryError(
            f"the journal of the registry, run {run_id}, was deleted in MLflow: restore it with `mlflow runs restore "
            f"--run-id {run_id}`"
        )
    try:
        events = [Event.model_validate_json(text) for key, text in sorted(run.data.params.items()) if _is_entry(key)]
    except ValidationError as error:
        raise RegistryError(f"the journal of the registry, run {run_id}, has an unreadable entry: {error}") from None
    if [event.number for event in events] != list(range(1, len(events) + 1)):
        raise RegistryError(f"the journal of the registry, run {run_id}, lacks an entry: restore MLflow's database")
    return tuple(events)


def append_event(registry: Registry, event: Event) -> bool:
    """Write ``event`` under its number, unless another has it; whether it is ours."""
    run = ensure_journal(registry)
    try:
        insist(registry.client.log_param, run, _ENTRY.format(event.number), event.model_dump_json())
    except MlflowException as error:
        if not failed_with(error, INVALID_PARAMETER_VALUE):
            raise
        events = read_events(registry)
        if len(events) < event.number:
            raise
        return events[event.number - 1].token == event.token
    return True


def _is_entry(key: str) -> bool:
    return key.startswith(_ENTRY.partition("{")[0])


def ensure_experiment(registry: Registry, purpose: str) -> str:
    """The id of one of the registry's own experiments; one that another process makes at the same time is taken."""
    name = f"{registry.name}-{purpose}"
    found = registry.client.get_experiment_by_name(name)
    if found is not None:
        return str(found.experiment_id)
    location = None if registry.artifacts is None else f"{registry.artifacts}/{purpose}"
    try:
        return str(insist(registry.client.create_experiment, name, artifact_location=location))
    except MlflowException as error:
        if not failed_with(error, RESOURCE_ALREADY_EXISTS):
            raise
    return ensure_experiment(registry, purpose)


def _remove_others(registry: Registry, journal: str) -> None:
    """Delete runs that were to become the journal and never did: their makers were killed, or another was first."""
    found = registry.client.get_experiment_by_name(f"{registry.name}-{JOURNAL}")
    if found is None:
        return
    for run in registry.client.search_runs([found.experiment_id]):
        if run.info.run_id != journal and not run.data.params:
            delete_run(registry.client, run.info.run_id)


def delete_run(client: MlflowClient, run: str) -> None:
    """Delete a run; another process may do the same."""
    try:
        insist(client.delete_run, run)
    except (MlflowException, RestException) as error:
        if client.get_run(run).info.lifecycle_stage == "active":
            raise error
