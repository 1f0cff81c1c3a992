"""Who is timed against whom in serving."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from benchmarks.contest import ContestError
from benchmarks.records import Contender, Contest, Outcome, Timing
from benchmarks.serving.model import make_bundle
from benchmarks.settings import BenchmarkSettings
from benchmarks.texts import Texts

OURS, PEER = (f"benchmarks.serving.{name}:run" for name in ("ours", "peer"))
AGREEMENT = 0.99
"""Least share of equal intents. Batches round in other ways; these heads are not trained, so they know near ties."""


def serving_contests(texts: Texts, settings: BenchmarkSettings, folder: Path) -> Iterator[Contest]:
    """The service against MLflow's server of the same bundle, at each number of concurrent clients."""
    bundle = make_bundle(texts, settings.prompt_length, folder / "bundle")
    for clients in settings.serve_clients:
        name = f"serving-{clients}"
        common = {
            "bundle": str(bundle.folder),
            "tests": str(texts.tests),
            "clients": clients,
            "requests": settings.serve_requests,
        }
        contenders = tuple(
            Contender(name=title, entry=entry, options=common | {"answers": str(folder / name / f"{place}.json")})
            for place, (title, entry) in enumerate((("crossprompt serve", OURS), ("mlflow models serve", PEER)))
        )
        title = f"Serving {clients} concurrent {'client' if clients == 1 else 'clients'}"
        yield Contest(name=name, title=title, unit="requests", rounds=settings.rounds, contenders=contenders)


def check_serving(outcome: Outcome) -> tuple[str, ...]:
    """How long requests took, and the share of equal answers.

    Raises:
        ContestError: It is under :data:`AGREEMENT`: then the two do not compute the same.
    """
    ours, other = (
        json.loads(Path(c.options["answers"]).read_text(encoding="utf-8")) for c in outcome.contest.contenders
    )
    share = sum(a == b for a, b in zip(ours, other, strict=True)) / len(ours)
    if share < AGREEMENT:
        raise ContestError(f"{outcome.contest.name}: only {share:.2%} of the intents are ours")
    waits = "; ".join(map(_waits, outcome.timings))
    return (
        f"Milliseconds of a request, medians of the turns: {waits}. {share:.2%} of {len(ours):,} intents are equal.",
    )


def _waits(timing: Timing) -> str:
    half, most = (median(float(lap.facts[name]) for lap in timing.laps) for name in ("p50_ms", "p99_ms"))
    return f"{timing.contender} p50 {half:.1f}, p99 {most:.1f}"
