"""Commands in forked children of a process that has imported what they take long to import.

Each has its own arguments, output and exit status, and its own connections: what ZenML had opened while it was imported
is closed before. ``crossprompt schedule`` starts ``zenml pipeline run`` from a child that was forked before it opened
anything itself, and hands it the lock as it does to a process of its own.
"""

from __future__ import annotations

import atexit
import gc
import os
import socket
import sys
from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path

from crossprompt.storage import faults

PRELOADED = (
    "console.main",
    "infra.artifacts",
    "infra.doctor.registry_probe",
    "infra.kubeflow",
    "infra.orphans",
    "infra.packages",
    "infra.registry_zenml",
    "infra.scheduling",
    "infra.terminal",
    "language_data.names",
    "lxml.etree",
    "mlflow.pyfunc",
    "mlflow.store.model_registry.sqlalchemy_store",
    "mlflow.store.tracking.sqlalchemy_store",
    "pipelines.add_languages",
    "zenml.log_stores",
    "zenml.zen_stores.sql_zen_store",
    "zenml_cli",
)
SCHEDULE = ["crossprompt", "schedule", "--once", "-c"]
RUN = ["zenml", "pipeline", "run", "add_languages", "-c"]
_LONGEST_REQUEST = 4096

Variables = dict[str, str]


def preload(folder: Path) -> None:
    """Import what the commands import, in a working folder that ZenML takes for the source of the steps.

    ``folder`` is made: a model that is saved there makes MLflow look at all installed packages, as it does once.
    """
    from infra.launch import set_environment

    set_environment()
    from zenml.utils.source_utils import set_custom_source_root

    set_custom_source_root(str(Path.cwd()))
    for module in PRELOADED:
        import_module(module)
    from zenml.integrations.registry import integration_registry

    integration_registry.activate_integrations()
    import mlflow

    mlflow.pyfunc.save_model(
        folder, python_model=str(Path("infra", "bundle_model.py").absolute()), pip_requirements=["mlflow"]
    )
    _compute_code_versions()
    _close_connections()
    gc.freeze()


def _compute_code_versions() -> None:
    """Of all steps, as each run computes them once."""
    from crossprompt.translation.engine import engine_module
    from infra.code_version import step_code_version

    steps = [name for name in sys.modules if name.startswith("steps.")]
    for module in [*steps, engine_module("memory")]:
        step_code_version(module)


def _close_connections() -> None:
    """A step that is imported makes ZenML connect; a child must not take over its parent's connection."""
    from zenml.client import Client
    from zenml.config.global_config import GlobalConfiguration
    from zenml.zen_stores.sql_zen_store import SqlZenStore

    store = GlobalConfiguration().zen_store
    assert isinstance(store, SqlZenStore)
    store.engine.dispose()
    GlobalConfiguration._reset_instance()
    Client._reset_instance()


def forked(program: Callable[[], object], arguments: list[str], output: Path, variables: Variables) -> int:
    """Run ``program`` in a child, as the program of a command line; its exit status, -9 if it was killed."""
    child = os.fork()
    if child == 0:
        _become(program, arguments, output, variables)
    return _status_of(child)


def schedule(configuration: str, output: Path, variables: Variables) -> tuple[int, int | None]:
    """``crossprompt schedule --once``; ``variables`` are those of the run that it starts.

    Returns:
        Its exit status, and the run's; None if it started none.
    """
    run = output.with_suffix(".status")
    run.unlink(missing_ok=True)
    status = forked(partial(_schedule, run, variables), [*SCHEDULE, configuration], output, {})
    return status, int(run.read_text()) if run.exists() else None


def _schedule(ended: Path, variables: Variables) -> None:
    from infra import scheduling

    own, other = socket.socketpair()
    child = os.fork()
    if child == 0:
        own.close()
        _wait_for_request(other, variables)
    other.close()

    def run_pipeline(configuration: Path, lock: int, log: Path) -> int:
        socket.send_fds(own, [f"{configuration}\n{log}".encode()], [lock])
        status = _status_of(child)
        ended.write_text(str(status))
        return status

    scheduling.run_pipeline = run_pipeline
    from console.main import app

    app()


def _wait_for_request(requests: socket.socket, variables: Variables) -> None:
    """Become the run that is asked for, with its lock; end, if none is."""
    request, _lock, *_ = socket.recv_fds(requests, _LONGEST_REQUEST, 1)
    if not request:
        os._exit(0)
    configuration, log = request.decode().split("\n")
    _become(_run, [*RUN, configuration], Path(log), variables)


def _run() -> None:
    import zenml_cli

    faults._writes = 0
    zenml_cli.cli()


def _become(program: Callable[[], object], arguments: list[str], output: Path, variables: Variables) -> None:
    """Be that program to the end of this process."""
    os.environ.update(variables)
    sys.argv = arguments
    with output.open("ab") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    try:
        program()
        status = 0
    except SystemExit as ended:
        status = ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:
        sys.excepthook(*sys.exc_info())
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(status)


def _status_of(child: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
