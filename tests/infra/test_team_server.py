"""ZenML on MariaDB, MLflow and Optuna on PostgreSQL, artifacts in an object store: a team runs the sample."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import boto3
import optuna
import pytest
import yaml
from sqlalchemy import create_engine, text

from infra.launch import QUIET
from infra.servers import Server, ServerCommand, free_port, started
from tests.conftest import ROOT
from tests.databases import HOST, PASSWORD, DatabaseServer
from tests.pipelines.workplace import Workplace, make_workplace

pytestmark = [pytest.mark.soak, pytest.mark.timeout(1800)]
SECONDS = 300.0
MOTO = "moto[s3,server]==5.2.5"
BUCKETS = ("zenml", "mlflow")
STEPS_WITH_FILES = {"align_prompts", "evaluate_locales", "publish_report"}
"""Steps whose artifacts must be in the object store."""
MAKE_STACK = """
from pathlib import Path
import yaml
from zenml.client import Client
from zenml.enums import StackComponentType as Kind
client = Client()
client.create_secret("mlflow", {"username": "admin", "password": "<password>"})
client.create_secret("crossprompt", {"STUDY_PASSWORD": "<password>"})
parts = yaml.safe_load(Path("infra/stacks/team.yaml").read_text())["components"]
client.create_secret("object_store", {"key": "crossprompt", "secret": "<password>"})
parts["artifact_store"]["configuration"]["client_kwargs"]["endpoint_url"] = "<objects>"
parts["experiment_tracker"]["configuration"]["tracking_uri"] = "<mlflow>"
made = {
    Kind(kind): client.create_stack_component(
        part["name"], part["flavor"], Kind(kind), configuration=part["configuration"]
    ).id
    for kind, part in parts.items()
}
client.create_stack("crossprompt_team", made)
client.activate_stack("crossprompt_team")
"""


@pytest.fixture(scope="session")
def moto(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of an environment that has an object store to test with: its versions are not this project's."""
    folder = tmp_path_factory.mktemp("moto")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    subprocess.run([python, "-m", "pip", "install", "--quiet", MOTO], check=True)
    return python


def object_store(python: Path) -> ServerCommand:
    """S3 as SeaweedFS has it in infra/team/compose.yaml."""
    port = free_port(HOST, 0)
    return ServerCommand(
        name="objects",
        arguments=(str(python), "-m", "moto.server", "--host", HOST, "--port", str(port)),
        url=f"http://{HOST}:{port}",
        ready_path="/moto-api/",
        environment={},
    )


def buckets(objects: Server) -> Any:
    """A client of the object store, as the compose file's own makes the buckets."""
    keys = {"aws_access_key_id": "crossprompt", "aws_secret_access_key": PASSWORD}
    return boto3.client("s3", endpoint_url=objects.command.url, region_name="us-east-1", **keys)


def prepare_databases(postgresql: DatabaseServer) -> None:
    """Run the repository's own script, as the superuser."""
    connection = {"PGHOST": HOST, "PGPORT": str(postgresql.port), "PGUSER": postgresql.user, "PGPASSWORD": PASSWORD}
    passwords = {"MLFLOW_PASSWORD": PASSWORD, "STUDY_PASSWORD": PASSWORD}
    script = [str(ROOT / "infra" / "team" / "postgresql.sh")]
    subprocess.run(script, env=os.environ | connection | passwords, check=True)


def zenml_server(mariadb: DatabaseServer, folder: Path) -> ServerCommand:
    """The server as infra/team/compose.yaml has it, in plain packages."""
    port, home = free_port(HOST, 0), folder / "zenml-server"
    home.mkdir()
    application = ("-m", "uvicorn", "zenml.zen_server.zen_server_api:app")
    return ServerCommand(
        name="ZenML",
        arguments=(sys.executable, *application, "--host", HOST, "--port", str(port)),
        url=f"http://{HOST}:{port}",
        ready_path="/health",
        environment={
            **QUIET,
            "ZENML_SERVER": "true",
            "ZENML_CONFIG_PATH": str(home),
            "ZENML_STORE_URL": mariadb.address("zenml", scheme="mysql"),
            "ZENML_STORE_TYPE": "sql",
            "ZENML_SERVER_DEPLOYMENT_TYPE": "other",
            "ZENML_SERVER_AUTO_ACTIVATE": "true",
            "ZENML_DEFAULT_USER_NAME": "admin",
            "ZENML_DEFAULT_USER_PASSWORD": PASSWORD,
        },
    )


