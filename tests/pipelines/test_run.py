"""The chain as a user runs it: the literal command, in a copy of the repository, with a ZenML store of its own."""

from __future__ import annotations

import json
import signal
import sys
from typing import Any

import pytest

from crossprompt.storage.faults import FAULT, WRITE_LOG
from tests.pipelines.workplace import Workplace, make_workplace

STAGES = {
    "ingest_dialogues",
    "ingest_utterances",
    "translate_de-DE",
    "translate_sw-KE",
    "validate_translations",
    "align_prompts",
    "tune_learning_rate",
    "tune_task",
    "evaluate_locales",
    "publish_report",
}
AFTER_STEP_4 = "4:after"
"""The alignment's write points: tensors and marker after steps 2, 4 and 6, then the artifact."""
LEFT_TO_WRITE = ["step-00000006.safetensors", "checkpoint.json", "prompt.safetensors"]
INSPECT = """
import json, mlflow
from mlflow.tracking import MlflowClient
from zenml.client import Client
store = Client().active_stack.artifact_store.path
mlflow.set_tracking_uri(f"sqlite:///{store}/mlflow.db")
client = MlflowClient()
experiment = client.get_experiment_by_name("align_and_eval")
runs = client.search_runs([experiment.experiment_id])
top = [r for r in runs if "mlflow.parentRunId" not in r.data.tags]
versions = client.search_model_versions("name='crossprompt-aligned-prompt'")
vectors = mlflow.pyfunc.load_model(versions[0].source).predict(["hello", "good morning"])
print("FOUND " + json.dumps({
    "stack": Client().active_stack_model.name,
    "runs": len(top),
    "nested": len(runs) - len(top),
    "statuses": sorted({r.info.status for r in runs}),
    "metrics": top[0].data.metrics,
    "params": top[0].data.params,
    "files": sorted(f.path for f in client.list_artifacts(top[0].info.run_id)),
    "steps": len(client.get_metric_history(top[0].info.run_id, "alignment/loss")),
    "versions": len(versions),
    "vectors": [len(vectors), len(vectors[0])],
}))
"""


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    """One where nothing is yet: the command makes ZenML's store and the stack."""
    return make_workplace(tmp_path_factory.mktemp("workplace"))


@pytest.fixture(scope="module")
def first_run(workplace: Workplace) -> set[str]:
    return workplace.executed()


def test_the_first_run_executes_every_step(workplace: Workplace, first_run: set[str]) -> None:
    assert first_run == STAGES
    report = workplace.report()
    assert {locale["locale"] for locale in report["evaluation"]["locales"]} == {"en-US", "de-DE", "sw-KE"}
    assert set(report["stages"]) == STAGES - {"publish_report"}
    assert (workplace.home / "report" / "report.html").is_file()


def test_the_second_run_only_publishes_and_an_edit_runs_exactly_what_uses_it_also_after_a_kill(
    workplace: Workplace, first_run: set[str]
) -> None:
    assert workplace.executed() == {"publish_report"}
    check_last_words(workplace)
    check_times_of_the_cached(workplace.report()["stages"])
    undisturbed = workplace.numbers()
    workplace.edit("crossprompt.alignment.objective")
    workplace.edit("crossprompt.evaluation.scores")
    workplace.edit("crossprompt.translation.engines.pseudo")
    check_forecast(workplace)
    assert workplace.run(**{FAULT: AFTER_STEP_4}).returncode == -signal.SIGKILL
    log = workplace.root / "writes.txt"
    assert workplace.executed(**{WRITE_LOG: str(log)}) == {"align_prompts", "evaluate_locales", "publish_report"}
    assert log.read_text(encoding="utf-8").split()[:3] == LEFT_TO_WRITE
    assert workplace.numbers() == undisturbed


def check_forecast(workplace: Workplace) -> None:
    """The plan tells beforehand what the edits will run."""
    fates = {name: step["fate"] for name, step in workplace.planned("configs/smoke.yaml")["steps"].items()}
    running = ("align_prompts", "publish_report")
    following = ("tune_learning_rate", "tune_task", "evaluate_locales")
    expected = dict.fromkeys(STAGES, "cached") | dict.fromkeys(running, "runs") | dict.fromkeys(following, "follows")
    assert fates == expected


def check_last_words(workplace: Workplace) -> None:
    """A run ends with its result in words, and where the report and the dashboards are."""
    words = workplace.printed.rpartition("Pipeline run has finished")[2]
    for line in workplace.report()["summary"]:
        assert line in words
    assert (workplace.home / "report" / "report.html").as_uri() in words
    assert words.strip().splitlines()[-1].startswith("Dashboards")


def check_times_of_the_cached(stages: dict[str, Any]) -> None:
    """A cached stage says how long it took when it was computed."""
    assert {stage["status"] for stage in stages.values()} == {"cached"}
    assert all(stage["seconds"] > 0 for stage in stages.values())


def test_mlflow_has_it_all_once(workplace: Workplace, first_run: set[str]) -> None:
    script = workplace.root / "inspect_mlflow.py"
    script.write_text(INSPECT)
    ended = workplace.call(sys.executable, str(script))
    assert ended.returncode == 0, ended.stderr[-3000:]
    found = json.loads(ended.stdout.partition("FOUND ")[2])
    assert found["stack"] == "crossprompt"
    assert found["nested"] == 4 * found["runs"]
    assert found["statuses"] == ["FINISHED"]
    assert found["versions"] == 1
    assert found["steps"] == 6
    assert found["params"]["alignment.max_steps"] == "6"
    assert found["files"] == ["config.yaml", "data_docs", "report"]
    assert found["vectors"][0] == 2
    for locale in workplace.report()["evaluation"]["locales"]:
        aligned = next(score for score in locale["methods"] if score["method"] == "aligned")
        assert found["metrics"][f"accuracy/{locale['locale']}"] == pytest.approx(aligned["mean"])
