from __future__ import annotations

import subprocess
import sys

from crossprompt.settings import SettingsError
from infra.errors import explanation

RAISE = "from infra.errors import explain_errors; explain_errors()\n"


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", RAISE + code], capture_output=True, text=True, check=False)


def test_own_errors_are_sentences_and_foreign_ones_are_not() -> None:
    assert explanation(SettingsError("task.shots: must be at least 1")) == "Error: task.shots: must be at least 1"
    assert explanation(ZeroDivisionError("by zero")) is None


def test_the_process_ends_with_the_sentence_and_code_1() -> None:
    ended = run("from crossprompt.settings import SettingsError\nraise SettingsError('a: wrong')")
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "Error: a: wrong\n")


def test_a_foreign_error_keeps_its_trace() -> None:
    ended = run("1 / 0")
    assert ended.returncode == 1
    assert "Traceback" in ended.stderr
    assert "ZeroDivisionError" in ended.stderr
