"""Orphaned runs: a killed process leaves its run "running" for ever, so the next start marks it failed.

What it had begun in MLflow is marked killed there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from zenml.client import Client
from zenml.enums import ExecutionStatus, StackComponentType
from zenml.models import PipelineRunResponse, PipelineRunUpdate, StepRunUpdate
from zenml.utils.time_utils import utc_now

from infra.process import OWNER, is_gone, owner_of, this_process

UNFINISHED = (ExecutionStatus.INITIALIZING, ExecutionStatus.PROVISIONING, ExecutionStatus.RUNNING)
_REASON = "The process that executed this run was killed."


def owner_entry() -> dict[str, Any]:
    """The ``extra`` entry that makes this process the owner of the runs it starts."""
    return {OWNER: this_process().model_dump()}


def fail_orphaned_runs() -> list[str]:
    """Mark runs failed whose process is certainly dead, with their unfinished steps.

    A run is left alone if its process lives, if it belongs to another machine, if nobody wrote down who executes it, or
    if it runs on an orchestrator other than the local one (there the process that started it need not live on).

    Returns:
        The names of the runs that were marked.
    """
    client = Client()
    found = [
        run
        for status in UNFINISHED
        for run in client.list_pipeline_runs(status=status, size=100, hydrate=True).items
        if _is_orphan(run)
    ]
    if found:
        _end_tracked_runs([run.name for run in found])
    for run in found:
        _fail(client, run)
    return [run.name for run in found]


def _is_orphan(run: PipelineRunResponse) -> bool:
    owner = owner_of(run.config.extra)
    return owner is not None and is_gone(owner) and _is_local(run)


def _is_local(run: PipelineRunResponse) -> bool:
    if run.stack is None:
        return False
    return all(part.flavor_name == "local" for part in run.stack.components.get(StackComponentType.ORCHESTRATOR, []))


def _fail(client: Client, run: PipelineRunResponse) -> None:
    for status in UNFINISHED:
        for step in client.list_run_steps(pipeline_run_id=run.id, status=status, size=1000).items:
            client.zen_store.update_run_step(step.id, StepRunUpdate(status=ExecutionStatus.FAILED, end_time=utc_now()))
    client.zen_store.update_run(run.id, PipelineRunUpdate(status=ExecutionStatus.FAILED, status_reason=_REASON))


def _end_tracked_runs(names: Sequence[str]) -> None:
    """What the runs had begun in MLflow under their names, and runs nested in that, is killed there, too."""
    from mlflow.entities import RunStatus
    from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

    from infra.registry_place import RegistryError, connect

    try:
        client = connect().client
    except RegistryError:
        return  # the stack tracks nothing
    experiments = [experiment.experiment_id for experiment in client.search_experiments()]
    running = client.search_runs(experiments, "attributes.status = 'RUNNING'")
    own = {run.info.run_id for run in running if run.info.run_name in names}
    for run in running:
        if {run.info.run_id, run.data.tags.get(MLFLOW_PARENT_RUN_ID)} & own:
            client.set_terminated(run.info.run_id, RunStatus.to_string(RunStatus.KILLED))
