"""The command says what is, and answers mistakes with one sentence."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tomllib
from pathlib import Path

import psutil
import pytest

from console import main
from crossprompt.factory.ledger_reader import FILE
from crossprompt.reports.report import build_report, write_report
from tests.factories import report_inputs

ROOT = Path(__file__).resolve().parents[2]


def crossprompt(*arguments: str, capsys: pytest.CaptureFixture[str]) -> tuple[object, str, str]:
    """Exit status or message, standard output, standard error."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", ["crossprompt", *arguments])
        with pytest.raises(SystemExit) as ending:
            main.app()
    printed = capsys.readouterr()
    return ending.value.code, printed.out, printed.err


def test_the_console_script_is_this_command() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["scripts"]["crossprompt"] == "console.main:app"


def test_version_is_the_projects(capsys: pytest.CaptureFixture[str]) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert crossprompt("--version", capsys=capsys) == (0, f"crossprompt {project['version']}\n", "")


def test_the_help_names_every_pipeline(capsys: pytest.CaptureFixture[str]) -> None:
    status, text, _ = crossprompt("--help", capsys=capsys)
    assert status == 0
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    for name in project["tool"]["setuptools"]["py-modules"]:
        assert name in text
        assert (ROOT / f"{name}.py").is_file()


def test_where_names_all_stores(
    zenml_stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    assert "Ledger" not in crossprompt("where", capsys=capsys)[1]
    (tmp_path / FILE).parent.mkdir()
    (tmp_path / FILE).touch()
    status, text, _ = crossprompt("where", capsys=capsys)
    lines = dict(line.split(maxsplit=1) for line in text.replace("MLflow runs", "MLflow").splitlines())
    assert status == 0
    assert lines["Report"] == "none yet: make run"
    assert lines["Ledger"].startswith(f"{tmp_path / FILE} ")
    assert lines["MLflow"].startswith("sqlite:////")
    assert lines["MLflow"].endswith("/mlflow.db")
    assert f"sqlite:///{tmp_path}/optuna.db" in text
    assert os.environ["ZENML_CONFIG_PATH"] in lines["MLflow"]


def test_where_and_open_name_the_newest_report(
    zenml_stack: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    page = tmp_path / "report" / "report.html"
    page.parent.mkdir()
    page.write_text("<p>numbers</p>", encoding="utf-8")
    assert page.as_uri() in crossprompt("where", capsys=capsys)[1]
    assert crossprompt("report", "open", capsys=capsys) == (0, page.as_uri() + "\n", "")
    assert opened == [page.as_uri()]


def test_open_without_a_report_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    status, _, _ = crossprompt("report", "open", capsys=capsys)
    assert status == f"Error: no report in {tmp_path / 'report'} yet: run `make run` first"


def test_results_are_kept_of_the_last_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path / "home"))
    kept = tmp_path / "results" / "mine"
    status, _, _ = crossprompt("results", "export", str(kept), capsys=capsys)
    assert str(status).startswith("Error: no finished report in ")
    write_report(build_report(report_inputs()), tmp_path / "home" / "report")
    assert crossprompt("results", "export", str(kept), capsys=capsys) == (0, f"Written: {kept / 'README.md'}\n", "")
    assert {file.name for file in kept.iterdir()} == {"README.md", "accuracy.csv", "result.json"}


@pytest.mark.parametrize("file", sorted((ROOT / "configs").glob("*.yaml")), ids=lambda file: file.name)
def test_every_shipped_configuration_is_valid(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert crossprompt("config", "check", str(file), capsys=capsys) == (0, f"{file}: valid\n", "")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("parameters:\n  task: {shotz: 3}", "task.shotz: no such setting; task has "),
        ("parameters:\n  tuning: {max_retries: -1}", "tuning.max_retries: Input should be greater than or equal to 0"),
        ("parameters:\n  taskz: {shots: 3}", "taskz: no such section; there are data_root, dialogues, "),
        ("task: {shots: 3}", "task: no such key at the top level"),
        ("parameters: [task]", "parameters: must be sections and their settings, not ['task']"),
        ("parameters: {data_root: 5}", "parameters.data_root: Input should be a valid string"),
        ("- parameters", "the top level must be keys and values"),
        ("parameters: [", "is no YAML: "),
    ],
)
def test_a_wrong_configuration_is_named(
    content: str, expected: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text(content, encoding="utf-8")
    status, output, _ = crossprompt("config", "check", str(file), capsys=capsys)
    assert str(status).startswith(f"Error: {file}")
    assert expected in str(status)
    assert output == ""


def test_all_wrong_fields_are_named_at_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.yaml"
    file.write_text("parameters:\n  task: {shotz: 3, batch_size: 0}\n  tuning: {max_retries: -1}\n", encoding="utf-8")
    status, _, _ = crossprompt("config", "check", str(file), capsys=capsys)
    assert len(str(status).splitlines()) == 4


def test_a_missing_configuration_is_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, _ = crossprompt("config", "check", "nowhere.yaml", capsys=capsys)
    assert status == "Error: nowhere.yaml: no such file; the shipped configurations are in configs/"


def test_an_unknown_command_is_an_error_without_a_traceback(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, error = crossprompt("fly", capsys=capsys)
    assert status == 2
    assert "Traceback" not in error


def heed_interrupts() -> None:
    """A suite that a shell runs in the background is given SIGINT as ignored, and so would be what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGKILL, marks=pytest.mark.soak)])
def test_dashboards_end_with_the_command(number: signal.Signals, zenml_stack: str, tmp_path: Path) -> None:
    """Ctrl-C and kill -9 alike leave no server behind. There is no study here."""
    environment = {**os.environ, "CROSSPROMPT_HOME": str(tmp_path / "home")}
    command = [sys.executable, "-m", "console.main", "dashboards", "--zenml-port", "18237"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True, preexec_fn=heed_interrupts
    )
    assert process.stdout is not None
    lines = list(iter(process.stdout.readline, "Ctrl-C ends them.\n"))
    assert any(line.startswith("ZenML") and " ready " in line for line in lines), lines
    assert any(line.startswith("Optuna") and "make run first" in line for line in lines)
    servers = psutil.Process(process.pid).children(recursive=True)
    assert servers
    process.send_signal(number)
    rest = process.communicate(timeout=300)[0]
    assert process.returncode == (0 if number is signal.SIGINT else -signal.SIGKILL)
    assert ("closed" in rest) is (number is signal.SIGINT)
    assert psutil.wait_procs(servers, timeout=60)[1] == []
