"""What is submitted to Kubernetes is what its schemas allow, asks for GPUs where they are of use, tells no secret."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from tests.conftest import ROOT
from tests.fakes.kubernetes_api import (
    Cluster,
    Manifest,
    container_environment,
    run_in_empty_folder,
)
from tests.infra.conftest import HIDDEN
from tests.infra.stacks import active_stack

VERSIONS = ("1.29", "1.33")
"""Of the schemas: an older one that clusters still have, and a newer one."""
STEP = "zenml.io/step-name"
ON_GPUS = {"align_prompts", "tune_learning_rate", "tune_task", "evaluate_locales"}
ON_THIS_MACHINE = {"local": True, "skip_local_validations": True}
QUICK = {"synchronous": False, "job_monitoring_interval": 0.05}


def check(manifest: Manifest) -> None:
    """Hold a manifest against the schemas, in which no field may be unknown."""
    for version in VERSIONS:
        kubernetes_validate.validate(manifest, version, strict=True)


def configuration(name: str, file: Path, **orchestrator: Any) -> Path:
    """A configuration of ``configs`` with the parameters of the smoke run, uncached; written to ``file``."""
    found = yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8"))
    smoke = yaml.safe_load((ROOT / "configs" / "smoke.yaml").read_text(encoding="utf-8"))
    found["parameters"] = smoke["parameters"]
    found["enable_cache"] = False
    found["settings"].setdefault("orchestrator", {}).update(orchestrator)
    file.write_text(yaml.safe_dump(found), encoding="utf-8")
    return file


def submit(config: Path) -> None:
    from pipelines.align_and_eval import align_and_eval

    align_and_eval.with_options(config_path=str(config))()


def conduct(job: Manifest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Do in this process what the pod that conducts the run does: submit one job per step."""
    from zenml.integrations.kubernetes.orchestrators import kubernetes_orchestrator_entrypoint

    (container,) = job["spec"]["template"]["spec"]["containers"]
    arguments = container["args"][container["args"].index("--snapshot_id") :]
    monkeypatch.setattr(sys, "argv", ["entrypoint", *arguments])
    kubernetes_orchestrator_entrypoint.main()


def container_of(job: Manifest) -> Manifest:
    (container,) = job["spec"]["template"]["spec"]["containers"]
    return container


def test_the_jobs_of_a_run_pass_the_schemas_and_ask_for_gpus_where_they_should(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with active_stack("kubernetes", **ON_THIS_MACHINE, pass_zenml_token_as_secret=False):
        submit(configuration("kubernetes", tmp_path / "run.yaml", **QUICK))
        (conductor,) = cluster.kind("Job")
        conduct(conductor, monkeypatch)
    jobs = {job["metadata"]["annotations"][STEP]: job for job in cluster.kind("Job")[1:]}
    assert {"ingest_dialogues", "translate_sw-KE", "publish_report"} | ON_GPUS <= set(jobs)
    for manifest in cluster.submitted:
        check(manifest)
    check_gpus(jobs, ON_GPUS)
    check_places(conductor, jobs)
    assert HIDDEN not in json.dumps(cluster.submitted)


def check_gpus(jobs: dict[str, Manifest], on_gpus: set[str]) -> None:
    limits = {name: container_of(job)["resources"]["limits"] for name, job in jobs.items()}
    assert {name for name, own in limits.items() if own.get("nvidia.com/gpu") == "1"} == on_gpus
    assert {own.get("nvidia.com/gpu") for own in limits.values()} == {"1", None}
    assert all("memory" in own for own in limits.values())


def check_places(conductor: Manifest, jobs: dict[str, Manifest]) -> None:
    """Each step has the common home, no rights in the cluster, and the image of the configuration."""
    assert conductor["spec"]["template"]["spec"]["serviceAccountName"] == "crossprompt-runs"
    for job in jobs.values():
        pod, container = job["spec"]["template"]["spec"], container_of(job)
        assert pod["serviceAccountName"] == "crossprompt-steps"
        assert "crossprompt-home" in json.dumps(pod["volumes"])
        assert {"name": "home", "mountPath": "/home/crossprompt/.crossprompt"} in container["volumeMounts"]
        assert container["image"].startswith("registry.example.org/crossprompt:")


def test_a_schedule_becomes_a_cron_job_and_nothing_runs(cluster: Cluster, tmp_path: Path) -> None:
    with active_stack("kubernetes", **ON_THIS_MACHINE, pass_zenml_token_as_secret=False):
        submit(configuration("kubernetes_monthly", tmp_path / "run.yaml"))
    (cron_job,) = cluster.submitted
    assert cron_job["kind"] == "CronJob"
    check(cron_job)
    assert cron_job["spec"]["schedule"] == "0 3 1 * *"
    assert cron_job["spec"]["concurrencyPolicy"] == "Forbid"
    assert cron_job["spec"]["startingDeadlineSeconds"] == 86400
    assert HIDDEN not in json.dumps(cron_job)


@pytest.mark.parametrize("file", sorted((ROOT / "infra" / "kubernetes").glob("*.yaml")), ids=lambda file: file.stem)
def test_the_manifests_of_the_repository_pass_the_schemas(file: Path) -> None:
    manifests = [part for part in yaml.safe_load_all(file.read_text(encoding="utf-8")) if part]
    assert manifests
    for manifest in manifests:
        check(manifest)


def test_an_unknown_field_would_be_noticed() -> None:
    (manifest,) = yaml.safe_load_all((ROOT / "infra" / "kubernetes" / "workers.yaml").read_text(encoding="utf-8"))
    manifest["spec"]["template"]["spec"]["containers"][0]["gpus"] = 1
    with pytest.raises(kubernetes_validate.ValidationError):
        check(manifest)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_every_job_of_a_run_works_as_a_process_in_an_empty_folder(cluster: Cluster, tmp_path: Path) -> None:
    home, places = tmp_path / "home", tmp_path / "containers"
    places.mkdir()
    variables = {"CROSSPROMPT_HOME": str(home), "KUBECONFIG": os.environ["KUBECONFIG"]}
    environment = container_environment(tmp_path, **variables)
    cluster.run = lambda job: run_in_empty_folder(job, places, environment)
    with active_stack("kubernetes", **ON_THIS_MACHINE, pass_zenml_token_as_secret=False, synchronous=True):
        submit(configuration("kubernetes", tmp_path / "run.yaml", job_monitoring_interval=1))
    conditions = {job["status"]["conditions"][0]["type"] for job in cluster.objects["jobs"].values()}
    assert conditions == {"Complete"}, "\n".join(log.read_text()[-2000:] for log in places.glob("*.log"))
    assert (home / "report" / "report.html").is_file()
