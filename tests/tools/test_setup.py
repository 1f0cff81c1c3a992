"""The set-up repairs what was cut short, and knows when it is done. Nothing is installed here."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import tomllib
import venv
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def load(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(f"tools_{name}", ROOT / "tools" / f"{name}.py")
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


setup, lock = load("setup"), load("lock")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with just what the set-up reads, and an empty environment."""
    for name in ("requirements.lock", "requirements-dev.lock", "pyproject.toml", "tools/setup.py"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, tmp_path / name)
    venv.create(tmp_path / ".venv", with_pip=False, symlinks=True)
    return tmp_path


def put_package(root: Path, name: str, *, record: bool = True, files: tuple[str, ...] = ("{}/__init__.py",)) -> Path:
    site = next((root / ".venv" / "lib").glob("python3.*/site-packages"))
    metadata = site / f"{name}-1.0.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("", encoding="utf-8")
    for file in files:
        path = site / file.format(name)
        path.parent.mkdir(exist_ok=True)
        path.write_text("", encoding="utf-8")
    if record:
        listed = (f"{name}/__init__.py,sha256=x,0", f"{name}/__pycache__/__init__.cpython-311.pyc,,")
        (metadata / "RECORD").write_text("\n".join(listed), encoding="utf-8")
    return metadata


def test_packages_cut_short_are_forgotten_and_whole_ones_kept(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    whole = put_package(root, "whole")
    no_record = put_package(root, "norecord", record=False)
    no_file = put_package(root, "nofile", files=())
    setup.repair(root)
    assert [folder.exists() for folder in (whole, no_record, no_file)] == [True, False, False]
    assert "norecord-1.0 was installed in part" in capsys.readouterr().out


def test_the_stamp_counts_until_what_it_is_made_from_changes(root: Path) -> None:
    assert not setup.stamp_path(root, dev=False).exists()
    setup.write_stamp(root, dev=False)
    assert setup.stamp_path(root, dev=False).exists()
    assert not setup.stamp_path(root, dev=True).exists()
    with (root / "requirements.lock").open("a", encoding="utf-8") as stream:
        stream.write("another==1.0\n")
    assert not setup.stamp_path(root, dev=False).exists()


def test_an_environment_for_development_serves_for_running_too(root: Path) -> None:
    setup.write_stamp(root, dev=True)
    assert setup.stamp_path(root, dev=False).exists()
    assert len(list((root / ".venv" / ".crossprompt").iterdir())) == 1


def test_nothing_is_done_where_the_stamp_is(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    setup.write_stamp(root, dev=False)
    monkeypatch.setattr(setup, "make_environment", lambda _: pytest.fail("the environment was made again"))
    setup.set_up(root, dev=False)


def test_a_moved_environment_is_not_trusted(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert setup.environment_works(root)
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "repository"
    shutil.copytree(root, elsewhere, symlinks=True)
    assert not setup.environment_works(elsewhere)


def test_a_failed_installation_is_one_clear_message(root: Path) -> None:
    with pytest.raises(setup.SetupError, match=r"(?s)failed with status 3: .* go on"):
        setup.run([sys.executable, "-c", "raise SystemExit(3)"], root)


def find_python(path: Path | str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": f"{path}{os.pathsep}/usr/bin{os.pathsep}/bin", "HOME": "/nonexistent", **variables}
    program = str(ROOT / "tools" / "find_python.sh")
    return subprocess.run(["bash", program], env=environment, capture_output=True, text=True, check=False)


def test_a_python_that_is_too_old_is_refused_with_the_reason(tmp_path: Path) -> None:
    old = tmp_path / "python-old"
    old.write_text("#!/bin/sh\necho 'is Python 3.9' >&2\nexit 1\n", encoding="utf-8")
    old.chmod(0o755)
    answer = find_python(tmp_path, PYTHON=str(old))
    assert answer.returncode == 1
    assert answer.stdout == ""
    assert "needs Python 3.11, 3.12 or 3.13 and found none" in answer.stderr
    assert f"{old}: is Python 3.9" in answer.stderr


def test_the_python_that_is_named_is_taken() -> None:
    answer = find_python("", PYTHON=sys.executable)
    assert answer.returncode == 0
    assert Path(answer.stdout.strip()).exists()


def test_the_locks_fix_every_direct_requirement() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runtime = locked("requirements.lock")
    everything = runtime | locked("requirements-dev.lock")
    for line in project["dependencies"]:
        check_locked(Requirement(line), runtime)
    for line in project["optional-dependencies"]["dev"]:
        check_locked(Requirement(line), everything)


def locked(name: str) -> dict[str, str]:
    requirements = [Requirement(line) for line in setup.locked(ROOT / name)]
    return {canonicalize_name(r.name): str(r.specifier).removeprefix("==") for r in requirements}


def check_locked(requirement: Requirement, versions: dict[str, str]) -> None:
    version = versions.get(canonicalize_name(requirement.name))
    assert version is not None, f"{requirement} is not locked: make lock"
    assert version in requirement.specifier, f"{requirement} is locked at {version}: make lock"


def test_the_locks_hold_no_local_build() -> None:
    lines = setup.locked(ROOT / "requirements.lock") + setup.locked(ROOT / "requirements-dev.lock")
    assert "torch==2.13.0" in lines
    assert [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.!]+( ; .+)?", line)] == []


def test_a_marker_is_as_short_as_it_can_be() -> None:
    places = lock.environments()
    where = {i for i, place in enumerate(places) if place["python_version"] == "3.11"}
    assert lock.marker_of(set(range(len(places))), places) == ""
    assert lock.marker_of(where, places) == 'python_version == "3.11"'
    single = lock.marker_of({0}, places)
    assert single == '(python_version == "3.11" and sys_platform == "linux" and platform_machine == "x86_64")'
