"""What would be done is said without --once; with it the literal command runs, in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from infra import scheduling
from infra.scheduling import MEMORY, Attempt, Ending, Served, look
from tests.conftest import CHILD_PATH
from tests.console.test_main import crossprompt

STAND_IN = """
from pathlib import Path

from zenml import pipeline, step


@step(enable_cache=False)
def serve(languages: list[str]) -> None:
    Path("served").write_text(" ".join(languages))


@pipeline(name="add_languages")
def small(factory: dict) -> None:
    serve(factory["locales"])
"""
ENTRY = """
import sys

from small_pipeline import small

sys.modules[__name__] = small
"""
SCHEDULER = """
import sys
from pathlib import Path

from infra import scheduling
from infra.scheduling import Served

def served():
    file = Path("served")
    return Served(None, tuple(file.read_text().split()) if file.exists() else ())

scheduling.champion_served = served
scheduling.look.__defaults__ = scheduling.look.__defaults__[:-1] + (served,)
scheduling.schedule_once.__kwdefaults__["served"] = served
from console.main import app
sys.argv = ["crossprompt", *sys.argv[1:]]
app()
"""
"""The command with a file in place of the registry."""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path / "home"))
    wanted = tmp_path / "languages.yaml"
    wanted.write_text("parameters:\n  factory:\n    locales: [de-DE, sw-KE]\n", encoding="utf-8")
    return wanted


def test_what_would_be_done_is_said(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    present = Served("0123", ("de-DE",))
    monkeypatch.setattr(scheduling, "look", lambda path: look(path, lambda: present))
    status, text, _ = crossprompt("schedule", "-c", str(file), capsys=capsys)
    assert status == 0
    assert "Wanted     de-DE, sw-KE\nServed     de-DE\nMissing    sw-KE\n" in text
    refused = Attempt(key=look(file, lambda: present).key, at="2026-01-01", sentence="sw-KE fell.")
    (tmp_path / "home").mkdir(exist_ok=True)
    (tmp_path / "home" / MEMORY).write_text(refused.model_dump_json(), encoding="utf-8")
    assert "2026-01-01: sw-KE fell. It is not tried again" in crossprompt("schedule", "-c", str(file), capsys=capsys)[1]


def test_a_missing_configuration_is_one_sentence(capsys: pytest.CaptureFixture[str], file: Path) -> None:
    assert crossprompt("schedule", "-c", "none.yaml", capsys=capsys)[0] == "Error: none.yaml: no such file"


@pytest.mark.usefixtures("zenml_stack")
def test_a_small_pipeline_of_that_name_is_run_by_the_literal_command(file: Path, tmp_path: Path) -> None:
    for name, text in {"small_pipeline": STAND_IN, "add_languages": ENTRY, "scheduler": SCHEDULER}.items():
        (tmp_path / f"{name}.py").write_text(text, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), CHILD_PATH])
    environment = {**os.environ, "CROSSPROMPT_HOME": str(tmp_path / "home"), "PYTHONPATH": path}
    command = [sys.executable, "scheduler.py", "schedule", "--once", "-c", "languages.yaml"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == Ending.WELL, ended.stdout + ended.stderr
    assert "INFO Missing: de-DE, sw-KE. Starting add_languages." in ended.stdout
    assert "INFO add_languages added de-DE, sw-KE." in ended.stdout
    assert (tmp_path / "home" / "logs" / "schedule.log").read_text(encoding="utf-8") == ended.stdout


def test_the_memory_is_plain(tmp_path: Path) -> None:
    attempt = Attempt(key="0123", at="2026-01-01T00:00:00+00:00", sentence="refused")
    assert json.loads(attempt.model_dump_json()) == attempt.model_dump()
