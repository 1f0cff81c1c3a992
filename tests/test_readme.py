"""The README names commands that exist and every room there is."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.main import get_command

from console.main import commands
from crossprompt.factory.ledger_reader import FILE
from tests.console.test_main import crossprompt

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
TARGETS = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
CODE = re.findall(r"`([^`\n]+)`", README) + re.findall(r"```bash\n(.*?)```", README, re.DOTALL)
LINES = [line.partition("#")[0].strip() for block in CODE for line in block.splitlines()]
MAP = README.partition("## The rooms")[2].partition("\n## ")[0]
ROOMS = dict(re.findall(r"^\| `([a-z_/]+)/` \| (.+) \|$", MAP, re.MULTILINE))


def test_every_make_target_of_the_readme_exists() -> None:
    named = {word for line in LINES for word in re.findall(r"\bmake ([a-z]+)\b", line)}
    assert {"run", "test", "setup", "soak", "dashboards"} <= named
    assert named <= TARGETS


def test_the_makefile_declares_its_targets_phony() -> None:
    (phony,) = re.findall(r"^\.PHONY: (.+)$", MAKEFILE, re.MULTILINE)
    assert set(phony.split()) == TARGETS


@pytest.mark.parametrize("line", sorted({line for line in LINES if line.startswith("crossprompt ")}))
def test_every_crossprompt_command_of_the_readme_exists(line: str) -> None:
    command = get_command(commands)
    for word in shlex.split(line)[1:]:
        children = getattr(command, "commands", None)
        if children is None:
            break
        assert word in children, f"{line}: there are {sorted(children)}"
        command = children[word]


def test_the_plan_that_is_shown_works_on_a_fresh_clone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("CROSSPROMPT_HOME", str(tmp_path))
    monkeypatch.delenv("CROSSPROMPT_DATA_ROOT", raising=False)
    blocks = "\n".join(re.findall(r"```bash\n(.*?)```", README, re.DOTALL))
    (line,) = re.findall(r"^crossprompt (plan [^#\n]+)", blocks, re.MULTILINE)
    assert crossprompt(*shlex.split(line), capsys=capsys)[0] == 0


def test_what_is_lost_with_the_home_is_told() -> None:
    (row,) = re.findall(r"^\| `\.crossprompt/` \| (.+) \|$", README, re.MULTILINE)
    assert str(FILE) in row
    homes = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8").partition("## Homes of files")[2]
    assert "paid for again" in homes.partition("\n|")[0]


def test_the_literal_commands_run_the_main_job() -> None:
    assert "zenml pipeline run align_and_eval" in LINES
    assert "zenml pipeline run align_and_eval $(if $(CONFIG),-c $(CONFIG))" in MAKEFILE
    assert (ROOT / "align_and_eval.py").is_file()


def test_every_configuration_of_the_readme_is_there() -> None:
    named = set(re.findall(r"configs/[a-z_]+\.yaml", README)) - {"configs/mine.yaml"}
    assert {name for name in named if not (ROOT / name).is_file()} == set()


def test_the_map_names_every_room_once_and_no_other() -> None:
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and holds_files(path) and path.name[0] != "."}
    domain = ROOT / "crossprompt"
    rooms |= {f"crossprompt/{path.name}" for path in domain.iterdir() if path.is_dir() and holds_files(path)}
    assert set(ROOMS) == {room for room in rooms if not room.endswith((".egg-info", "build", "dist", "mlruns"))}
    assert len(re.findall(r"^\| `([a-z_/]+)/` \|", MAP, re.MULTILINE)) == len(ROOMS)


def holds_files(folder: Path) -> bool:
    return any(file.is_file() and "__pycache__" not in file.parts for file in folder.rglob("*"))


def test_files_the_readme_links_to_exist() -> None:
    links = {link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link}
    missing = {link for link in links if not (ROOT / link).exists()}
    assert missing == set()
