"""Processes that want to promote at the same moment.

    python -m tests.infra.promoters ADDRESS FOLDER CHAMPION CANDIDATE...

Forks one process per candidate, lets them go at once, each with the word ``GO``, and prints what the registry told each
of them, or the error that it raised.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import traceback
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any

from crossprompt.bundles.bundle import Bundle, open_bundle
from infra.registry import propose
from tests.infra.registry_cases import judged, local_registry

WAIT = 120.0
GO = "GO"


def promote(address: str, bundle: Bundle, champion: Bundle | None, start: Barrier, results: Any) -> None:
    """One process: decide, wait for the others, propose."""
    told = ["", ""]
    try:
        decision = judged(bundle, champion).model_copy(update={"promote": True})
        registry = local_registry(Path(), address)
        registry.client.search_registered_models()
        start.wait(WAIT)
        os.write(sys.stdout.fileno(), f"{GO}\n".encode())  # in one piece: the others write to the same pipe
        proposal = propose(bundle, decision, registry)
        told = [proposal.outcome, proposal.version]
    except Exception:
        start.abort()
        told[0] = traceback.format_exc()
    results.put([os.getpid(), *told])


def promote_at_once(address: str, bundles: list[Bundle], champion: Bundle | None) -> list[list[Any]]:
    """The process number, outcome and version of each."""
    context = multiprocessing.get_context("fork")
    start, results = context.Barrier(len(bundles)), context.Queue()
    children = [context.Process(target=promote, args=(address, bundle, champion, start, results)) for bundle in bundles]
    for child in children:
        child.start()
    told = [results.get(timeout=WAIT) for _ in children]
    for child in children:
        child.join()
    return told


if __name__ == "__main__":
    place, home, known, *candidates = sys.argv[1:]
    os.environ["CROSSPROMPT_HOME"] = home
    former = open_bundle(Path(known)) if known else None
    print("TOLD " + json.dumps(promote_at_once(place, [open_bundle(Path(own)) for own in candidates], former)))
