"""What takes seconds to make and is copied afterwards: made once for all processes that share the tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import CHILD_PATH

STORE = """
from infra.launch import set_environment
set_environment()
from zenml.utils.source_utils import set_custom_source_root
set_custom_source_root(".")
from infra.home import project_home
from infra.stack import ensure_stack
from infra.stores import find_stores
ensure_stack()
print("TRACKING", find_stores(project_home()).tracking)
"""
"""Makes ZenML's database and the project's stack, as the first run does."""


def made_once(folder: Path, make: Callable[[Path], object]) -> Path:
    """``folder``, which ``make`` fills unless another process did; nobody sees it half made."""
    with FileLock(f"{folder}.lock"):
        if not folder.is_dir():
            under_way = folder.with_name(f"{folder.name}.part")
            under_way.mkdir()
            make(under_way)
            under_way.rename(folder)
    return folder


@pytest.fixture(scope="session")
def templates(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of this test session have in common."""
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture(scope="session")
def empty_mlflow(templates: Path) -> Path:
    """An MLflow database with all its tables and nothing in them."""
    from tests.infra.registry_cases import empty_database

    return made_once(templates / "empty-mlflow", empty_database) / "mlflow.db"


@pytest.fixture(scope="session")
def zenml_template(templates: Path, empty_mlflow: Path) -> Path:
    """A ZenML folder with the project's stack and its empty MLflow, to be copied by :func:`copy_store`."""

    def make(folder: Path) -> None:
        own = {"ZENML_CONFIG_PATH": str(folder), "CROSSPROMPT_HOME": str(folder / "home"), "PYTHONPATH": CHILD_PATH}
        command = [sys.executable, "-c", STORE]
        ended = subprocess.run(command, env={**os.environ, **own}, capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr[-3000:]
        address = ended.stdout.partition("TRACKING sqlite:///")[2].splitlines()[0]
        shutil.copy(empty_mlflow, address)

    return made_once(templates / "zenml", make)


def copy_store(template: Path, folder: Path) -> None:
    """A ZenML folder of one's own, instead of the ten seconds that making one takes."""
    shutil.copytree(template, folder)
    file = folder / "config.yaml"
    made_at = template.with_name(f"{template.name}.part")
    file.write_text(file.read_text(encoding="utf-8").replace(str(made_at), str(folder)), encoding="utf-8")
