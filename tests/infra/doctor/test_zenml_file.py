"""The queries fit the store that the installed ZenML makes: what they find is what its own client finds."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from zenml.client import Client
from zenml.config.global_config import GlobalConfiguration
from zenml.utils.io_utils import get_global_config_directory

from infra import stack as stack_module
from infra.doctor import artifacts, orphans, stack, zenml_file
from infra.doctor.findings import Status
from infra.doctor.stores import check_mlflow_store, check_zenml_store
from infra.doctor.surroundings import Surroundings, SurroundingsError
from infra.doctor.zenml_file import ForeignVersionError, RunFacts, read_facts
from infra.process import OWNER, this_process
from infra.stores import MLFLOW_DATABASE, find_stores
from materializers.manifest import MANIFEST
from materializers.sealed import MANIFEST_DIGEST
from tests.infra.doctor.traces import traces
from tests.infra.stand_in import stand_in


@pytest.fixture(scope="module")
def here(zenml_stack: str, tmp_path_factory: pytest.TempPathFactory) -> Surroundings:
    stand_in(word="examined")
    return Surroundings(home=tmp_path_factory.mktemp("home"), working_folder=tmp_path_factory.mktemp("folder"))


@pytest.fixture
def elsewhere(here: Surroundings, tmp_path: Path) -> Surroundings:
    """A copy of the configuration and the database, to spoil."""
    shutil.copy(here.zenml_folder / "config.yaml", tmp_path)
    shutil.copy(here.zenml_file, tmp_path / "zenml.db")
    environment = {
        **os.environ,
        "ZENML_CONFIG_PATH": str(tmp_path),
        "ZENML_STORE_URL": f"sqlite:///{tmp_path}/zenml.db",
    }
    return Surroundings(home=tmp_path / "home", environment=environment, working_folder=tmp_path)


def test_names_that_would_load_zenml_are_the_same_here() -> None:
    assert artifacts.MANIFEST == MANIFEST
    assert zenml_file.MANIFEST_KEY == MANIFEST_DIGEST
    assert (stack.PROJECT_STACK, stack.DEFAULT_STACK) == (stack_module.STACK_NAME, stack_module.UNCHOSEN_STACK)
    assert stack.MLFLOW_DATABASE == MLFLOW_DATABASE


def test_the_configuration_is_found_where_zenml_finds_it(here: Surroundings, zenml_stack: str) -> None:
    assert str(here.zenml_folder) == get_global_config_directory()
    assert here.zenml_address == GlobalConfiguration().store_configuration.url
    assert str(here.local_stores) == GlobalConfiguration().local_stores_path
    assert here.active_stack == Client().active_stack_model.id.hex
    assert here.zenml is not None
    assert stack.active_stack(here, here.zenml).name == zenml_stack
    assert stack.tracking_address(here) == find_stores(here.home).tracking


def test_the_artifacts_are_those_that_zenml_lists(here: Surroundings) -> None:
    facts = read_facts(here.zenml_file)
    listed = {
        item.uri: item.run_metadata.get(MANIFEST_DIGEST)
        for item in Client().list_artifact_versions(size=1000, hydrate=True).items
    }
    assert {artifact.uri: artifact.digest for artifact in facts.artifacts} == listed
    assert any(listed.values())
    assert {artifact.store for artifact in facts.artifacts} == {Client().active_stack.artifact_store.id.hex}


def test_looking_leaves_no_trace(here: Surroundings) -> None:
    before = traces(here.zenml_folder)
    for check in (stack.check_stack, artifacts.check_artifacts, orphans.check_orphans, check_zenml_store):
        assert {finding.status for finding in check(here)} == {Status.WELL}
    list(check_mlflow_store(here))
    assert traces(here.zenml_folder) == before


def test_altered_and_missing_artifacts_are_found(here: Surroundings) -> None:
    (artifact, *_) = [item for item in read_facts(here.zenml_file).artifacts if item.digest]
    folder = Path(artifact.uri)
    file = folder / min(json.loads((folder / MANIFEST).read_text(encoding="utf-8"))["files"])
    whole, manifest = file.read_bytes(), (folder / MANIFEST).read_bytes()
    try:
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        assert artifacts.artifact_fault(artifact, thorough=False) is None
        assert artifacts.artifact_fault(artifact, thorough=True) == f"{artifact.label}: {file.name} was altered"
        file.write_bytes(whole + b" ")
        (finding,) = artifacts.check_artifacts(here)
        assert finding.status is Status.WRONG
        assert artifact.label in finding.found
        file.unlink()
        assert artifacts.artifact_fault(artifact, thorough=False) == f"{artifact.label}: {file.name} is gone"
        (folder / MANIFEST).write_bytes(manifest + b" ")
        assert artifacts.artifact_fault(artifact, thorough=False) == f"{artifact.label}: {MANIFEST} was altered"
        (folder / MANIFEST).unlink()
        assert artifacts.artifact_fault(artifact, thorough=False) == f"{artifact.label} has no {MANIFEST}"
    finally:
        file.write_bytes(whole)
        (folder / MANIFEST).write_bytes(manifest)
    assert artifacts.artifact_fault(artifact, thorough=True) is None


@pytest.mark.parametrize(("version", "status"), [("0.12.0", Status.NOTE), ("99.0.0", Status.WRONG)])
def test_a_store_of_another_version_is_told_and_not_read(
    version: str, status: Status, elsewhere: Surroundings, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / "zenml.db", isolation_level=None)) as database:
        database.execute("UPDATE alembic_version SET version_num = ?", (version,))
    assert [finding.status for finding in check_zenml_store(elsewhere)] == [Status.WELL, status]
    with pytest.raises(ForeignVersionError, match=version):
        list(stack.check_stack(elsewhere))


def test_a_stack_that_is_gone_is_told(elsewhere: Surroundings, tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "zenml.db", isolation_level=None)) as database:
        database.execute("DELETE FROM stack_composition")
    (finding,) = stack.check_stack(elsewhere)
    assert finding.status is Status.WRONG
    assert "zenml stack set" in finding.advice


def test_no_store_is_no_fault_and_a_server_is_not_logged_in_to(tmp_path: Path) -> None:
    nothing = Surroundings(
        home=tmp_path / "home", environment={"ZENML_CONFIG_PATH": str(tmp_path / "none")}, working_folder=tmp_path
    )
    for check in (stack.check_stack, artifacts.check_artifacts, orphans.check_orphans, check_zenml_store):
        assert {finding.status for finding in check(nothing)} == {Status.WELL}
    assert list(tmp_path.iterdir()) == []
    served = Surroundings(home=tmp_path, environment={"ZENML_STORE_URL": "http://127.0.0.1:9"}, working_folder=tmp_path)
    for check in (stack.check_stack, artifacts.check_artifacts, orphans.check_orphans):
        assert {finding.status for finding in check(served)} == {Status.NOTE}
    assert {finding.status for finding in check_zenml_store(served)} == {Status.WRONG}


def test_a_repositorys_own_stack_wins(here: Surroundings, tmp_path: Path) -> None:
    (tmp_path / ".zen").mkdir()
    (tmp_path / ".zen" / "config.yaml").write_text("active_stack_id: 0a-0b\n", encoding="utf-8")
    (tmp_path / "below").mkdir()
    assert Surroundings(working_folder=tmp_path / "below").active_stack == "0a0b"
    (tmp_path / ".zen" / "config.yaml").write_text("[", encoding="utf-8")
    with pytest.raises(SurroundingsError, match=r"config\.yaml can't be read"):
        assert Surroundings(working_folder=tmp_path).active_stack


def test_runs_of_dead_processes_on_the_local_orchestrator_are_orphans(here: Surroundings) -> None:
    facts = here.zenml
    assert facts is not None
    own = stack.active_stack(here, facts).identity
    alive, dead = this_process(), this_process().model_copy(update={"started": 1.0})
    runs = [
        (RunFacts("alive", own, {OWNER: alive.model_dump()}), False),
        (RunFacts("dead", own, {OWNER: dead.model_dump()}), True),
        (RunFacts("nobody's", own, {}), False),
        (RunFacts("elsewhere", "another stack", {OWNER: dead.model_dump()}), False),
    ]
    for run, expected in runs:
        found = Surroundings(home=here.home)
        found.__dict__["zenml"] = zenml_file.ZenMLFacts(facts.stacks, (), (run,))
        (finding,) = orphans.check_orphans(found)
        assert (finding.status is Status.WRONG) is expected, run.name
        assert (run.name in finding.found) is expected
