"""The registry is looked at in a copy: the champion's files, the other versions, the aliases."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from mlflow.utils.file_utils import local_file_uri_to_path

from infra import registry_place
from infra.doctor import registry as check
from infra.doctor.findings import Finding, Status
from infra.doctor.registry_probe import probe
from infra.doctor.surroundings import Surroundings
from infra.registry import propose, roll_back
from infra.registry_mirror import CHAMPION
from infra.registry_place import Registry
from infra.registry_versions import get_version, version_folder
from tests.infra.doctor.traces import traces
from tests.infra.registry_cases import candidate, judged, local_registry


@pytest.fixture
def registry(empty_mlflow: Path, tmp_path: Path) -> Registry:
    """Two champions, one after the other."""
    shutil.copy(empty_mlflow, tmp_path)
    place = local_registry(tmp_path)
    first, second = candidate(tmp_path, 1), candidate(tmp_path, 2, german=0.8)
    propose(first, judged(first), place)
    propose(second, judged(second, first), place)
    return place


def found(tmp_path: Path) -> list[Finding]:
    return probe(f"sqlite:///{tmp_path}/mlflow.db")


def statuses(findings: list[Finding]) -> list[Status]:
    return [finding.status for finding in findings]


def spoil(registry: Registry, version: str) -> None:
    folder = version_folder(get_version(registry, version))
    (folder / "prompt.safetensors").write_bytes(b"altered")


def test_the_name_is_the_registrys() -> None:
    assert check.REGISTERED_MODEL == registry_place.REGISTERED_MODEL


def test_a_whole_registry_is_well_and_stays_as_it_is(registry: Registry, tmp_path: Path) -> None:
    before = traces(tmp_path)
    findings = found(tmp_path)
    assert [finding.found for finding in findings] == ["version 2 is champion; its bundle is whole"]
    assert statuses(findings) == [Status.WELL]
    assert traces(tmp_path) == before


def test_a_champion_with_altered_files_is_wrong_and_a_former_one_a_note(registry: Registry, tmp_path: Path) -> None:
    spoil(registry, "2")
    (finding,) = found(tmp_path)
    assert finding.status is Status.WRONG
    assert "version 2 is champion, but the files of version 2 are not what was registered" in finding.found
    assert "crossprompt rollback" in finding.advice
    roll_back(registry=registry)
    findings = found(tmp_path)
    assert statuses(findings) == [Status.WELL, Status.NOTE]
    assert findings[1].found == "the files of other versions are lost or altered: 2"


def test_aliases_that_a_killed_process_left_are_noted(registry: Registry, tmp_path: Path) -> None:
    registry.client.set_registered_model_alias(registry.name, CHAMPION, "1")
    assert statuses(found(tmp_path)) == [Status.WELL, Status.NOTE]


def test_a_foreign_model_of_this_name_is_wrong(empty_mlflow: Path, tmp_path: Path) -> None:
    shutil.copy(empty_mlflow, tmp_path)
    local_registry(tmp_path).client.create_registered_model(check.REGISTERED_MODEL)
    (finding,) = found(tmp_path)
    assert finding.status is Status.WRONG


def test_mlflow_is_loaded_only_where_there_is_a_model(
    registry: Registry, empty_mlflow: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = Surroundings(home=tmp_path / "home")
    monkeypatch.setattr(check, "tracking_address", lambda surroundings: f"sqlite:///{tmp_path}/mlflow.db")
    (finding,) = check.check_registry(here)
    assert finding.found == "version 2 is champion; its bundle is whole"
    monkeypatch.setattr(sys, "executable", "no such program")
    for address in (None, f"sqlite:///{empty_mlflow}", f"sqlite:///{tmp_path}/none.db"):
        monkeypatch.setattr(check, "tracking_address", lambda surroundings, address=address: address)
        (finding,) = check.check_registry(here)
        assert finding.status is Status.WELL
    assert not (tmp_path / "none.db").exists()


def test_versions_lie_where_the_probe_looks(registry: Registry) -> None:
    assert Path(local_file_uri_to_path(get_version(registry, "2").source)).is_dir()