def mlflow_server(postgresql: DatabaseServer, objects: Server, folder: Path) -> ServerCommand:
    """The server as infra/team/compose.yaml has it."""
    port, logins = free_port(HOST, 0), folder / "logins.ini"
    place = f"postgresql+pg8000://mlflow:{PASSWORD}@{HOST}:{postgresql.port}"
    compose = yaml.safe_load((ROOT / "infra" / "team" / "compose.yaml").read_text(encoding="utf-8"))
    ini = compose["configs"]["mlflow_logins"]["content"]
    logins.write_text(
        ini.replace("postgresql+pg8000://mlflow:${MLFLOW_DATABASE_PASSWORD}@postgresql", place), encoding="utf-8"
    )
    return ServerCommand(
        name="MLflow",
        arguments=(
            *(sys.executable, "-m", "mlflow", "server", "--app-name=basic-auth", f"--host={HOST}", f"--port={port}"),
            *("--artifacts-destination=s3://mlflow", "--workers=1"),
        ),
        url=f"http://{HOST}:{port}",
        ready_path="/health",
        environment={
            **QUIET,
            "MLFLOW_BACKEND_STORE_URI": f"{place}/mlflow",
            "MLFLOW_AUTH_CONFIG_PATH": str(logins),
            "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": PASSWORD,
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
            "MLFLOW_S3_ENDPOINT_URL": objects.command.url,
            "AWS_ACCESS_KEY_ID": "crossprompt",
            "AWS_SECRET_ACCESS_KEY": PASSWORD,
        },
    )


@contextmanager
def team(postgresql: DatabaseServer, mariadb: DatabaseServer, moto: Path, folder: Path) -> Iterator[dict[str, Server]]:
    """The servers, by name, with empty databases and buckets."""
    prepare_databases(postgresql)
    mariadb.create("zenml")
    with ExitStack() as stack:
        objects = stack.enter_context(started(object_store(moto), folder / "logs"))
        objects.wait_until_ready(SECONDS)
        for name in BUCKETS:
            buckets(objects).create_bucket(Bucket=name)
        commands = (zenml_server(mariadb, folder), mlflow_server(postgresql, objects, folder))
        servers = [objects, *(stack.enter_context(started(command, folder / "logs")) for command in commands)]
        for server in servers:
            server.wait_until_ready(SECONDS)
        yield {server.command.name: server for server in servers}


def connected(workplace: Workplace, zenml: Server, mlflow: Server, objects: Server) -> None:
    """Connect the workplace's client to the server, and make the team's stack there."""
    workplace.environment |= {
        "ZENML_STORE_TYPE": "rest",
        "ZENML_STORE_URL": zenml.command.url,
        "ZENML_STORE_USERNAME": "admin",
        "ZENML_STORE_PASSWORD": PASSWORD,
    }
    script = MAKE_STACK.replace("<password>", PASSWORD).replace("<mlflow>", mlflow.command.url)
    script = script.replace("<objects>", objects.command.url)
    (workplace.root / "make_stack.py").write_text(script)
    ended = workplace.call(sys.executable, "make_stack.py")
    assert ended.returncode == 0, ended.stderr[-3000:]


def count(address: str, table: str) -> int:
    engine = create_engine(address)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    engine.dispose()
    return int(found)


def studies(address: str) -> set[str]:
    """The first words of the studies' names: one for each prompt, and one that shows both side by side."""
    return {name.partition("-")[0] for name in optuna.get_all_study_names(address)}


def names(objects: Server, bucket: str) -> list[str]:
    """What lies in a bucket."""
    pages = buckets(objects).get_paginator("list_objects_v2").paginate(Bucket=bucket)
    return [entry["Key"] for page in pages for entry in page.get("Contents", [])]


def test_the_sample_runs_on_the_teams_databases_and_object_store(
    tmp_path: Path, postgresql: DatabaseServer, mariadb: DatabaseServer, moto: Path
) -> None:
    workplace = make_workplace(tmp_path)
    smoke = yaml.safe_load((ROOT / "configs" / "smoke.yaml").read_text(encoding="utf-8"))
    study = f"postgresql+pg8000://crossprompt:{{{{crossprompt.STUDY_PASSWORD}}}}@{HOST}:{postgresql.port}/optuna"
    smoke["parameters"]["tuning"]["storage"] = study
    (workplace.root / "team.yaml").write_text(yaml.safe_dump(smoke))
    with team(postgresql, mariadb, moto, tmp_path) as servers:
        connected(workplace, servers["ZenML"], servers["MLflow"], servers["objects"])
        assert len(workplace.executed("team.yaml")) == 10
        assert workplace.executed("team.yaml") == {"publish_report"}
        assert "Error" not in servers["MLflow"].log.read_text(errors="replace")
        kept = {bucket: names(servers["objects"], bucket) for bucket in BUCKETS}
    assert {name.partition("/")[0] for name in kept["zenml"]} >= STEPS_WITH_FILES
    assert any(name.endswith("report.html") for name in kept["mlflow"])
    assert (workplace.home / "report" / "report.html").is_file()
    assert count(mariadb.address("zenml"), "pipeline_run") == 2
    assert count(postgresql.address("mlflow"), "runs") == 2 * (1 + 4)
    assert count(postgresql.address("mlflow"), "model_versions") == 1
    assert studies(postgresql.address("optuna")) == {"aligned", "fresh", "both"}
    assert not (workplace.home / "optuna.db").exists()
