"""What a run would take from the cache and what it would do, found without running it.

The pipeline is compiled as a run compiles it, and its steps are gone through in their order: a step whose inputs are
all in the cache has a key, and the key tells. What follows a step that runs has none yet: its inputs may come out as
before, and then it is taken from the cache after all.

Nothing is changed by looking: no store, stack or database is made, no stack is activated, and an artifact that is
damaged counts as not there, but is not expired. No connection is opened: a store on a server or in a cloud is not
looked at.
"""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from pydantic import Field
from tqdm import tqdm
from zenml.artifact_stores import BaseArtifactStore
from zenml.client import Client
from zenml.config.pipeline_configurations import PipelineConfiguration
from zenml.config.step_configurations import InputSpec, Step
from zenml.constants import ENV_ZENML_ACTIVE_STACK_ID
from zenml.enums import StepRunInputArtifactType
from zenml.models import StepRunResponse
from zenml.models.v2.core.step_run import StepRunInputResponse
from zenml.orchestrators.cache_utils import generate_cache_key
from zenml.orchestrators.utils import is_setting_enabled
from zenml.pipelines.pipeline_definition import Pipeline

from crossprompt.records import Record
from infra.artifacts import find_sound_step_run
from infra.stack import stack_of_next_run
from infra.stores import why_no_local_store


class Fate(StrEnum):
    """What becomes of a step."""

    CACHED = "cached"
    """It is taken from the cache."""
    RUNS = "runs"
    """It runs."""
    FOLLOWS = "follows"
    """It follows a step that runs, and runs too unless its inputs come out as before."""


class StepForecast(Record):
    """One step of a run."""

    stage: str
    """Its function's name; of a language, a shard or a round there may be many steps with one function."""
    fate: Fate


class Forecast(Record):
    """The steps of a run by name, in an order in which they can be run."""

    steps: dict[str, StepForecast] = Field(default_factory=dict)
    reason: str | None = None
    """Why the cache was not looked at; then no step is named, and all of them count as not cached."""
    taken: dict[str, StepRunResponse] = Field(default_factory=dict, exclude=True)
    """The step runs that would be taken from the cache."""

    def named(self, fate: Fate) -> list[str]:
        """The steps of this fate, in order."""
        return [name for name, step in self.steps.items() if step.fate is fate]


def forecast_run(pipeline: Pipeline, file: Path, *, progress: bool = True) -> Forecast:
    """What ``zenml pipeline run`` of ``pipeline`` with the configuration ``file`` would do now.

    Artifacts of cached steps are read and verified, as a run does it: about a second per GB.

    Raises:
        SettingsError, SourceError, ...: As the run itself would raise before its first step.
    """
    if (reason := why_no_local_store()) is not None:
        return Forecast(reason=reason)
    stack = stack_of_next_run()
    if stack is None:
        return Forecast(reason="the project's ZenML stack is not there yet, so nothing is cached")
    with _on_stack(str(stack.id)), _hushed():
        store = Client().active_stack.artifact_store
        if not store.config.is_local:
            return Forecast(reason=f"the artifact store {store.name} is not on this machine, and no connection is made")
        return _go_through(_compiled_steps(pipeline, file), store, progress)


def _compiled_steps(pipeline: Pipeline, file: Path) -> dict[str, Step]:
    """The steps that may be cached, and the others, as the run gets them: from the database, so through JSON."""
    prepared = pipeline.with_options(config_path=str(file))
    prepared.prepare()
    # ZenML 0.98 has no public way to compile without running; this is the call that its run makes
    snapshot, _, _ = prepared._compile(config_path=str(file))
    configuration = PipelineConfiguration.model_validate_json(snapshot.pipeline_configuration.model_dump_json())
    steps = {}
    for name, step in snapshot.step_configurations.items():
        stored = json.loads(step.model_dump_json(exclude={"config"}))
        read = Step.from_dict(stored, configuration, exclude_hook_sources=False)
        enabled = is_setting_enabled(read.config.enable_cache, configuration.enable_cache)
        steps[name] = read.model_copy(update={"config": read.config.model_copy(update={"enable_cache": enabled})})
    return steps


def _go_through(steps: Mapping[str, Step], store: BaseArtifactStore, progress: bool) -> Forecast:
    found: dict[str, StepForecast] = {}
    taken: dict[str, StepRunResponse] = {}
    for name, step in tqdm(steps.items(), desc="look into the cache", unit="step", disable=None if progress else True):
        fate, step_run = _fate(step, taken, store)
        if step_run is not None:
            taken[name] = step_run
        found[name] = StepForecast(stage=step.spec.source.attribute or name, fate=fate)
    return Forecast(steps=found, taken=taken)


def _fate(
    step: Step, taken: Mapping[str, StepRunResponse], store: BaseArtifactStore
) -> tuple[Fate, StepRunResponse | None]:
    if not step.config.enable_cache:
        return Fate.RUNS, None
    if any(before not in taken for before in step.spec.upstream_steps):
        return Fate.FOLLOWS, None
    step_run = find_sound_step_run(_cache_key(step, taken, store))
    return (Fate.RUNS if step_run is None else Fate.CACHED), step_run


def _cache_key(step: Step, taken: Mapping[str, StepRunResponse], store: BaseArtifactStore) -> str:
    inputs = {
        name: [_input(taken[source.step_name], source, index) for index, source in enumerate(sources)]
        for name, sources in step.spec.normalized_inputs.items()
    }
    return generate_cache_key(step, inputs, store, Client().active_project.id)


def _input(made_by: StepRunResponse, source: InputSpec, index: int) -> StepRunInputResponse:
    return StepRunInputResponse(
        input_type=StepRunInputArtifactType.STEP_OUTPUT,
        index=index,
        chunk_index=source.chunk_index,
        chunk_size=source.chunk_size,
        **made_by.regular_outputs[source.output_name].model_dump(),
    )


@contextmanager
def _on_stack(identity: str) -> Iterator[None]:
    """For the block the stack is this process's active one; what is activated stays as it is."""
    before = os.environ.get(ENV_ZENML_ACTIVE_STACK_ID)
    os.environ[ENV_ZENML_ACTIVE_STACK_ID] = identity
    try:
        yield
    finally:
        if before is None:
            del os.environ[ENV_ZENML_ACTIVE_STACK_ID]
        else:
            os.environ[ENV_ZENML_ACTIVE_STACK_ID] = before


@contextmanager
def _hushed() -> Iterator[None]:
    """For the block ZenML's remarks on what it compiles are not shown: a plan's standard output is the plan."""
    logger = logging.getLogger("zenml")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)
