"""All contests of one run, in order, with what is checked after each."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import torch

from benchmarks.alignment.contests import alignment_contests, check_alignment, ladder_contests
from benchmarks.cloze_grid import check_cloze_grid, cloze_grid_contests
from benchmarks.contest import hold_contest
from benchmarks.grid import check_grid, grid_contests
from benchmarks.large import large_contests, share_remark
from benchmarks.records import Contest, Outcome, Results
from benchmarks.scoring.contests import check_scoring, scoring_contests
from benchmarks.serving.contests import check_serving, serving_contests
from benchmarks.settings import BenchmarkSettings
from benchmarks.soft_grid import check_soft_grid, soft_grid_contests
from benchmarks.table import verdict
from benchmarks.texts import Texts
from infra.machine import describe_machine

logger = logging.getLogger(__name__)

PARTS = ("alignment", "scoring", "grid", "soft", "cloze", "ladder", "serving", "large")
PACKAGES = ("torch", "transformers", "peft", "accelerate", "numpy", "datasets", "fastapi", "mlflow", "uvicorn")

Check = Callable[[Outcome], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Entry:
    contest: Contest
    check: Check


def run_suite(
    texts: Texts, settings: BenchmarkSettings, parts: Sequence[str], folder: Path, command: str = ""
) -> Results:
    """Hold the contests of ``parts``.

    Raises:
        ContestError: A contender failed, or two that must agree do not.
    """
    began = time.monotonic()
    outcomes = []
    for entry in _entries(texts, settings, parts, folder):
        logger.info("%s: %s", entry.contest.name, entry.contest.title)
        held = hold_contest(entry.contest, folder / entry.contest.name)
        outcomes.append(held.model_copy(update={"remarks": entry.check(held)}))
        logger.info("%s", verdict(outcomes[-1]) if len(held.timings) > 1 else outcomes[-1].remarks[0])
    return Results(
        command=command,
        source=texts.source,
        settings=settings.model_dump(mode="json"),
        machine=describe_machine(),
        versions={name: version(name) for name in PACKAGES},
        seconds=time.monotonic() - began,
        outcomes=tuple(outcomes),
        not_run=_not_run(parts),
    )


def _entries(texts: Texts, settings: BenchmarkSettings, parts: Sequence[str], folder: Path) -> Iterator[_Entry]:
    if "alignment" in parts:
        yield from (_Entry(contest, check_alignment) for contest in alignment_contests(texts.pairs, settings))
    if "scoring" in parts:
        yield from (_Entry(contest, check_scoring) for contest in scoring_contests(texts.tests, settings, folder))
    if "grid" in parts:
        yield from (_Entry(contest, check_grid) for contest in grid_contests(texts.english, settings))
    if "soft" in parts:
        yield from (_Entry(contest, check_soft_grid) for contest in soft_grid_contests(texts.english, settings))
    if "cloze" in parts:
        yield from (_Entry(contest, check_cloze_grid) for contest in cloze_grid_contests(texts.english, settings))
    if "ladder" in parts:
        yield from (_Entry(contest, lambda _: ()) for contest in ladder_contests(texts.pairs, settings))
    if "serving" in parts:
        yield from (_Entry(contest, check_serving) for contest in serving_contests(texts, settings, folder))
    if "large" in parts and torch.cuda.is_available():
        yield from (_Entry(contest, _share) for contest in large_contests(settings))


def _share(outcome: Outcome) -> tuple[str, ...]:
    return (share_remark(outcome.timings[0].laps[-1].facts),)


def _not_run(parts: Sequence[str]) -> dict[str, str]:
    left_out = {part: "not asked for" for part in PARTS if part not in parts}
    if "large" in parts and not torch.cuda.is_available():
        left_out["XLM-R-large's shape"] = "no accelerator"
    return left_out
