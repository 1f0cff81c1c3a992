"""Distrust of the cache: a cached step counts only if its artifacts are still there and unaltered.

ZenML takes a step run with the right key from the cache without looking at what it made. Before it may do so here, the
files of its outputs are checked against their manifests; a step run with a bad output is expired and so runs again.
"""

from __future__ import annotations

import functools
from collections.abc import Callable

from zenml.client import Client
from zenml.logger import get_logger
from zenml.models import StepRunResponse, StepRunUpdate
from zenml.orchestrators import cache_utils
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


def find_problem(step_run: StepRunResponse) -> str | None:
    """What is wrong with the first bad output of ``step_run``; None if all are as they were written."""
    store = Client().active_stack.artifact_store
    for versions in step_run.outputs.values():
        for artifact in versions:
            digest = artifact.run_metadata.get(MANIFEST_DIGEST)
            try:
                verify_artifact(store, artifact.uri, str(digest) if digest is not None else None)
            except ArtifactError as error:
                return str(error)
    return None


def expire(step_run: StepRunResponse) -> None:
    """Take ``step_run`` out of the cache; its record stays."""
    Client().zen_store.update_run_step(step_run.id, StepRunUpdate(cache_expires_at=utc_now()))
