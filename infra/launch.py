"""What has to be so before a pipeline is run from the command line."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import sys
import warnings

QUIET = {
    "ZENML_ANALYTICS_OPT_IN": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "ZENML_ENABLE_REPO_INIT_WARNINGS": "false",
}
"""Telemetry off, for every library that has some, and MLflow's bars over a few files; other values are obeyed."""
PLAIN = {"ZENML_LOGGING_COLORS_DISABLED": "true"}
"""No codes of colours in what goes to a file or a pipe, such as the log of a scheduled run."""
OWN_HANDLERS = ("mlflow.models.signature", "mlflow.store.db.utils")
"""Loggers of inner workings that write to the terminal past ZenML's handler."""
MANY_INPUTS = {"ZENML_EXECUTION_CONTEXT_STEP_RUN_CACHE_SIZE": "100000"}
"""Without it a step with more than 100 inputs (one per language) fails."""


NOT_FOR_USERS = (r"You are using a Python version .* which Google will stop supporting",)
"""Warnings of libraries that the project knows of and whose readers can do nothing about them."""


def set_environment() -> None:
    """Set the switches of ``QUIET``, ``MANY_INPUTS`` and ``PLAIN`` that are not set; before ZenML is imported."""
    plain = {} if sys.stderr.isatty() else PLAIN
    for name, value in {**QUIET, **MANY_INPUTS, **plain}.items():
        os.environ.setdefault(name, value)
    for logger in OWN_HANDLERS:
        logging.getLogger(logger).setLevel(logging.WARNING)
    for message in NOT_FOR_USERS:
        warnings.filterwarnings("ignore", message=message)


def prepare_launch(arguments: list[str] | None = None) -> None:
    """Make the stack ready, mark orphaned runs failed, distrust the cache, and let errors be sentences."""
    from infra.artifacts import verify_cached_artifacts
    from infra.errors import explain_errors
    from infra.kubeflow import ask_for_gpus
    from infra.orphans import fail_orphaned_runs
    from infra.packages import remember_packages
    from infra.stack import ensure_stack
    from infra.terminal import tidy_terminal
    from infra.whereabouts import print_last_words_at_exit

    explain_errors()
    tidy_terminal()
    print_last_words_at_exit()
    ensure_stack(sys.argv[1:] if arguments is None else arguments)
    for run in fail_orphaned_runs():
        print(f"Run {run} had been killed: marked as failed. What it finished is in the cache.")
    verify_cached_artifacts()
    remember_packages()
    ask_for_gpus()
    spare_the_collector()


def spare_the_collector() -> None:
    """Leave what is imported out of the cyclic garbage collector's full passes, now and at the exit.

    The objects of modules live as long as the process; walking them took most of the 2 to 5 seconds between the last
    line printed and the end of a run, and freed nothing.
    """
    gc.freeze()
    atexit.register(gc.freeze)
