"""What all tests share: nothing outside a private folder is touched."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import pytest

_PRIVATE = pytest.StashKey[Path]()
ROOT = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """Give the test session its own ZenML configuration and project home, before anything of ZenML is imported."""
    private = Path(tempfile.mkdtemp(prefix="crossprompt-tests-"))
    config.stash[_PRIVATE] = private
    os.environ["ZENML_CONFIG_PATH"] = str(private / "zenml")
    os.environ["CROSSPROMPT_HOME"] = str(private / "home")
    os.environ.pop("CROSSPROMPT_DATA_ROOT", None)
    for name in ("ZENML_ACTIVE_STACK_ID", "ZENML_ACTIVE_PROJECT_ID", "ZENML_STORE_URL", "ZENML_REPOSITORY_PATH"):
        os.environ.pop(name, None)
    from infra.launch import set_environment

    set_environment()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Remove the private folder."""
    shutil.rmtree(config.stash[_PRIVATE], ignore_errors=True)


@pytest.fixture(scope="session")
def private_home(request: pytest.FixtureRequest) -> Path:
    """The session's own ``CROSSPROMPT_HOME``."""
    home = Path(os.environ["CROSSPROMPT_HOME"])
    home.mkdir(parents=True, exist_ok=True)
    return home


@pytest.fixture(scope="session")
def zenml_stack(private_home: Path) -> str:
    """A ready ZenML store with the project's stack, made once for all tests; the name of the active stack."""
    from infra.artifacts import verify_cached_artifacts
    from infra.stack import ensure_stack

    name = ensure_stack()
    verify_cached_artifacts()
    return name
