"""A copy of the repository in which the literal command is run, with a ZenML store and a home of its own."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors.numpy import load_file

from tests.conftest import ROOT, UNSYNCED
from tests.templates import copy_store

COPIED = (
    *("console", "crossprompt", "expectations", "infra", "materializers", "pipelines", "steps", "configs"),
    *("add_languages.py", "align_and_eval.py", "build_corpus.py", "compare_methods.py", "pretrain_mini.py"),
    "soft_prompt_transfer.py",
    "translate_prompts.py",
)
PRIVATE = frozenset({"ZENML_CONFIG_PATH", "CROSSPROMPT_HOME", "CROSSPROMPT_DATA_ROOT", "PYTHONDONTWRITEBYTECODE"})
"""What a copy has of its own, or not at all: it is compiled once."""
HOOK = ROOT / "tests" / "kills" / "hook"


@dataclass
class Workplace:
    """A copy of the repository and the environment in which its commands run."""

    root: Path
    environment: dict[str, str]
    printed: str = ""
    """What the last run printed."""

    @property
    def home(self) -> Path:
        """Where the last report and the checkpoints are."""
        return Path(self.environment["CROSSPROMPT_HOME"])

    def run(
        self, config: str = "configs/smoke.yaml", pipeline: str = "align_and_eval", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """The literal command, with more environment variables."""
        zenml = Path(sys.executable).with_name("zenml")
        return self.call(str(zenml), "pipeline", "run", pipeline, "-c", config, **variables)

    def executed(self, *what: str, **variables: str) -> set[str]:
        """Run the smoke configuration, or another configuration and pipeline; the steps that were not in the cache."""
        ended = self.run(*what, **variables)
        assert ended.returncode == 0, ended.stderr[-3000:]
        self.printed = ended.stdout + ended.stderr
        return set(re.findall(r"Step `?([\w-]+)`? has finished", ended.stdout + ended.stderr))

    def planned(self, config: str) -> dict[str, Any]:
        """What ``crossprompt plan`` says of a configuration."""
        ended = self.call(sys.executable, "-m", "console.main", "plan", "-c", config, "--json")
        assert ended.returncode == 0, ended.stderr[-3000:]
        plan: dict[str, Any] = json.loads(ended.stdout)
        return plan

    def call(self, *command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """A command in the copy."""
        environment = {**self.environment, **variables}
        return subprocess.run(command, cwd=self.root, env=environment, capture_output=True, text=True, check=False)

    def edit(self, module: str) -> None:
        """Append a comment, so that every step that uses the module has to run again."""
        with self.root.joinpath(*module.split(".")).with_suffix(".py").open("a") as file:
            file.write("\n# edited\n")

    def report(self) -> dict[str, Any]:
        """The last report's data."""
        report: dict[str, Any] = json.loads((self.home / "report" / "report.json").read_text(encoding="utf-8"))
        return report

    def numbers(self) -> dict[str, Any]:
        """All results of the last run that must not depend on what happened on the way."""
        report = self.report()
        return {
            "accuracies": {
                locale["locale"]: [[score["method"], score["mean"], score["std"]] for score in locale["methods"]]
                for locale in report["evaluation"]["locales"]
            },
            "studies": [
                [study["method"], study["best_learning_rate"], study["best_value"]]
                + [[trial["learning_rate"], trial["value"], timeless(trial["histories"])] for trial in study["trials"]]
                for study in report["tuning"]["studies"]
            ],
            "trainings": timeless(report["trainings"]),
            "alignment": report["alignment"]["points"],
            "prompt": self.prompt_digest(),
        }

    def prompt_digest(self) -> str:
        """Hex SHA-256 of the values of the prompt that was aligned last."""
        checkpoints = (self.home / "alignment").glob("*/step-*.safetensors")
        newest = max(checkpoints, key=lambda file: file.stat().st_mtime_ns)
        return hashlib.sha256(load_file(newest)["prompt"].tobytes()).hexdigest()


def timeless(histories: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Training histories without how long they took."""
    return [{name: value for name, value in history.items() if name != "seconds"} for history in histories]


def make_workplace(folder: Path, store: Path | None = None) -> Workplace:
    """Copy the repository into ``folder``; no run has been made there. ``store``: a ZenML folder to begin with."""
    root = folder / "repository"
    root.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, root / name)
    environment = {name: value for name, value in os.environ.items() if name not in PRIVATE}
    environment |= {
        "ZENML_CONFIG_PATH": str(folder / "zenml"),
        "CROSSPROMPT_HOME": str(folder / "home"),
        "PYTHONPATH": os.pathsep.join((str(root), str(HOOK), str(UNSYNCED))),
        "ZENML_LOGGING_COLORS_DISABLED": "true",
        "OMP_NUM_THREADS": "1",
    }
    if store is not None:
        copy_store(store, folder / "zenml")
    return Workplace(root, environment)
