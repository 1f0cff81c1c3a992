"""Runs whose process was killed: ZenML believes that they go on."""

from __future__ import annotations

from collections.abc import Iterator

from infra.doctor.findings import Finding, note, well, wrong
from infra.doctor.surroundings import Surroundings
from infra.doctor.zenml_file import RunFacts, ZenMLFacts
from infra.process import is_gone, owner_of


def check_orphans(surroundings: Surroundings) -> Iterator[Finding]:
    """Runs that have not ended, as far as ZenML knows."""
    if surroundings.zenml_file is None:
        yield note("a ZenML server keeps the list of runs", "the next run marks those that were killed on this machine")
        return
    facts = surroundings.zenml
    unfinished = facts.unfinished if facts is not None else ()
    killed = [run.name for run in unfinished if facts is not None and _was_killed(run, facts)]
    if killed:
        yield wrong(
            f"{len(killed)} run(s) were killed and are still called running: {', '.join(killed)}",
            "start the pipeline again: it marks them as failed, and takes what they finished from the cache",
        )
    alive = len(unfinished) - len(killed)
    if alive:
        yield well(f"{alive} run(s) are under way, or run where this machine can't see them")
    elif not killed:
        yield well("no run is under way, none was left by a killed process")


def _was_killed(run: RunFacts, facts: ZenMLFacts) -> bool:
    """As ``infra.orphans`` judges it: the process is certainly dead, and the run was its own."""
    owner = owner_of(run.extra)
    stack = next((stack for stack in facts.stacks if stack.identity == run.stack), None)
    orchestrator = stack.component("orchestrator") if stack else None
    return owner is not None and is_gone(owner) and orchestrator is not None and orchestrator.flavor == "local"
