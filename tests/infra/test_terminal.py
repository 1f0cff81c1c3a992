from __future__ import annotations

import logging
import os
import sys
from types import SimpleNamespace

import pytest

from crossprompt.settings import SettingsError
from infra.launch import set_environment
from infra.terminal import BriefFormatter, is_worth_showing


def record(name: str, level: int, message: str, error: Exception | None = None) -> logging.LogRecord:
    exc_info = None
    if error is not None:
        try:
            raise error
        except Exception:
            exc_info = sys.exc_info()
    return logging.LogRecord(name, level, __file__, 1, message, None, exc_info)


@pytest.mark.parametrize(
    ("name", "level", "message", "shown"),
    [
        ("great_expectations.data_context.types.base", logging.INFO, "Created temporary directory", False),
        ("optuna.storages", logging.INFO, "A new study created", False),
        ("optuna.storages", logging.WARNING, "The heartbeat is late", True),
        ("crossprompt.tuning.study", logging.INFO, "rate 0.01: 14 % on English dev", True),
        ("zenml.orchestrators.step_launcher", logging.INFO, "Step `tune_task` has started.", True),
        ("zenml.integrations", logging.WARNING, "Failed to disable MLflow autologging for the following: x", False),
        ("zenml.pipelines.pipeline_definition", logging.INFO, "You can visualize your pipeline runs in the x", False),
    ],
)
def test_what_tells_a_user_nothing_is_left_out(name: str, level: int, message: str, shown: bool) -> None:
    assert is_worth_showing(record(name, level, message)) is shown


def test_an_explained_error_has_no_trace_on_the_terminal_but_keeps_it_elsewhere() -> None:
    failed = record("zenml", logging.ERROR, "Step failed.", SettingsError("task.shots: must be at least 1"))
    assert BriefFormatter(logging.Formatter()).format(failed) == "Step failed."
    assert "Traceback" in logging.Formatter().format(failed)


def test_the_trace_of_an_explained_error_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CROSSPROMPT_TRACEBACK", "1")
    failed = record("zenml", logging.ERROR, "Step failed.", SettingsError("task.shots: must be at least 1"))
    assert "Traceback" in BriefFormatter(logging.Formatter()).format(failed)


def test_a_bug_keeps_its_trace() -> None:
    failed = record("zenml", logging.ERROR, "Step failed.", ZeroDivisionError("by zero"))
    assert "ZeroDivisionError: by zero" in BriefFormatter(logging.Formatter()).format(failed)


@pytest.mark.parametrize(("at_terminal", "value"), [(True, None), (False, "true")])
def test_colours_are_for_terminals(at_terminal: bool, value: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ZENML_LOGGING_COLORS_DISABLED", raising=False)
    monkeypatch.setattr(sys, "stderr", SimpleNamespace(isatty=lambda: at_terminal))
    set_environment()
    found = os.environ.get("ZENML_LOGGING_COLORS_DISABLED")
    monkeypatch.delenv("ZENML_LOGGING_COLORS_DISABLED", raising=False)
    assert found == value
