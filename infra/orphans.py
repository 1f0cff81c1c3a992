"""Orphaned runs: a killed process leaves its run "running" for ever, so the next start marks it failed."""

from __future__ import annotations

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
    marked = []
    for status in UNFINISHED:
        for run in client.list_pipeline_runs(status=status, size=100, hydrate=True).items:
            owner = owner_of(run.config.extra)
            if owner is not None and is_gone(owner) and _is_local(run):
                _fail(client, run)
                marked.append(run.name)
    return marked


def _is_local(run: PipelineRunResponse) -> bool:
    if run.stack is None:
        return False
    return all(part.flavor_name == "local" for part in run.stack.components.get(StackComponentType.ORCHESTRATOR, []))


def _fail(client: Client, run: PipelineRunResponse) -> None:
    for status in UNFINISHED:
        for step in client.list_run_steps(pipeline_run_id=run.id, status=status, size=1000).items:
            client.zen_store.update_run_step(step.id, StepRunUpdate(status=ExecutionStatus.FAILED, end_time=utc_now()))
    client.zen_store.update_run(run.id, PipelineRunUpdate(status=ExecutionStatus.FAILED, status_reason=_REASON))
