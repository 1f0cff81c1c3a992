"""What has to be so before a pipeline is run from the command line."""

from __future__ import annotations

import logging
import os
import sys

QUIET = {
    "ZENML_ANALYTICS_OPT_IN": "false",
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GX_ANALYTICS_ENABLED": "false",
    "ZENML_ENABLE_REPO_INIT_WARNINGS": "false",
}
"""Telemetry off, for every library that has some; whoever sets one of them otherwise is obeyed."""
MANY_INPUTS = {"ZENML_EXECUTION_CONTEXT_STEP_RUN_CACHE_SIZE": "100000"}
"""Without it a step with more than 100 inputs (one per language) fails."""


CHATTY_LOGGERS = ("great_expectations", "alembic", "mlflow.store.db.utils")
"""Libraries that report their inner workings; ZenML would show it all."""


def set_environment() -> None:
    """Set the switches of ``QUIET`` and ``MANY_INPUTS`` that are not set; to be called before ZenML is imported."""
    for name, value in {**QUIET, **MANY_INPUTS}.items():
        os.environ.setdefault(name, value)
    for logger in CHATTY_LOGGERS:
        logging.getLogger(logger).setLevel(logging.WARNING)


def prepare_launch(arguments: list[str] | None = None) -> None:
    """Make the stack ready, mark orphaned runs failed, distrust the cache, and let errors be sentences."""
    from infra.artifacts import verify_cached_artifacts
    from infra.errors import explain_errors
    from infra.orphans import fail_orphaned_runs
    from infra.stack import ensure_stack

    explain_errors()
    ensure_stack(sys.argv[1:] if arguments is None else arguments)
    for run in fail_orphaned_runs():
        print(f"Run {run} had been killed: marked as failed. What it finished is in the cache.")
    verify_cached_artifacts()
