"""What all tests share: nothing outside a private folder is touched."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import warnings
from pathlib import Path

import hypothesis
import pytest

from tests.unsynced.page_cache import trust_the_page_cache

pytest_plugins = ("tests.browser", "tests.databases", "tests.templates")

_PRIVATE = pytest.StashKey[Path]()
ROOT = Path(__file__).resolve().parent.parent
UNSYNCED = ROOT / "tests" / "unsynced"
CHILD_PATH = os.pathsep.join((str(ROOT), str(UNSYNCED)))
"""``PYTHONPATH`` of processes that import the tests."""
BEGUN_FIRST = tuple(f"tests/{name}/" for name in ("pipelines", "kills", "infra", "benchmarks", "console", "steps"))
"""Whole runs, servers and other processes: nobody is to wait for one of them at the end."""


def pytest_configure(config: pytest.Config) -> None:
    """Give the test session its own ZenML configuration and project home, before anything of ZenML is imported."""
    _share_cores()
    private = Path(tempfile.mkdtemp(prefix="crossprompt-tests-"))
    config.stash[_PRIVATE] = private
    os.environ["ZENML_CONFIG_PATH"] = str(private / "zenml")
    os.environ["CROSSPROMPT_HOME"] = str(private / "home")
    os.environ.pop("CROSSPROMPT_DATA_ROOT", None)
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (str(UNSYNCED), os.environ.get("PYTHONPATH"))))
    trust_the_page_cache()
    for name in ("ZENML_ACTIVE_STACK_ID", "ZENML_ACTIVE_PROJECT_ID", "ZENML_STORE_URL", "ZENML_REPOSITORY_PATH"):
        os.environ.pop(name, None)
    # a busy machine makes no test fail
    hypothesis.settings.register_profile("crossprompt", deadline=None)
    hypothesis.settings.load_profile("crossprompt")
    from infra.launch import set_environment

    set_environment()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that take long come first; within a folder all stay in their order."""
    items.sort(key=lambda item: not item.nodeid.startswith(BEGUN_FIRST))


def _share_cores() -> None:
    """Where several processes share the tests, each takes its share of the cores: threads that wait are slow.

    Before torch is imported, which reads the variable once; what the tests start inherits it. Such a process has no
    main file, without which ZenML runs nothing: it gets the one that a single process has.
    """
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return
    processes = int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    os.environ.setdefault("OMP_NUM_THREADS", str(max(1, (os.cpu_count() or 1) // processes)))
    sys.modules["__main__"].__file__ = str(Path(sys.executable).with_name("pytest"))


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


@pytest.fixture(scope="session")
def shared_root() -> Path | None:
    """Reference data beside the repository, or ``$CROSSPROMPT_SHARED``; None, with a warning, if absent."""
    folder = Path(os.environ.get("CROSSPROMPT_SHARED") or ROOT.parent / "shared").absolute()
    if folder.is_dir():
        return folder
    warnings.warn(f"{folder} is absent: tests fall back from real data to the packaged sample", stacklevel=1)
    return None


@pytest.fixture(scope="session")
def data_root(shared_root: Path | None) -> Path | None:
    """A data root with the public archives under their own names; None, with a warning, if absent."""
    if shared_root is None:
        return None
    folder = shared_root / "data"
    if folder.is_dir():
        return folder
    warnings.warn(f"{folder} is absent: tests fall back from real data to the packaged sample", stacklevel=1)
    return None
