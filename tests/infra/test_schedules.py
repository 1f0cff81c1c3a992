"""The units and the crontab that are shipped: systemd accepts them, and they call a command that exists."""

from __future__ import annotations

import configparser
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from console.main import commands
from tests.conftest import ROOT

FOLDER = ROOT / "infra" / "schedules"
PLACE = "/opt/crossprompt"
NAME = "crossprompt-languages"


def parsed(file: Path) -> configparser.ConfigParser:
    unit = configparser.ConfigParser(strict=False, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]  # systemd's names are case-sensitive
    unit.read(file, encoding="utf-8")
    return unit


def command_lines() -> list[str]:
    service = parsed(FOLDER / f"{NAME}.service")["Service"]["ExecStart"]
    crontab = (FOLDER / "crontab").read_text(encoding="utf-8")
    (line,) = re.findall(r"&& (.+)$", crontab, re.MULTILINE)
    return [service, line]


@pytest.mark.parametrize("line", command_lines())
def test_what_is_called_exists(line: str) -> None:
    program, subcommand, *options = shlex.split(line)
    assert program.removeprefix(f"{PLACE}/") == ".venv/bin/crossprompt"
    command = get_command(commands).commands[subcommand]  # type: ignore[attr-defined]  # of click's groups
    known = {name for parameter in command.params for name in parameter.opts}
    assert {option for option in options if option.startswith("-")} <= known
    assert (ROOT / options[-1]).is_file()
    assert yaml.safe_load((ROOT / options[-1]).read_text(encoding="utf-8"))["parameters"]["factory"]["locales"]


def test_the_units_say_what_the_command_needs() -> None:
    service, timer = parsed(FOLDER / f"{NAME}.service"), parsed(FOLDER / f"{NAME}.timer")
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["SuccessExitStatus"] == "75"
    assert service["Service"]["WorkingDirectory"] == PLACE
    assert timer["Timer"]["Persistent"] == "true"
    assert re.fullmatch(r"\*-\*-\* \d\d:\d\d:\d\d", timer["Timer"]["OnCalendar"])
    assert timer["Install"]["WantedBy"] == "timers.target"


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    """As far as systemd is installed; what it would say without it is checked above."""
    program = shutil.which("systemd-analyze")
    if program is None:
        return
    executable = tmp_path / ".venv" / "bin" / "crossprompt"
    executable.parent.mkdir(parents=True)
    executable.write_text("#!/bin/sh\n", encoding="utf-8")
    executable.chmod(0o755)
    for kind in ("service", "timer"):
        text = (FOLDER / f"{NAME}.{kind}").read_text(encoding="utf-8")
        (tmp_path / f"{NAME}.{kind}").write_text(text.replace(PLACE, str(tmp_path)), encoding="utf-8")
    units = [str(tmp_path / f"{NAME}.{kind}") for kind in ("service", "timer")]
    ended = subprocess.run([program, "verify", *units], capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, [line for line in ended.stderr.splitlines() if NAME in line]) == (0, []), ended.stderr
