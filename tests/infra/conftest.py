"""What tests of several platforms share: one stand-in for a cluster, and a secret that no manifest may tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from zenml.client import Client

from tests.fakes.kubernetes_api import Cluster, started_cluster, write_kubeconfig
from tests.infra.stacks import read_stack

HIDDEN = "never-to-be-seen-in-a-manifest"


@pytest.fixture(scope="module")
def secret(zenml_stack: str) -> Iterator[str]:
    """The secret that the stacks' components name, with a value that can be looked for."""
    made = Client().create_secret("crossprompt", {"STUDY_PASSWORD": HIDDEN})
    yield made.name
    Client().delete_secret(made.id)


@pytest.fixture(scope="session")
def api_server() -> Iterator[Cluster]:
    """One for all tests of a process, since its clients keep the first address that they learn."""
    with started_cluster() as started:
        yield started


@pytest.fixture
def cluster(
    api_server: Cluster, secret: str, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Cluster]:
    """An empty one, to which the context of the project's stack leads."""
    context = read_stack("kubernetes")["components"]["orchestrator"]["configuration"]["kubernetes_context"]
    file = str(write_kubeconfig(api_server, tmp_path_factory.mktemp("cluster") / "kubeconfig", context))
    monkeypatch.setenv("KUBECONFIG", file)
    monkeypatch.setattr("kubernetes.config.kube_config.KUBE_CONFIG_DEFAULT_LOCATION", file)
    api_server.empty()
    yield api_server
    api_server.empty()
