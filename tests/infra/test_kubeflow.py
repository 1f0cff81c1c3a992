"""What is compiled for Kubeflow asks for GPUs where they are of use, and its commands need no folder in common."""

from __future__ import annotations

import functools
import inspect
import json
import os
import subprocess
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from zenml.client import Client
from zenml.enums import ExecutionMode

from infra.kubeflow import ask_for_gpus
from tests.conftest import ROOT
from tests.fakes.kubernetes_api import container_environment
from tests.infra.conftest import HIDDEN
from tests.infra.stacks import active_stack
from tests.infra.stand_in import stand_in
from tests.infra.test_kubernetes import ON_GPUS, configuration

ORCHESTRATOR = "zenml.integrations.kubeflow.orchestrators.kubeflow_orchestrator.KubeflowOrchestrator"
FLAVOR = "zenml.integrations.kubeflow.flavors.kubeflow_orchestrator_flavor.KubeflowOrchestratorConfig"
RUN_NAME = "{{$.pipeline_job_name}}"
HOME = "home"
IMAGE = yaml.safe_load((ROOT / "configs" / "kubeflow.yaml").read_text(encoding="utf-8"))["settings"]["docker"]
ON_KUBEFLOW: dict[str, Any] = {
    "enable_cache": False,
    "settings": {"docker": IMAGE},
    "execution_mode": ExecutionMode.CONTINUE_ON_FAILURE,
}
"""Options of a pipeline there; its orchestrator knows no other mode."""

Pipeline = dict[str, Any]


@dataclass
class Kubeflow:
    """A stand-in for Kubeflow's client: keeps the compiled pipelines, and what they were to run as."""

    pipelines: list[Pipeline] = field(default_factory=list)
    schedules: list[str | None] = field(default_factory=list)

    def create_run_from_pipeline_package(self, file: str, **_options: Any) -> SimpleNamespace:
        self.pipelines.append(read(file))
        return SimpleNamespace(run_id="a-run")

    def create_recurring_run(self, pipeline_package_path: str, cron_expression: str, **_: Any) -> SimpleNamespace:
        self.pipelines.append(read(pipeline_package_path))
        self.schedules.append(cron_expression)
        return SimpleNamespace(recurring_run_id="a-schedule")

    def get_experiment(self, _name: str, **_options: Any) -> SimpleNamespace:
        return SimpleNamespace(experiment_id="an-experiment")


@pytest.fixture
def kubeflow(zenml_stack: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Kubeflow]:
    client = Kubeflow()
    ask_for_gpus()
    # Kubeflow's compiler asks at every variable for its caller's name, and reads the sources of all callers for it
    monkeypatch.setattr(inspect, "stack", functools.partial(inspect.stack, 0))
    # the flavor knows no cluster on this machine and would refuse the stack's local stores
    monkeypatch.setattr(f"{FLAVOR}.is_remote", False)
    monkeypatch.setattr(f"{FLAVOR}.is_local", True)
    monkeypatch.setattr(f"{ORCHESTRATOR}._get_kfp_client", lambda *_arguments, **_options: client)
    with active_stack("kubeflow", kubernetes_context=None, kubeflow_hostname="http://127.0.0.1", synchronous=False):
        yield client


def read(file: str) -> Pipeline:
    found: Pipeline = next(iter(yaml.safe_load_all(Path(file).read_text(encoding="utf-8"))))
    return found


def submit(config: Path) -> None:
    from pipelines.align_and_eval import align_and_eval

    align_and_eval.with_options(config_path=str(config))()


def containers(pipeline: Pipeline) -> dict[str, dict[str, Any]]:
    """The container of each task, in an order in which they can run."""
    tasks = pipeline["root"]["dag"]["tasks"]
    order = TopologicalSorter({name: task.get("dependentTasks", []) for name, task in tasks.items()}).static_order()
    executors = pipeline["deploymentSpec"]["executors"]
    components = {name: pipeline["components"][task["componentRef"]["name"]] for name, task in tasks.items()}
    return {name: executors[components[name]["executorLabel"]]["container"] for name in order}


def on_gpus(found: dict[str, dict[str, Any]]) -> set[str]:
    """The steps whose containers ask for a GPU."""
    asked = {name: own.get("resources", {}).get("accelerator") for name, own in found.items()}
    return {name.replace("-", "_") for name, accelerator in asked.items() if accelerator}


def run(pipeline: Pipeline, folder: Path, environment: dict[str, str]) -> None:
    """Run the command of each container with an empty home of its own, one after the other.

    ZenML's entry point leaves the working folder for ``/app``, an image's own; so a container's home is named, or all
    processes on this machine would share the one there.
    """
    name = str(uuid.uuid4())
    for task, container in containers(pipeline).items():
        place = folder / task
        place.mkdir(parents=True)
        given = {entry["name"]: entry["value"].replace(RUN_NAME, name) for entry in container.get("env", [])}
        given["CROSSPROMPT_HOME"] = str(place / HOME)
        command = [*container["command"], *container["args"]]
        ended = subprocess.run(
            command, cwd=place, env={**environment, **given}, capture_output=True, text=True, check=False
        )
        assert ended.returncode == 0, f"{task}:\n{(ended.stdout + ended.stderr)[-3000:]}"


@pytest.mark.usefixtures("secret")
def test_the_compiled_pipeline_asks_for_gpus_where_they_are_of_use(kubeflow: Kubeflow, tmp_path: Path) -> None:
    submit(configuration("kubeflow", tmp_path / "run.yaml"))
    (pipeline,) = kubeflow.pipelines
    found = containers(pipeline)
    assert on_gpus(found) == ON_GPUS
    assert HIDDEN not in json.dumps(pipeline)
    assert {own["image"] for own in found.values()} == {IMAGE["parent_image"]}
    order = list(found)
    assert order.index("ingest-dialogues") < order.index("align-prompts") < order.index("publish-report")


def test_a_schedule_becomes_a_recurring_run(kubeflow: Kubeflow, tmp_path: Path) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(yaml.safe_dump({"schedule": {"cron_expression": "0 3 1 * *"}}), encoding="utf-8")
    stand_in.with_options(config_path=str(file), **ON_KUBEFLOW)("kubeflow")
    assert kubeflow.schedules == ["0 3 1 * *"]


def test_compiled_commands_work_as_processes_in_empty_folders(kubeflow: Kubeflow, tmp_path: Path) -> None:
    stand_in.with_options(**ON_KUBEFLOW)("kubeflow")
    (pipeline,) = kubeflow.pipelines
    beside = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    run(pipeline, tmp_path / "containers", container_environment(tmp_path, PYTHONPATH=beside))
    last = Client().get_pipeline("stand_in").last_run
    assert last.steps["use"].output.load().location == "used"


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("secret")
def test_the_compiled_commands_of_the_main_job_complete_a_run(kubeflow: Kubeflow, tmp_path: Path) -> None:
    submit(configuration("kubeflow", tmp_path / "run.yaml"))
    (pipeline,) = kubeflow.pipelines
    run(pipeline, tmp_path / "containers", container_environment(tmp_path))
    homes = {path.parent.name for path in tmp_path.glob(f"containers/*/{HOME}")}
    assert {"align-prompts", "tune-learning-rate", "publish-report"} <= homes, "each keeps its files to itself"
    assert (tmp_path / "containers" / "publish-report" / HOME / "report" / "report.html").is_file()
