"""All checks, each by itself: one that fails or hangs hides no other."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from infra.doctor.accelerator import PATIENCE_SECONDS as PROBE_SECONDS
from infra.doctor.accelerator import check_accelerator
from infra.doctor.artifacts import check_artifacts
from infra.doctor.disk import check_disk
from infra.doctor.findings import CheckResult, Diagnosis, Finding, note, unknown
from infra.doctor.home_folders import check_home
from infra.doctor.memory import check_memory
from infra.doctor.network import check_network
from infra.doctor.orphans import check_orphans
from infra.doctor.python import check_packages, check_python
from infra.doctor.registry import PATIENCE_SECONDS as REGISTRY_SECONDS
from infra.doctor.registry import check_registry
from infra.doctor.sqlite import BusyDatabaseError, UnsoundDatabaseError
from infra.doctor.stack import check_stack
from infra.doctor.stores import (
    check_answers,
    check_ledger,
    check_mlflow_store,
    check_studies,
    check_zenml_store,
)
from infra.doctor.surroundings import Surroundings, SurroundingsError
from infra.doctor.zenml_file import ForeignVersionError

PATIENCE_SECONDS: Final = 60.0
"""How long a check may take, unless it reads everything."""
THOROUGH_SECONDS: Final = 3600.0

Check = Callable[[Surroundings], Iterable[Finding]]


@dataclass(frozen=True)
class NamedCheck:
    """A check by the name that ``--only`` takes and the title that people read."""

    name: str
    title: str
    run: Check
    seconds: float = PATIENCE_SECONDS


CHECKS: Final = (
    NamedCheck("python", "Python", check_python),
    NamedCheck("packages", "Packages", check_packages),
    NamedCheck("disk", "Disk", check_disk),
    NamedCheck("memory", "Memory", check_memory),
    NamedCheck("accelerator", "Accelerator", check_accelerator, PROBE_SECONDS + PATIENCE_SECONDS),
    NamedCheck("network", "Network", check_network),
    NamedCheck("zenml", "ZenML's store", check_zenml_store),
    NamedCheck("stack", "Stack", check_stack),
    NamedCheck("mlflow", "MLflow's store", check_mlflow_store),
    NamedCheck("studies", "Studies", check_studies),
    NamedCheck("ledger", "Ledger", check_ledger),
    NamedCheck("answers", "Chat answers", check_answers),
    NamedCheck("home", "Home", check_home),
    NamedCheck("artifacts", "Artifacts", check_artifacts),
    NamedCheck("registry", "Registry", check_registry, REGISTRY_SECONDS + PATIENCE_SECONDS),
    NamedCheck("orphans", "Killed runs", check_orphans),
)


def examine(surroundings: Surroundings, checks: Sequence[NamedCheck] = CHECKS) -> Diagnosis:
    """Run ``checks`` one after the other."""
    start = time.monotonic()
    return Diagnosis(checks=tuple(run_check(check, surroundings) for check in checks), seconds=_since(start))


def run_check(check: NamedCheck, surroundings: Surroundings) -> CheckResult:
    """What one check finds; what it can't find, because it failed or took too long, is a finding too."""
    found: list[Finding] = []
    start = time.monotonic()
    # a daemon: a check that hangs for ever does not keep the process from ending
    thread = threading.Thread(target=_collect, args=(check, surroundings, found), daemon=True, name=check.name)
    thread.start()
    patience = THOROUGH_SECONDS if surroundings.thorough else check.seconds
    thread.join(patience)
    findings = tuple(found)
    if thread.is_alive():
        findings += (unknown(f"no answer within {patience:.0f} s", "look for a disk or a server that hangs"),)
    return CheckResult(name=check.name, title=check.title, findings=findings, seconds=_since(start))


def _collect(check: NamedCheck, surroundings: Surroundings, found: list[Finding]) -> None:
    try:
        for finding in check.run(surroundings):
            found.append(finding)
    except ForeignVersionError as error:
        found.append(note(f"not looked at: {error}", "see the check of ZenML's store"))
    except (UnsoundDatabaseError, BusyDatabaseError) as error:
        found.append(unknown(f"not looked at: {error}", "see the checks of the stores"))
    except SurroundingsError as error:
        found.append(unknown(f"not looked at: {error}", "mend that file, or move it away: ZenML makes it anew"))
    except Exception as error:
        # whatever it is, the other checks are still wanted
        found.append(unknown(f"the check itself failed: {type(error).__name__}: {error}", "report it with this line"))


def _since(start: float) -> float:
    return round(time.monotonic() - start, 3)
