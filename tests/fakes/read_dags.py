"""Reads a folder of DAGs as Airflow's scheduler does, run by its own interpreter, in which nothing of this project is.

Prints, as JSON, the errors of the folder, and by DAG its next start and the pod of each task.
"""

from __future__ import annotations

import json
import sys
from datetime import UTC, datetime

from airflow.models import DagBag
from airflow.models.dag import DAG
from kubernetes.client import ApiClient


def pods(dag: DAG) -> dict[str, object]:
    """What each task would submit, as a manifest."""
    return {
        task.task_id: ApiClient().sanitize_for_serialization(task.build_pod_request_obj(None)) for task in dag.tasks
    }


def main(folder: str) -> None:
    """Print what Airflow makes of ``folder``."""
    bag = DagBag(folder, include_examples=False, read_dags_from_db=False)
    found = {}
    for name, dag in bag.dags.items():
        upcoming = dag.next_dagrun_info(None)
        upstream = {task.task_id: sorted(task.upstream_task_ids) for task in dag.tasks}
        found[name] = {"next": upcoming and upcoming.run_after.isoformat(), "upstream": upstream, "pods": pods(dag)}
    print(json.dumps({"errors": bag.import_errors, "now": datetime.now(UTC).isoformat(), "dags": found}))


if __name__ == "__main__":
    main(sys.argv[1])
