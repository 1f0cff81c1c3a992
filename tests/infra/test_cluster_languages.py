"""Languages are added on clusters, too: each step asks for what it needs, at once or by the clock."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.conftest import ROOT
from tests.fakes.kubernetes_api import Cluster
from tests.infra import test_kubeflow
from tests.infra.conftest import HIDDEN
from tests.infra.stacks import active_stack
from tests.infra.test_kubeflow import Kubeflow, kubeflow
from tests.infra.test_kubernetes import ON_THIS_MACHINE, QUICK, STEP, check, check_gpus, check_places, conduct

__all__ = ["kubeflow"]
ON_GPUS = {"extend_prompt", "tune_intent", "tune_slots", "answer_intent", "answer_slots", "gate_candidate"}
"""Wherever a model runs."""
OTHERS = {"ingest_dialogues", "translate_sw-KE_0", "validate_de-DE", "package_candidate", "promote_candidate"}


def submit(platform: str, file: Path, *without: str, **orchestrator: object) -> None:
    """Submit the smoke run as the platform's configuration has it, uncached, ``without`` some of its sections."""
    from pipelines.add_languages import add_languages

    found, smoke = (
        yaml.safe_load((ROOT / "configs" / f"{name}.yaml").read_text(encoding="utf-8"))
        for name in (f"{platform}_languages", "languages_smoke")
    )
    kept = {name: value for name, value in found.items() if name not in without}
    kept |= {"parameters": smoke["parameters"], "enable_cache": False}
    kept["settings"].setdefault("orchestrator", {}).update(orchestrator)
    if "schedule" in kept:
        kept["schedule"]["name"] += f"-{file.parent.name}"  # a store takes a name once, and the tests may share one
    file.write_text(yaml.safe_dump(kept), encoding="utf-8")
    add_languages.with_options(config_path=str(file))()


def test_each_job_asks_for_what_its_step_needs(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with active_stack("kubernetes", **ON_THIS_MACHINE, pass_zenml_token_as_secret=False):
        submit("kubernetes", tmp_path / "run.yaml", "schedule", **QUICK)
        (conductor,) = cluster.kind("Job")
        conduct(conductor, monkeypatch)
    jobs = {job["metadata"]["annotations"][STEP]: job for job in cluster.kind("Job")[1:]}
    assert set(jobs) >= OTHERS | ON_GPUS
    for manifest in cluster.submitted:
        check(manifest)
    check_gpus(jobs, ON_GPUS)
    check_places(conductor, jobs)
    assert HIDDEN not in json.dumps(cluster.submitted)


def test_the_schedule_becomes_a_cron_job_every_month(cluster: Cluster, tmp_path: Path) -> None:
    with active_stack("kubernetes", **ON_THIS_MACHINE, pass_zenml_token_as_secret=False):
        submit("kubernetes", tmp_path / "run.yaml")
    (cron_job,) = cluster.submitted
    assert cron_job["kind"] == "CronJob"
    check(cron_job)
    assert cron_job["spec"]["schedule"] == "0 4 1 * *"
    assert cron_job["spec"]["concurrencyPolicy"] == "Forbid"
    assert HIDDEN not in json.dumps(cron_job)


@pytest.mark.usefixtures("secret")
def test_the_schedule_becomes_a_recurring_run_every_month(kubeflow: Kubeflow, tmp_path: Path) -> None:
    submit("kubeflow", tmp_path / "run.yaml")
    assert kubeflow.schedules == ["0 4 1 * *"]
    (pipeline,) = kubeflow.pipelines
    found = test_kubeflow.containers(pipeline)
    assert test_kubeflow.on_gpus(found) == ON_GPUS
    assert HIDDEN not in json.dumps(pipeline)
    order = list(found)
    assert order.index("extend-prompt") < order.index("gate-candidate") < order.index("report-promotion")
