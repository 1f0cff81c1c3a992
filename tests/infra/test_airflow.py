"""What is laid out for Airflow: a DAG with a schedule, whose pods ask for what their steps need."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from datetime import datetime
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import pytest
import yaml
from zenml.client import Client
from zenml.enums import ExecutionMode

from tests.conftest import ROOT
from tests.fakes.kubernetes_api import Cluster, Manifest, container_environment
from tests.infra.conftest import HIDDEN
from tests.infra.stacks import active_stack, read_stack
from tests.infra.stand_in import stand_in
from tests.infra.test_cluster_languages import ON_GPUS, OTHERS, submit
from tests.infra.test_kubernetes import check, check_gpus

CONFIGURATION = yaml.safe_load((ROOT / "configs" / "airflow_languages.yaml").read_text(encoding="utf-8"))
ON_AIRFLOW: dict[str, Any] = {
    "enable_cache": False,
    "settings": {"docker": CONFIGURATION["settings"]["docker"]},
    "execution_mode": ExecutionMode.CONTINUE_ON_FAILURE,
}
"""Options of a pipeline there; its orchestrator knows no other mode."""
AIRFLOW = ("apache-airflow==2.11.2", "apache-airflow-providers-cncf-kubernetes==10.25.0")
"""What is installed to have Airflow itself read a DAG."""
RUN = "ZENML_AIRFLOW_RUN_ID"
"""The variable by which Airflow tells a pod which run it belongs to."""
Dag = dict[str, Any]


@pytest.fixture(scope="module")
def airflow(zenml_stack: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder from which Airflow would read; the orchestrator is called local, as its stores here are."""
    folder = tmp_path_factory.mktemp("airflow")
    with active_stack("airflow", local=True, dag_output_dir=str(folder)):
        yield folder


@pytest.fixture
def dags(airflow: Path) -> Iterator[Path]:
    """The same, without DAGs."""
    yield airflow
    for file in airflow.iterdir():
        file.unlink()


def read(folder: Path) -> Dag:
    """What the only DAG of a folder is made from."""
    (file,) = folder.glob("*.zip")
    with zipfile.ZipFile(file) as archive:
        assert set(archive.namelist()) == {"dag.py", "config.json"}
        dag: Dag = json.loads(archive.read("config.json"))
    return dag


def pod(task: Manifest) -> Manifest:
    """The pod that Airflow's operator makes of a task: the template, with image, command and variables filled in."""
    spec = task["operator_args"]["pod_template_dict"]["spec"]
    (container,) = spec["containers"]
    environment = [{"name": name, "value": value} for name, value in task["environment"].items()]
    own = {"image": task["docker_image"], "command": task["command"], "args": task["arguments"], "env": environment}
    account = {"serviceAccountName": task["operator_args"]["service_account_name"]}
    whole = {**spec, **account, "containers": [{**container, **own}]}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "task"}, "spec": whole}


def as_job(task: Manifest) -> Manifest:
    return {"spec": {"template": {"spec": pod(task)["spec"]}}}


@pytest.mark.usefixtures("secret")
def test_the_schedule_becomes_a_dag_whose_pods_ask_for_what_their_steps_need(dags: Path, tmp_path: Path) -> None:
    submit("airflow", tmp_path / "run.yaml")
    dag = read(dags)
    assert (dag["schedule"], dag["catchup"], dag["tags"]) == ("0 4 1 * *", False, ["crossprompt"])
    assert dag["dag_args"] == {"max_active_runs": 1, "max_active_tasks": 8}
    tasks = {task["zenml_step_name"]: task for task in dag["tasks"]}
    assert set(tasks) >= OTHERS | ON_GPUS
    check_gpus({name: as_job(task) for name, task in tasks.items()}, ON_GPUS)
    for task in tasks.values():
        check(pod(task))
        check_place(task)
    assert HIDDEN not in json.dumps(dag)
    order = list(TopologicalSorter({name: task["upstream_steps"] for name, task in tasks.items()}).static_order())
    assert order.index("extend_prompt") < order.index("gate_candidate") < order.index("report_promotion")


