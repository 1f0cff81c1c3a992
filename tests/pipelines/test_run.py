"""The chain as a user runs it: the literal command, in a copy of the repository, with a ZenML store of its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.conftest import ROOT

COPIED = ("crossprompt", "expectations", "infra", "materializers", "pipelines", "steps", "configs", "align_and_eval.py")
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
    "vectors": list(vectors.shape),
}))
"""


@dataclass
class Workplace:
    """A copy of the repository and the environment in which its commands run."""

    root: Path
    environment: dict[str, str]

    def run(self, config: str = "configs/smoke.yaml") -> subprocess.CompletedProcess[str]:
        zenml = Path(sys.executable).with_name("zenml")
        return self.call(str(zenml), "pipeline", "run", "align_and_eval", "-c", config)

    def executed(self) -> set[str]:
        """Run the smoke configuration; the steps that were not taken from the cache."""
        ended = self.run()
        assert ended.returncode == 0, ended.stderr[-3000:]
        return set(re.findall(r"Step `?([\w-]+)`? has finished", ended.stdout + ended.stderr))

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False)

    def edit(self, module: str) -> None:
        with self.root.joinpath(*module.split(".")).with_suffix(".py").open("a") as file:
            file.write("\n# edited\n")


@pytest.fixture(scope="module")
def workplace(tmp_path_factory: pytest.TempPathFactory) -> Workplace:
    root = tmp_path_factory.mktemp("repository")
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    private = tmp_path_factory.mktemp("private")
    unset = {"ZENML_CONFIG_PATH", "CROSSPROMPT_HOME", "CROSSPROMPT_DATA_ROOT"}
    environment = {name: value for name, value in os.environ.items() if name not in unset}
    environment |= {
        "ZENML_CONFIG_PATH": str(private / "zenml"),
        "CROSSPROMPT_HOME": str(private / "home"),
        "PYTHONPATH": str(root),
        "ZENML_LOGGING_COLORS_DISABLED": "true",
        "OMP_NUM_THREADS": "1",
    }
    return Workplace(root, environment)


@pytest.fixture(scope="module")
def first_run(workplace: Workplace) -> set[str]:
    return workplace.executed()


def test_the_first_run_executes_every_step(workplace: Workplace, first_run: set[str]) -> None:
    assert first_run == STAGES
    home = Path(workplace.environment["CROSSPROMPT_HOME"])
    report = json.loads((home / "report" / "report.json").read_text())
    assert {locale["locale"] for locale in report["evaluation"]["locales"]} == {"en-US", "de-DE", "sw-KE"}
    assert set(report["stages"]) == STAGES - {"publish_report"}
    assert (home / "report" / "report.html").is_file()


def test_the_second_run_only_publishes_and_an_edit_runs_exactly_what_uses_it(
    workplace: Workplace, first_run: set[str]
) -> None:
    assert workplace.executed() == {"publish_report"}
    workplace.edit("crossprompt.alignment.objective")
    workplace.edit("crossprompt.evaluation.scores")
    workplace.edit("crossprompt.translation.engines.pseudo")
    assert workplace.executed() == {"align_prompts", "evaluate_locales", "publish_report"}


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
    report = json.loads((Path(workplace.environment["CROSSPROMPT_HOME"]) / "report" / "report.json").read_text())
    for locale in report["evaluation"]["locales"]:
        aligned = next(score for score in locale["methods"] if score["method"] == "aligned")
        assert found["metrics"][f"accuracy/{locale['locale']}"] == pytest.approx(aligned["mean"])


def test_a_mistake_is_one_sentence_and_no_success(workplace: Workplace) -> None:
    config = workplace.root / "wrong.yaml"
    config.write_text("parameters: {dialogues: {source: {location: no/such/place}}}")
    ended = workplace.run(str(config))
    assert ended.returncode != 0
    assert ended.stderr.strip().splitlines()[-1].startswith("Error: source.location: there is no")
    assert "Traceback" not in ended.stderr
