"""Addresses of single pages within the dashboards."""

from __future__ import annotations

import json
import urllib.request
from typing import Literal


def mlflow_run_page(server: str, experiment_id: str, run_id: str, tab: Literal["", "model-metrics"] = "") -> str:
    """A run in MLflow: its overview with all metrics as a table, or charts of them."""
    return f"{server}/#/experiments/{experiment_id}/runs/{run_id}{'/' if tab else ''}{tab}"


def optuna_study_page(server: str, study_id: int, view: Literal["", "/trials"] = "") -> str:
    """A study in the Optuna dashboard: history, best trial and curves, or its single trials."""
    return f"{server}/dashboard/studies/{study_id}{view}"


def zenml_run_page(server: str, project: str, run_id: str) -> str:
    """A pipeline run in ZenML, as the graph of its steps."""
    return f"{server}/projects/{project}/runs/{run_id}"


def optuna_study_ids(server: str) -> dict[str, int]:
    """The number under which the dashboard knows each study, by the study's name, in the order they were made."""
    with urllib.request.urlopen(f"{server}/api/studies", timeout=30) as response:
        summaries = json.load(response)["study_summaries"]
    return {summary["study_name"]: int(summary["study_id"]) for summary in summaries}
