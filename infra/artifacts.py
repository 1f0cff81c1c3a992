"""Distrust of the cache: a cached step counts only if its artifacts are still there and unaltered.

ZenML takes a step run with the right key from the cache without looking at what it made. Before it may do so here, the
files of its outputs are checked against their manifests; a step run with a bad output is expired and so runs again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import cast
from uuid import UUID

from zenml.artifact_stores import BaseArtifactStore
from zenml.client import Client
from zenml.enums import ExecutionStatus, SorterOps, StackComponentType
from zenml.logger import get_logger
from zenml.models import ArtifactVersionResponse, StepRunResponse, StepRunUpdate
from zenml.orchestrators import cache_utils
from zenml.stack import StackComponent
from zenml.utils.pagination_utils import depaginate
from zenml.utils.time_utils import utc_now

from materializers.manifest import ArtifactError, verify_artifact
from materializers.sealed import MANIFEST_DIGEST

logger = get_logger(__name__)

Lookup = Callable[[str], StepRunResponse | None]


def verify_cached_artifacts() -> None:
    """From now on this process takes a step from the cache only after its artifacts were verified.

    ZenML 0.98 has no hook at this place, so its lookup is wrapped; doing it again changes nothing.
    """
    name = "get_cached_step_run"
    lookup = getattr(cache_utils, name)
    if not hasattr(lookup, "__wrapped__"):
        setattr(cache_utils, name, verified(lookup))


def verified(lookup: Lookup) -> Lookup:
    """``lookup``, passing over step runs whose artifacts are gone or altered; those are expired for good."""

    @functools.wraps(lookup)
    def verified_lookup(cache_key: str) -> StepRunResponse | None:
        while (step_run := lookup(cache_key)) is not None:
            problem = find_problem(step_run)
            if problem is None:
                return step_run
            logger.warning("Not taken from the cache: step %s, since %s. It runs again.", step_run.name, problem)
            expire(step_run)
        return None

    return verified_lookup


def find_sound_step_run(cache_key: str) -> StepRunResponse | None:
    """The step run that a verified lookup would take from the cache; nothing is expired by looking."""
    client = Client()
    candidates = depaginate(
        client.list_run_steps,
        project=client.active_project.id,
        cache_key=cache_key,
        cache_expired=False,
        status=ExecutionStatus.COMPLETED,
        sort_by=f"{SorterOps.DESCENDING}:created",
        hydrate=True,
    )
    return next((step_run for step_run in candidates if find_problem(step_run) is None), None)


def find_problem(step_run: StepRunResponse) -> str | None:
    """What is wrong with the first bad output of ``step_run``; None if all are as they were written."""
    for versions in step_run.outputs.values():
        for artifact in versions:
            digest = artifact.run_metadata.get(MANIFEST_DIGEST)
            try:
                verify_artifact(_store_of(artifact), artifact.uri, str(digest) if digest is not None else None)
            except ArtifactError as error:
                return str(error)
    return None


def _store_of(artifact: ArtifactVersionResponse) -> BaseArtifactStore:
    """The artifact store that holds ``artifact``."""
    if artifact.artifact_store_id is None:
        return Client().active_stack.artifact_store
    return _load_store(artifact.artifact_store_id)


@functools.cache
def _load_store(identity: UUID) -> BaseArtifactStore:
    """A store by its identity; made once, for ZenML builds the whole active stack at every mention of it."""
    model = Client().get_stack_component(StackComponentType.ARTIFACT_STORE, identity)
    return cast(BaseArtifactStore, StackComponent.from_model(model))


def expire(step_run: StepRunResponse) -> None:
    """Take ``step_run`` out of the cache; its record stays."""
    Client().zen_store.update_run_step(step_run.id, StepRunUpdate(cache_expires_at=utc_now()))
