"""The three dashboards (MLflow, Optuna, ZenML), served from the very stores that the pipelines write."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from infra import study_dashboard
from infra.addresses import shown_address, sqlite_file
from infra.launch import QUIET
from infra.servers import Server, ServerCommand, answers, free_port, started
from infra.settings import STUDY_FILES, DashboardSettings
from infra.stores import Stores

READY, NO_ANSWER, ENDED, NOTHING = "ready", "no answer", "ended", "nothing yet"


@dataclass(frozen=True)
class Dashboard:
    """A dashboard as the user sees it. ``server`` is None where somebody else serves it, or nothing is there yet."""

    name: str
    store: str
    """Address of the store whose contents it shows, without secrets."""
    url: str | None
    """The page to open first; None if there is no store yet."""
    server: Server | None = None
    probe: str | None = None
    """What answers where somebody else serves it."""

    def health(self) -> str:
        """One or two words on its state, asked for now: ready, no answer, ended, nothing yet."""
        if self.url is None:
            return NOTHING
        if self.server is None:
            return READY if self.probe is not None and answers(self.probe) else NO_ANSWER
        if self.server.process.poll() is not None:
            return ENDED
        return READY if self.server.answers() else NO_ANSWER


@contextmanager
def served_dashboards(stores: Stores, settings: DashboardSettings, home: Path) -> Iterator[list[Dashboard]]:
    """Serve the dashboards of all stores that exist, each ready when this yields; end the servers on leaving.

    Args:
        stores: What to show; a store without an address or whose database does not exist yet is listed, not served.
        settings: Addresses and patience.
        home: Folder for the servers' logs and ZenML's server files.

    Raises:
        ServerError: A server did not start.
    """
    with ExitStack() as stack:
        opened = []
        for dashboard, command in planned_dashboards(stores, settings, home):
            server = stack.enter_context(started(command, home / "logs")) if command else None
            opened.append(replace(dashboard, server=server))
        for dashboard in opened:
            if dashboard.server:
                dashboard.server.wait_until_ready(settings.start_seconds)
        yield opened


def planned_dashboards(
    stores: Stores, settings: DashboardSettings, home: Path
) -> list[tuple[Dashboard, ServerCommand | None]]:
    """What would be served, with the commands for those that are to be started here."""
    return [
        _plan_mlflow(stores.tracking, settings),
        _plan_optuna(stores.study, settings, home),
        _plan_zenml(stores, settings, home),
    ]


def _plan_mlflow(tracking: str | None, settings: DashboardSettings) -> tuple[Dashboard, ServerCommand | None]:
    if tracking is None or _is_missing(tracking):
        return Dashboard("MLflow", tracking or "no tracker in the stack", None), None
    shown = shown_address(tracking)
    if tracking.startswith(("http://", "https://", "databricks")):
        return Dashboard("MLflow", shown, shown, probe=f"{shown.rstrip('/')}/health"), None
    command = mlflow_command(tracking, settings.host, free_port(settings.host, settings.mlflow_port))
    return Dashboard("MLflow", shown, f"{command.url}/#/experiments"), command


def _plan_optuna(study: str, settings: DashboardSettings, home: Path) -> tuple[Dashboard, ServerCommand | None]:
    shown = shown_address(study)
    if _is_missing(study):
        return Dashboard("Optuna", shown, None), None
    files = home / STUDY_FILES
    command = optuna_command(study, settings.host, free_port(settings.host, settings.optuna_port), files)
    return Dashboard("Optuna", shown, f"{command.url}/dashboard"), command


def _plan_zenml(stores: Stores, settings: DashboardSettings, home: Path) -> tuple[Dashboard, ServerCommand | None]:
    if not stores.zenml.startswith("sqlite:"):
        shown = shown_address(stores.zenml)
        return Dashboard("ZenML", shown, shown, probe=f"{shown.rstrip('/')}/health"), None
    if _is_missing(stores.zenml):
        return Dashboard("ZenML", stores.zenml, None), None
    port = free_port(settings.host, settings.zenml_port)
    command = zenml_command(stores, settings.host, port, home / "zenml-server")
    return Dashboard("ZenML", stores.zenml, f"{command.url}/projects/{stores.zenml_project}/runs"), command


def _is_missing(address: str) -> bool:
    file = sqlite_file(address)
    return file is not None and not file.exists()


def mlflow_command(tracking: str, host: str, port: int) -> ServerCommand:
    """MLflow's server on a tracking store, such as ``sqlite:////home/me/mlflow.db``."""
    file = sqlite_file(tracking)
    artifacts = ["--default-artifact-root", str(file.parent / "mlflow_artifacts")] if file else []
    return ServerCommand(
        name="MLflow",
        arguments=(
            *(sys.executable, "-m", "mlflow", "server"),
            *("--host", host, "--port", str(port), "--workers", "1", "--no-serve-artifacts", *artifacts),
        ),
        url=f"http://{host}:{port}",
        ready_path="/health",
        # Without job execution the server does without seven more processes. The address may hold a password, and a
        # command line can be read by everybody on the machine.
        environment={**QUIET, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_BACKEND_STORE_URI": tracking},
    )


def optuna_command(study: str, host: str, port: int, files: Path) -> ServerCommand:
    """The Optuna dashboard on a study database, with the files that studies name in the folder ``files``."""
    files.mkdir(parents=True, exist_ok=True)
    return ServerCommand(
        name="Optuna",
        arguments=(
            *(sys.executable, "-P", study_dashboard.__file__),  # -P: what lies beside the file shadows no library
            *("--host", host, "--port", str(port), "--artifact-dir", str(files)),
        ),
        url=f"http://{host}:{port}",
        ready_path="/api/studies",
        environment={study_dashboard.ADDRESS: study},
    )


def zenml_command(stores: Stores, host: str, port: int, folder: Path) -> ServerCommand:
    """ZenML's server and dashboard on the client's own SQLite store, without a login.

    The command ``zenml login --local`` would do the same and then turn the user's client to that server for good;
    here the client stays as it is. The server keeps its own configuration in ``folder`` (ZenML refuses to share one)
    and may read artifacts from this machine's disk, to show them.
    """
    folder.mkdir(parents=True, exist_ok=True)
    return ServerCommand(
        name="ZenML",
        arguments=(
            *(sys.executable, "-m", "uvicorn", "zenml.zen_server.zen_server_api:app"),
            *("--host", host, "--port", str(port), "--no-server-header"),
        ),
        url=f"http://{host}:{port}",
        ready_path="/health",
        environment={
            **QUIET,
            "ZENML_SERVER": "true",
            "ZENML_SERVER_ALLOW_LOCAL_FILE_ACCESS": "true",
            "ZENML_SERVER_AUTH_SCHEME": "NO_AUTH",
            "ZENML_SERVER_AUTO_ACTIVATE": "true",
            "ZENML_SERVER_DEPLOYMENT_TYPE": "local",
            "DISABLE_DATABASE_MIGRATION": "true",
            "ZENML_CONFIG_PATH": str(folder),
            "ZENML_LOCAL_STORES_PATH": stores.zenml_local_stores,
            "ZENML_STORE_URL": stores.zenml,
            "ZENML_STORE_TYPE": "sql",
        },
    )
