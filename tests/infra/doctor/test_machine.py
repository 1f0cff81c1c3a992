"""Python, packages, disk, memory, accelerator and the network's switches."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from infra.doctor import accelerator, disk, memory, python
from infra.doctor.accelerator import check_accelerator, findings_of
from infra.doctor.disk import look_at
from infra.doctor.findings import Finding, Status
from infra.doctor.memory import check_memory, memory_limit
from infra.doctor.network import check_network
from infra.doctor.python import check_packages, check_python, requirement_fault
from infra.doctor.surroundings import Surroundings

PROBED = {
    "torch": "2.13.0",
    "gpu": None,
    "error": "",
    "cores": 2,
    "threads": 2,
    "cpu_features": "avx2",
    "dtype": "float32",
    "bfloat16_speedup": None,
    "milliseconds": 12.0,
}


def statuses(findings: Iterable[Finding]) -> list[Status]:
    return [finding.status for finding in findings]


def network(tmp_path: Path, **environment: str) -> list[Finding]:
    folder = {"ZENML_CONFIG_PATH": str(tmp_path)}
    return list(check_network(Surroundings(home=tmp_path, environment=environment | folder)))


def test_this_environment_fits_the_project(tmp_path: Path) -> None:
    here = Surroundings(home=tmp_path)
    assert statuses(check_python(here)) == [Status.WELL]
    assert statuses(check_packages(here))[0] is Status.WELL


def test_a_project_that_is_not_installed_can_not_be_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(python, "PROJECT", "no-such-project-of-ours")
    monkeypatch.setattr(python, "SOURCES", Path("no such file"))
    for check in (check_python, check_packages):
        (finding,) = check(Surroundings(home=tmp_path))
        assert finding.status is Status.UNKNOWN
        assert "make setup" in finding.advice


def test_without_sources_the_installation_says_what_is_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    from_sources = python.declared()
    monkeypatch.setattr(python, "SOURCES", Path("no such file"))
    wanted, packages = python.declared()
    assert set(wanted.split(",")) == set(from_sources[0].split(","))
    assert any(line.startswith("torch==") for line in packages)
    assert any(line.startswith("torch==") for line in from_sources[1])


def test_wrong_and_missing_packages_are_named() -> None:
    assert requirement_fault(Requirement("pydantic>=2")) is None
    fault = requirement_fault(Requirement("pydantic<1"))
    assert fault is not None
    assert fault.endswith("is installed; pydantic<1 is wanted")
    assert requirement_fault(Requirement("no-such-package-of-ours==1")) == (
        "no-such-package-of-ours is not installed; no-such-package-of-ours==1 is wanted"
    )


def test_another_version_than_the_locked_one_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lock = tmp_path / "requirements.lock"
    lock.write_text('# made\npydantic==0.1\ngreenlet==0.1 ; sys_platform == "no such"\n', encoding="utf-8")
    monkeypatch.setattr(python, "LOCK", lock)
    finding = list(check_packages(Surroundings(home=tmp_path)))[-1]
    assert finding.status is Status.NOTE
    assert "pydantic" in finding.found
    assert "greenlet" not in finding.found


@pytest.mark.parametrize(
    ("least", "comfortable", "expected"),
    [(0, 0, Status.WELL), (0, 2**62, Status.NOTE), (2**62, 2**62, Status.WRONG)],
)
def test_room_on_the_disk(
    least: int, comfortable: int, expected: Status, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(disk, "LEAST_BYTES", least)
    monkeypatch.setattr(disk, "COMFORTABLE_BYTES", comfortable)
    monkeypatch.setattr(disk, "LEAST_FILES", 0)
    place = tmp_path / "not" / "there"
    (finding,) = look_at("home", place)
    assert finding.status is expected
    assert str(place) in finding.found
    assert not place.parent.exists()


def test_a_disk_of_many_machines_is_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(disk, "file_system", lambda place: "nfs4")
    assert Status.NOTE in statuses(look_at("home", tmp_path))


def test_a_folder_without_the_right_to_write_is_wrong(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda place, mode: False)
    assert Status.WRONG in statuses(look_at("home", tmp_path))


def test_the_file_system_is_that_of_the_longest_mount(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    class Mount:
        def __init__(self, mountpoint: Path | str, fstype: str) -> None:
            self.mountpoint, self.fstype = str(mountpoint), fstype

    mounts = [Mount("/", "ext4"), Mount(tmp_path, "nfs4"), Mount(tmp_path / "other", "tmpfs")]
    monkeypatch.setattr(disk.psutil, "disk_partitions", lambda all: mounts)
    assert disk.file_system(tmp_path) == "nfs4"


def test_a_containers_memory_limit_counts(tmp_path: Path) -> None:
    assert memory_limit(tmp_path / "memory.max") is None
    (tmp_path / "memory.max").write_text("max\n", encoding="ascii")
    (tmp_path / "memory.current").write_text("1000\n", encoding="ascii")
    assert memory_limit(tmp_path / "memory.max") is None
    (tmp_path / "memory.max").write_text("5000\n", encoding="ascii")
    assert memory_limit(tmp_path / "memory.max") == 4000


def test_an_allocator_of_the_users_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "COMFORTABLE_BYTES", 0)
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("glibc", "2.36"))
    found = list(check_memory(Surroundings(home=tmp_path, environment={"LD_PRELOAD": "libjemalloc.so"})))
    assert statuses(found) == [Status.WELL, Status.NOTE]
    assert "LD_PRELOAD" in found[1].found
    monkeypatch.setattr(memory.platform, "libc_ver", lambda: ("", ""))
    assert "not glibc" in list(check_memory(Surroundings(home=tmp_path, environment={})))[1].found


def test_quiet_libraries_are_well_and_talking_ones_are_named(tmp_path: Path) -> None:
    assert statuses(network(tmp_path)) == [Status.WELL]
    assert statuses(network(tmp_path, ZENML_ANALYTICS_OPT_IN="False", DO_NOT_TRACK="true")) == [Status.WELL]
    (finding,) = network(tmp_path, MLFLOW_DISABLE_TELEMETRY="0")
    assert finding.status is Status.NOTE
    assert "MLFLOW_DISABLE_TELEMETRY" in finding.found
    (tmp_path / "config.yaml").write_text("analytics_opt_in: true\n", encoding="utf-8")
    assert len(network(tmp_path, ZENML_ANALYTICS_OPT_IN="true")) == 2


def test_offline_modes_and_other_servers_are_noted(tmp_path: Path) -> None:
    found = network(tmp_path, HF_HUB_OFFLINE="1", MLFLOW_TRACKING_URI="http://elsewhere")
    assert statuses(found) == [Status.WELL, Status.NOTE, Status.NOTE]


def test_a_proxy_must_leave_the_loopback_address_alone(tmp_path: Path) -> None:
    assert Status.WRONG in statuses(network(tmp_path, http_proxy="http://proxy:3128"))
    excepted = network(tmp_path, HTTP_PROXY="http://proxy:3128", no_proxy="localhost, 127.0.0.1")
    assert statuses(excepted) == [Status.WELL, Status.WELL]
    assert Status.WRONG not in statuses(network(tmp_path, HTTPS_PROXY="http://proxy:3128"))


def test_what_the_probe_says_is_put_in_words() -> None:
    assert statuses(findings_of(PROBED, driver_there=False)) == [Status.WELL, Status.WELL]
    fast = [finding.found for finding in findings_of({**PROBED, "bfloat16_speedup": 6.41}, driver_there=False)]
    assert "6.4x the speed of float32" in fast[1]
    on_gpu = {**PROBED, "gpu": "A GPU", "dtype": "bfloat16"}
    assert "computes on A GPU" in next(iter(findings_of(on_gpu, driver_there=True))).found


def test_a_driver_without_a_gpu_for_torch_is_wrong_and_too_many_threads_are_noted() -> None:
    found = list(findings_of({**PROBED, "threads": 8, "error": "driver too old"}, driver_there=True))
    assert statuses(found) == [Status.WELL, Status.WRONG, Status.WELL, Status.NOTE]
    assert "driver too old" in found[1].found
    assert "OMP_NUM_THREADS=2" in found[3].advice


def test_the_probe_answers_on_this_machine(tmp_path: Path) -> None:
    found = list(check_accelerator(Surroundings(home=tmp_path)))
    assert found[0].found.startswith("torch ")
    assert any("`dtype: auto` takes " in finding.found for finding in found)


@pytest.mark.parametrize(
    ("program", "expected"),
    [("raise SystemExit('no such driver')", "no such driver"), ("import os; os.abort()", "status -6")],
)
def test_a_probe_that_crashes_is_a_finding(
    program: str, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = subprocess.run
    monkeypatch.setattr(
        accelerator.subprocess, "run", lambda command, **options: run([sys.executable, "-c", program], **options)
    )
    (finding,) = check_accelerator(Surroundings(home=tmp_path))
    assert finding.status is Status.WRONG
    assert expected in finding.found
