"""One small bundle, the champion in it, and a running service, for all tests of serving."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from crossprompt.serving.app import make_app
from crossprompt.serving.holder import FoundChampion
from crossprompt.serving.loading import Champion, load_champion
from crossprompt.serving.records import State
from crossprompt.serving.service import Service
from crossprompt.serving.settings import EngineSettings, ServingSettings
from tests.crossprompt.serving.small_bundle import make_bundle


@pytest.fixture(scope="session")
def bundle_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("champions") / "first").folder


@pytest.fixture(scope="session")
def other_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Another model, of intents alone and with nothing to compare with."""
    return make_bundle(tmp_path_factory.mktemp("champions") / "second", 1, ["intent"], fresh=False).folder


@pytest.fixture(scope="session")
def champion(bundle_folder: Path) -> Champion:
    return load_champion(bundle_folder, EngineSettings(), "7")


@contextmanager
def serving(
    find: Callable[[], FoundChampion], settings: ServingSettings | None = None, token: str | None = None
) -> Iterator[TestClient]:
    """A client of a service that is ready."""
    service = Service(find, settings or ServingSettings())
    with TestClient(make_app(service, token), raise_server_exceptions=False) as client:
        wait_until(lambda: service.state is not State.STARTING or service.failure is not None)
        yield client


def wait_until(done: Callable[[], bool], seconds: float = 180) -> None:
    deadline = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.01)


@pytest.fixture(scope="session")
def client(bundle_folder: Path) -> Iterator[TestClient]:
    with serving(lambda: FoundChampion(bundle_folder, "7")) as ready:
        yield ready