def check_place(task: Manifest) -> None:
    """Each task is a pod with the common home, no rights in the cluster, and the image of the configuration."""
    assert task["operator_source"] == "airflow.providers.cncf.kubernetes.operators.pod.KubernetesPodOperator"
    assert task["operator_args"]["namespace"] == "crossprompt"
    assert task["docker_image"] == CONFIGURATION["settings"]["docker"]["parent_image"]
    made = pod(task)["spec"]
    assert made["serviceAccountName"] == "crossprompt-steps"
    (container,) = made["containers"]
    assert container["name"] == "base", "where Airflow's operator puts the command"
    assert {"name": "home", "mountPath": "/home/crossprompt/.crossprompt"} in container["volumeMounts"]
    assert [volume["name"] for volume in made["volumes"]] == ["home"]


def test_the_folder_of_dags_lies_where_zenml_can_write() -> None:
    parts = read_stack("airflow")["components"]
    store = parts["artifact_store"]["configuration"]["path"]
    assert parts["orchestrator"]["configuration"]["dag_output_dir"].startswith(f"{store}/")


def test_without_a_schedule_it_runs_once_at_once(dags: Path) -> None:
    stand_in.with_options(**ON_AIRFLOW)("airflow")
    assert (read(dags)["schedule"], read(dags)["catchup"]) == ("@once", False)


def test_the_commands_work_as_processes_in_empty_folders(dags: Path, tmp_path: Path) -> None:
    stand_in.with_options(**ON_AIRFLOW)("airflow")
    beside = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = container_environment(tmp_path, PYTHONPATH=beside) | {RUN: "scheduled__2026-01-01"}
    for task in read(dags)["tasks"]:  # ZenML lists them in an order in which they can run
        place = tmp_path / task["id"]
        place.mkdir()
        ended = subprocess.run(
            [*task["command"], *task["arguments"]],
            cwd=place,
            env={**environment, **task["environment"], "CROSSPROMPT_HOME": str(place / "home")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
    assert Client().get_pipeline("stand_in").last_run.steps["use"].output.load().location == "used"


@pytest.mark.soak
@pytest.mark.timeout(1800)
@pytest.mark.usefixtures("secret")
def test_airflow_itself_makes_the_same_pods_every_month(
    dags: Path, cluster: Cluster, tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    submit("airflow", tmp_path / "run.yaml")
    dag, found = read(dags), read_by_airflow(dags, tmp_path_factory.mktemp("airflow-home"))
    assert found["errors"] == {}
    made = found["dags"][dag["id"]]
    first = datetime.fromisoformat(made["next"])
    assert (first.day, first.hour, first.minute) == (1, 4, 0)
    assert made["upstream"] == {task["id"]: sorted(task["upstream_steps"]) for task in dag["tasks"]}
    for task in dag["tasks"]:
        manifest = made["pods"][task["id"]]
        check(manifest)
        assert manifest["metadata"]["namespace"] == "crossprompt"
        assert significant(manifest) == significant(pod(task))


def significant(manifest: Manifest) -> Manifest:
    """What a pod is for, without what Airflow adds: its own variable, and whatever is as if it were not there."""
    spec = manifest["spec"]
    (container,) = spec["containers"]
    variables = {entry["name"]: entry["value"] for entry in container["env"] if entry["name"] != RUN}
    own = {name: container[name] for name in ("name", "image", "command", "args", "resources", "volumeMounts")}
    return {**own, "env": variables, "account": spec["serviceAccountName"], "volumes": spec["volumes"]}


def read_by_airflow(dags: Path, home: Path) -> Any:
    """What Airflow makes of a folder, in an environment of its own: its versions are not those of this project."""
    subprocess.run([sys.executable, "-m", "venv", home / "venv"], check=True)
    python = home / "venv" / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", *AIRFLOW], check=True)
    environment = {
        "PATH": os.environ["PATH"],
        "KUBECONFIG": os.environ["KUBECONFIG"],
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
    }
    reader = [python, ROOT / "tests" / "fakes" / "read_dags.py", dags]
    ended = subprocess.run(reader, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout.splitlines()[-1])
