"""The registry of models: its journal, its versions, and the files of the champion."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter

from infra.addresses import shown_address, sqlite_file
from infra.doctor.findings import Finding, note, unknown, well
from infra.doctor.sqlite import looked_at
from infra.doctor.stack import tracking_address
from infra.doctor.surroundings import Surroundings

PROBE: Final = "infra.doctor.registry_probe"
PATIENCE_SECONDS: Final = 180.0
REGISTERED_MODEL: Final = "crossprompt"
"""As ``infra.registry_place`` has it, which would load MLflow."""
ROOT: Final = Path(__file__).resolve().parents[2]
_LAST_WORDS: Final = 300
_findings: Final = TypeAdapter(tuple[Finding, ...])


def check_registry(surroundings: Surroundings) -> Iterator[Finding]:
    """Who is champion, and whether its files are what was registered; MLflow is loaded only if there is a model."""
    address = tracking_address(surroundings)
    file = None if address is None else sqlite_file(address)
    if address is None or (file is not None and not has_model(file)):
        yield well("no model is registered yet, so there is no champion")
        return
    command = [sys.executable, "-m", PROBE, address]
    try:
        ended = subprocess.run(
            command, cwd=ROOT, env=dict(surroundings.environment), capture_output=True, text=True, check=False,
            timeout=PATIENCE_SECONDS, stdin=subprocess.DEVNULL,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        yield unknown(
            f"{shown_address(address)} gave no answer within {PATIENCE_SECONDS:.0f} s",
            "look at MLflow's server and log",
        )
        return
    if ended.returncode:
        words = ended.stderr.strip()[-_LAST_WORDS:]
        yield unknown(f"the registry can't be read: {words}", "see the check of MLflow's store")
        return
    yield from _findings.validate_python(json.loads(ended.stdout.splitlines()[-1]))


def has_model(file: Path) -> bool:
    """Whether MLflow's database ``file`` has the project's registered model.

    Raises:
        UnsoundDatabaseError, BusyDatabaseError: It can't be read.
    """
    if not file.exists():
        return False
    with looked_at(file) as database:
        found = database.execute("SELECT 1 FROM registered_models WHERE name = ?", (REGISTERED_MODEL,)).fetchone()
    return found is not None


def stale_mirror() -> Finding:
    """Aliases that don't fit the journal yet."""
    return note(
        "MLflow's aliases and ZenML's stages don't show what the journal says: a process was killed in between, or an "
        "alias was set by hand",
        "the next run sets them right",
    )
