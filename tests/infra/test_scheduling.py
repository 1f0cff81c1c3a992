"""The scheduler starts the literal command when languages are missing, once at a time, and says how it ended."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from infra import scheduling
from infra.scheduling import (
    KEPT_LOGS,
    LOCK,
    Ending,
    SchedulingError,
    Served,
    last_attempt,
    look,
    one_at_a_time,
    schedule_once,
)
from tests.conftest import ROOT

PYTHON = sys.executable
WANTED = ("de-DE", "sw-KE")
CHAMPION = Served("0123", ("de-DE",))
PROGRAM = """#!{python}
import os, pathlib, sys, time
pathlib.Path("arguments").write_text(" ".join(sys.argv[1:]))
{body}
"""
LOCKED = """
import sys
from pathlib import Path
from infra import scheduling
from infra.scheduling import Served, schedule_once
scheduling._tidy_up = lambda home: None
sys.executable = sys.argv[1]
schedule_once(Path("languages.yaml"), Path("home"), served=lambda: Served("0123", ()))
"""


@dataclass
class Bench:
    """A folder with a configuration and a program in place of ``zenml``, whose run changes who is champion."""

    folder: Path
    alerts: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def program(self, body: str) -> None:
        """What ``zenml`` does in the working folder."""
        file = self.folder / "bin" / "zenml"
        file.parent.mkdir(exist_ok=True)
        file.write_text(PROGRAM.format(python=PYTHON, body=body), encoding="utf-8")
        file.chmod(0o755)

    def served(self) -> Served:
        promoted = self.folder / "promoted"
        return Served("4567", WANTED) if promoted.exists() else CHAMPION

    def start(self, **options: bool) -> Ending:
        return schedule_once(
            Path("languages.yaml"), self.home, served=self.served, alert=self.post, **options
        )  # fmt: skip

    def post(self, message: str) -> bool:
        self.alerts.append(message)
        return True

    def started(self) -> str | None:
        """The arguments of the run that was started last, if one was."""
        file = self.folder / "arguments"
        text = file.read_text() if file.exists() else None
        file.unlink(missing_ok=True)
        return text


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> Bench:
    caplog.set_level(logging.INFO, logger="infra.scheduling")
    (tmp_path / "languages.yaml").write_text(
        f"parameters:\n  factory:\n    locales: [{', '.join(WANTED)}]\n", encoding="utf-8"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(scheduling.sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setattr(scheduling, "_tidy_up", lambda home: None)
    return Bench(tmp_path)


def refused(body: str = "") -> str:
    report = {"proposal": {"sentences": ["Version 2 was refused by the gate.", "sw-KE falls by 3.1 points."]}}
    return (
        "folder = pathlib.Path('home/promotion-report'); folder.mkdir(exist_ok=True)\n"
        f"(folder / 'report.json').write_text('''{json.dumps(report)}''')\n{body}"
    )


def test_what_is_missing_is_started_and_nothing_is_when_all_is_served(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.program("pathlib.Path('promoted').touch()")
    assert bench.start() is Ending.WELL
    assert bench.started() == "pipeline run add_languages -c languages.yaml"
    assert "add_languages added sw-KE." in caplog.text
    assert bench.start() is Ending.WELL
    assert bench.started() is None
    assert "Nothing to do: the champion has all 2 languages" in caplog.text
    assert bench.alerts == []


def test_a_run_that_dies_after_its_promotion_has_added_what_was_missing(
    bench: Bench, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tidied: list[str | None] = []
    monkeypatch.setattr(scheduling, "_tidy_up", lambda home: tidied.append(bench.started()))
    bench.program("pathlib.Path('promoted').touch(); os.kill(os.getpid(), 9)")
    assert bench.start() is Ending.WELL
    assert tidied[0] is None
    assert tidied[1] is not None  # at once, and not with the next look
    assert "added sw-KE. The run itself ended with status -9 after that, so its report may be missing" in caplog.text
    assert bench.alerts == []


def test_a_run_that_fails_is_an_alert_and_is_started_again(bench: Bench) -> None:
    bench.program("print('half way'); sys.exit('Error: the service is down')")
    for _ in range(2):
        assert bench.start() is Ending.FAILED
        assert bench.started() is not None
    assert len(bench.alerts) == 2
    assert "failed with status 1" in bench.alerts[0]
    assert "half way | Error: the service is down" in bench.alerts[0]
    assert last_attempt(bench.home) is None


def test_a_refused_candidate_is_not_tried_again_until_something_changes(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    bench.program(refused("sys.exit(1)"))
    assert bench.start() is Ending.REFUSED
    assert bench.alerts == [
        "CrossPrompt: sw-KE are still missing: Version 2 was refused by the gate. sw-KE falls by 3.1 points."
    ]
    assert bench.started() is not None
    assert bench.start() is Ending.REFUSED
    assert bench.started() is None
    assert len(bench.alerts) == 1
    assert "Not tried again" in caplog.text
    assert bench.start(again=True) is Ending.REFUSED
    assert bench.started() is not None
    (bench.folder / "languages.yaml").write_text("parameters: {factory: {locales: [de-DE, sw-KE, th-TH]}}\n")
    assert bench.start() is Ending.REFUSED


def test_an_old_reports_verdict_is_no_runs(bench: Bench) -> None:
    bench.program(refused())
    assert bench.start() is Ending.REFUSED
    report = bench.home / scheduling.VERDICT
    os.utime(report, (1, 1))
    bench.program("sys.exit(1)")
    assert bench.start(again=True) is Ending.FAILED


def test_the_last_step_of_a_run_that_ends_well_has_posted_the_alert_itself(bench: Bench) -> None:
    bench.program(refused())
    assert bench.start() is Ending.REFUSED
    assert bench.alerts == []


def test_two_do_not_run_at_once(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    bench.program("")
    with one_at_a_time(bench.home / LOCK):
        assert bench.start() is Ending.BUSY
    assert "a run is under way already" in caplog.text
    assert bench.started() is None


def test_the_run_of_a_killed_scheduler_goes_on_and_keeps_the_lock(bench: Bench) -> None:
    bench.program(
        "pathlib.Path('running').touch()\n"
        "while not pathlib.Path('end').exists(): time.sleep(0.05)\n"
        "pathlib.Path('ended').touch()"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    scheduler = subprocess.Popen([PYTHON, "-c", LOCKED, sys.executable], cwd=bench.folder, env=environment)
    await_file(bench.folder / "running", scheduler)
    scheduler.send_signal(signal.SIGKILL)
    scheduler.wait()
    assert bench.start() is Ending.BUSY
    (bench.folder / "end").touch()
    await_file(bench.folder / "ended")
    deadline = time.monotonic() + 120
    while bench.start() is Ending.BUSY:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def await_file(file: Path, process: subprocess.Popen[bytes] | None = None) -> None:
    deadline = time.monotonic() + 120
    while not file.exists():
        assert process is None or process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        *((text, "wants no languages") for text in ("", "[", "parameters: {factory: {locales: []}}")),
        ("parameters: {translation: {locales: [de-DE]}}", "wants no languages"),
        ("parameters: {factory: {locales: [de-DE, no]}}", "'False'"),
        (None, "no such file"),
    ],
)
def test_a_configuration_without_languages_is_a_failure_that_is_told(
    content: str | None, words: str, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    file = bench.folder / "languages.yaml"
    file.unlink() if content is None else file.write_text(content, encoding="utf-8")
    assert bench.start() is Ending.FAILED
    assert words in bench.alerts[0]
    assert "languages.yaml" in caplog.text
    with pytest.raises(SchedulingError, match=words):
        look(Path("languages.yaml"), bench.served)


def test_a_registry_that_cannot_be_read_is_a_failure_that_is_told(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken() -> Served:
        raise OSError("the server is away")

    monkeypatch.setattr(bench, "served", broken)
    assert bench.start() is Ending.FAILED
    assert bench.alerts == ["CrossPrompt: The look for languages failed: the server is away"]
    assert "the server is away" in caplog.text
    with one_at_a_time(bench.home / LOCK):
        pass


def test_another_spelling_of_a_language_is_not_missing(bench: Bench) -> None:
    (bench.folder / "languages.yaml").write_text("parameters: {factory: {locales: [de, DE_at, sw]}}", encoding="utf-8")
    found = look(Path("languages.yaml"), lambda: Served("0123", ("de-DE", "th-TH")))
    assert found.wanted == ("de", "de-AT", "sw")
    assert found.missing == ("sw",)


def test_the_shipped_configuration_names_its_languages() -> None:
    assert look(ROOT / "configs" / "languages.yaml", lambda: Served(None, ())).missing


def test_only_the_last_logs_of_runs_are_kept(bench: Bench) -> None:
    bench.program("print('said')")
    logs = bench.home / "logs"
    logs.mkdir(parents=True)
    for number in range(KEPT_LOGS + 3):
        (logs / f"add_languages-2020{number:04d}.log").touch()
    bench.start()
    kept = sorted(logs.glob("*.log"))
    assert len(kept) == KEPT_LOGS
    assert kept[-1].read_text() == "said\n"


def test_an_alerter_that_fails_is_no_error(
    monkeypatch: pytest.MonkeyPatch, zenml_stack: str, caplog: pytest.LogCaptureFixture
) -> None:
    from zenml.client import Client

    from infra.alerts import post_alert

    class Alerter:
        def __init__(self, post: Callable[[str], bool]) -> None:
            self.post = post

    class Stack:
        alerter: Alerter | None = None

    monkeypatch.setattr(Client, "active_stack", Stack())
    assert post_alert("a message") is False
    posted: list[str] = []
    Stack.alerter = Alerter(lambda message: not posted.append(message))
    assert post_alert("a message") is True
    assert posted == ["a message"]

    def fail(message: str) -> bool:
        raise ConnectionError("no route")

    Stack.alerter = Alerter(fail)
    assert post_alert("a message") is False
    assert "no route" in caplog.text
