"""The stacks, the team's server and the image of ``infra/`` fit the project's versions, and hold no secret."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from sqlalchemy import URL, create_engine, text
from zenml.cli.stack import import_stack
from zenml.client import Client

from infra.launch import MANY_INPUTS, QUIET
from infra.stack import COMPONENTS
from tests.conftest import ROOT
from tests.databases import HOST, PASSWORD, DatabaseServer, account, private_folder, started_postgresql
from tests.infra.stacks import STACKS, read_stack

FILES = sorted(STACKS.glob("*.yaml"))
TEAM = ROOT / "infra" / "team"
CONTAINER = ROOT / "infra" / "container"
DOCKERFILE = (CONTAINER / "Dockerfile").read_text(encoding="utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
SECRET_FIELD = re.compile(r"password|secret|token|^key$", re.IGNORECASE)
REFERENCE = re.compile(r"\{\{\w+\.\w+\}\}")


@pytest.fixture
def secrets(zenml_stack: str) -> Iterator[None]:
    """What the stacks refer to, by the names that their files give."""
    fields = {"object_store": ("key", "secret"), "mlflow": ("username", "password")}
    made = [Client().create_secret(name, dict.fromkeys(keys, "hidden")) for name, keys in fields.items()]
    yield
    for secret in made:
        Client().delete_secret(secret.id)


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_zenml_takes_each_stack_from_its_file(file: Path) -> None:
    ended = CliRunner().invoke(import_stack, [str(file)], catch_exceptions=False)
    assert ended.exit_code == 0, ended.output
    made = Client().get_stack(read_stack(file.stem)["stack_name"])
    assert {kind.value for kind in made.components} == set(read_stack(file.stem)["components"])
    Client().delete_stack(made.id, recursive=True)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_stack_is_of_the_locked_zenml_and_refers_to_secrets_by_name(file: Path) -> None:
    stack = read_stack(file.stem)
    assert f"zenml[local,server]=={stack['zenml_version']}" in PROJECT["project"]["dependencies"]
    for component in stack["components"].values():
        assert component["name"].startswith(stack["stack_name"])
        for name, value in component["configuration"].items():
            is_secret = SECRET_FIELD.search(name) and isinstance(value, str)
            assert not is_secret or REFERENCE.fullmatch(value), name


def test_the_local_stack_is_the_one_that_the_first_run_makes() -> None:
    found = {kind: component["flavor"] for kind, component in read_stack("local")["components"].items()}
    assert found == {component.type.value: component.flavor for component in COMPONENTS}


def test_the_teams_server_takes_every_secret_from_its_file_of_passwords() -> None:
    compose = (TEAM / "compose.yaml").read_text(encoding="utf-8")
    used = set(re.findall(r"(?<!\$)\$\{(\w+)", compose))
    listed = dict(line.split("=", 1) for line in (TEAM / "env.example").read_text().splitlines() if "=" in line[:40])
    assert used == {name for name in listed if not name.startswith("#")}
    assert {value for name, value in listed.items() if SECRET_FIELD.search(name)} == {""}
    assert ".env" in (ROOT / ".gitignore").read_text().split()


def test_the_teams_server_is_of_the_locked_versions_and_open_to_itself_alone() -> None:
    services = yaml.safe_load((TEAM / "compose.yaml").read_text(encoding="utf-8"))["services"]
    assert services["zenml"]["image"].rpartition(":")[2] == read_stack("team")["zenml_version"]
    assert not any(service["image"].endswith(":latest") for service in services.values())
    ports = [port for service in services.values() for port in service.get("ports", [])]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)


def test_no_password_stands_on_a_command_line_of_the_teams_server() -> None:
    services = yaml.safe_load((TEAM / "compose.yaml").read_text(encoding="utf-8"))["services"]
    for service in services.values():
        for part in ("command", "entrypoint"):
            assert not re.search(r"PASSWORD|SECRET|KEY", str(service.get(part))), part
        assert "--password" not in str(service.get("healthcheck"))


@pytest.fixture
def new_postgresql() -> Iterator[DatabaseServer]:
    """PostgreSQL with nothing in it."""
    with private_folder("postgresql", account("postgres")) as folder, started_postgresql(folder) as server:
        yield server


def test_the_databases_are_made_with_users_who_can_log_in(new_postgresql: DatabaseServer) -> None:
    postgresql = new_postgresql
    place = {"PGHOST": HOST, "PGPORT": str(postgresql.port), "PGUSER": postgresql.user, "PGPASSWORD": PASSWORD}
    passwords = {"MLFLOW_PASSWORD": "it's one", "STUDY_PASSWORD": "a$other"}
    script = [str(TEAM / "postgresql.sh")]
    subprocess.run(script, env=os.environ | place | passwords, check=True)
    for user, database, name in (
        ("mlflow", "mlflow", "MLFLOW_PASSWORD"),
        ("mlflow", "mlflow_logins", "MLFLOW_PASSWORD"),
        ("crossprompt", "optuna", "STUDY_PASSWORD"),
    ):
        address = URL.create(postgresql.scheme, user, passwords[name], HOST, postgresql.port, database)
        engine = create_engine(address)
        with engine.connect() as connection:
            assert connection.execute(text("SELECT current_user")).scalar_one() == user
        engine.dispose()


def test_the_scripts_of_the_teams_server_are_sound() -> None:
    for script in (TEAM / "postgresql.sh", ROOT / "tools" / "databases.sh"):
        assert subprocess.run(["bash", "-n", script], check=False).returncode == 0


def test_the_image_is_quiet_as_the_command_line_is() -> None:
    set_there = dict(re.findall(r"^(?:ENV| {3}) ([A-Z_]+)=(\S+)", DOCKERFILE, re.MULTILINE))
    assert (QUIET | MANY_INPUTS).items() <= set_there.items()


def test_the_image_holds_what_the_project_is_made_of() -> None:
    copied = {name for line in re.findall(r"^COPY (.+) \S+$", DOCKERFILE, re.MULTILINE) for name in line.split()}
    assert {name for name in copied if not (ROOT / name).exists()} == set()
    modules = {f"{name}.py" for name in PROJECT["tool"]["setuptools"]["py-modules"]}
    packages = {name.rstrip("*") for name in PROJECT["tool"]["setuptools"]["packages"]["find"]["include"]}
    assert modules | packages <= copied
    sent = (CONTAINER / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert all(f"!{name}" in sent or name in modules for name in copied)


def test_the_image_takes_versions_from_the_locks_and_packages_from_no_other_place() -> None:
    assert not re.search(r"torch==\d", DOCKERFILE)
    assert set(re.findall(r"https?://([^/\s\"]+)", DOCKERFILE)) == {"download.pytorch.org"}
    (extras,) = re.findall(r"^ARG EXTRAS=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert set(extras.split(",")) <= set(PROJECT["project"]["optional-dependencies"])
    (python,) = re.findall(r"^ARG PYTHON=(\S+)$", DOCKERFILE, re.MULTILINE)
    assert python in ("3.11", "3.12", "3.13")
