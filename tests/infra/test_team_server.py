"""ZenML on MariaDB, MLflow and Optuna on PostgreSQL, as a team's server has them: the sample runs on them."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

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
MAKE_STACK = """
from pathlib import Path
import yaml
from zenml.client import Client
from zenml.enums import StackComponentType as Kind
client = Client()
client.create_secret("mlflow", {"username": "admin", "password": "<password>"})
client.create_secret("crossprompt", {"STUDY_PASSWORD": "<password>"})
parts = yaml.safe_load(Path("infra/stacks/team.yaml").read_text())["components"]
parts["artifact_store"].update(flavor="local", configuration={})
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


def mlflow_server(postgresql: DatabaseServer, folder: Path) -> ServerCommand:
    """The server as infra/team/compose.yaml has it, with a folder in place of the object store."""
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
            *(f"--backend-store-uri={place}/mlflow", f"--artifacts-destination={folder / 'mlflow'}", "--workers=1"),
        ),
        url=f"http://{HOST}:{port}",
        ready_path="/health",
        environment={
            **QUIET,
            "MLFLOW_AUTH_CONFIG_PATH": str(logins),
            "MLFLOW_AUTH_ADMIN_PASSWORD": PASSWORD,
            "MLFLOW_FLASK_SERVER_SECRET_KEY": PASSWORD,
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        },
    )


@contextmanager
def team(postgresql: DatabaseServer, mariadb: DatabaseServer, folder: Path) -> Iterator[dict[str, Server]]:
    """Both servers, by name."""
    prepare_databases(postgresql)
    mariadb.create("zenml")
    with ExitStack() as stack:
        commands = (zenml_server(mariadb, folder), mlflow_server(postgresql, folder))
        servers = [stack.enter_context(started(command, folder / "logs")) for command in commands]
        for server in servers:
            server.wait_until_ready(SECONDS)
        yield {server.command.name: server for server in servers}


def connected(workplace: Workplace, zenml: Server, mlflow: Server) -> None:
    """Connect the workplace's client to the server, and make the team's stack there."""
    workplace.environment |= {
        "ZENML_STORE_TYPE": "rest",
        "ZENML_STORE_URL": zenml.command.url,
        "ZENML_STORE_USERNAME": "admin",
        "ZENML_STORE_PASSWORD": PASSWORD,
    }
    script = MAKE_STACK.replace("<password>", PASSWORD).replace("<mlflow>", mlflow.command.url)
    (workplace.root / "make_stack.py").write_text(script)
    ended = workplace.call(sys.executable, "make_stack.py")
    assert ended.returncode == 0, ended.stderr[-3000:]


def count(address: str, table: str) -> int:
    engine = create_engine(address)
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT count(*) FROM {table}")).scalar_one()
    engine.dispose()
    return int(found)


def test_the_sample_runs_on_the_teams_databases(
    tmp_path: Path, postgresql: DatabaseServer, mariadb: DatabaseServer
) -> None:
    workplace = make_workplace(tmp_path)
    smoke = yaml.safe_load((ROOT / "configs" / "smoke.yaml").read_text(encoding="utf-8"))
    study = f"postgresql+pg8000://crossprompt:{{{{crossprompt.STUDY_PASSWORD}}}}@{HOST}:{postgresql.port}/optuna"
    smoke["parameters"]["tuning"]["storage"] = study
    (workplace.root / "team.yaml").write_text(yaml.safe_dump(smoke))
    with team(postgresql, mariadb, tmp_path) as servers:
        connected(workplace, servers["ZenML"], servers["MLflow"])
        assert len(workplace.executed("team.yaml")) == 10
        assert workplace.executed("team.yaml") == {"publish_report"}
        assert "Error" not in servers["MLflow"].log.read_text(errors="replace")
    assert (workplace.home / "report" / "report.html").is_file()
    assert count(mariadb.address("zenml"), "pipeline_run") == 2
    assert count(postgresql.address("mlflow"), "runs") == 2 * (1 + 4)
    assert count(postgresql.address("mlflow"), "model_versions") == 1
    assert count(postgresql.address("optuna"), "studies") == 2
    assert not (workplace.home / "optuna.db").exists()
