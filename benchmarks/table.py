"""Results as a page of Markdown, and as JSON."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from benchmarks.records import Outcome, Ratio, Results

_GIB = 2**30


def render(results: Results) -> str:
    """The whole page: verdicts first, then every contest, then where and with what it was measured."""
    return (
        "\n".join([*_head(results), *_aims(results), *_ladder(results), *_contests(results), *_where(results)]) + "\n"
    )


def as_json(results: Results, folder: Path) -> str:
    """All of it; the names of files in ``folder``, which is gone after a run, are told without it."""
    return results.model_dump_json(indent=1).replace(f"{folder}{os.sep}", "")


def verdict(outcome: Outcome) -> str:
    """One line: the ratio and whether the aim is reached."""
    ratio = outcome.ratio(1)
    by_cpu = outcome.ratio(1, cpu=True).median
    line = f"{outcome.contest.title}: {_times(ratio)} {outcome.timings[1].contender}, {by_cpu:.2f}x by processor time"
    if outcome.contest.aim is None:
        return line
    return f"{line}; aim {outcome.contest.aim:g}x: {'reached' if outcome.holds else 'MISSED'}"


def _head(results: Results) -> Iterator[str]:
    yield from (
        "# Benchmarks",
        "",
        f"`{results.command}`, {results.seconds / 60:.0f} minutes. Texts: {results.source}.",
        "",
    )
    yield "Contenders run in processes of their own and take turns. A ratio is the time per unit that the other needs"
    yield "over the time that ours needs: the median over the rounds (lowest to highest). *CPU* is the same by"
    yield "processor time. Memory is resident memory of the whole process, libraries included."


def _aims(results: Results) -> Iterator[str]:
    yield from ("", "| | ratio | aim | |", "|---|---:|---:|---|")
    for outcome in results.outcomes:
        if outcome.contest.aim is not None:
            word = "reached" if outcome.holds else "**missed**"
            yield f"| {outcome.contest.title} | {_times(outcome.ratio(1))} | {outcome.contest.aim:g}x | {word} |"
    for name, reason in results.not_run.items():
        yield f"| {name} | not run | | {reason} |"


def _ladder(results: Results) -> Iterator[str]:
    rungs = {
        o.contest.name.removeprefix("ladder-"): o for o in results.outcomes if o.contest.name.startswith("ladder-")
    }
    choices = [name.removeprefix("alone-") for name in rungs if name.startswith("alone-")]
    if not choices:
        return
    yield from ("", "## What each choice brings to an alignment update", "")
    yield "*Alone*: the update with this choice only over the one with none. *Last*: all choices over all but this one."
    yield from ("", "| choice | alone | last | memory alone | memory last |", "|---|---:|---:|---:|---:|")
    for choice in choices:
        alone, last = rungs[f"alone-{choice}"], rungs[f"without-{choice}"]
        ratios = f"{_times(alone.ratio(1))} | {_times(last.ratio(1))}"
        yield f"| {choice} | {ratios} | {_memory_change(alone)} | {_memory_change(last)} |"


def _contests(results: Results) -> Iterator[str]:
    for outcome in results.outcomes:
        if outcome.contest.name.startswith("ladder-"):
            continue
        unit = outcome.contest.unit
        yield from ("", f"## {outcome.contest.title}", "")
        yield f"| | {unit} per second | ratio | CPU | peak memory | before the first turn |"
        yield "|---|---:|---:|---:|---:|---:|"
        for place, timing in enumerate(outcome.timings):
            ratios = f"{_times(outcome.ratio(place))} | {_times(outcome.ratio(place, cpu=True))}" if place else "|"
            memory = f"{_gib(timing.peak_memory)} | {_gib(timing.idle_memory)}"
            yield f"| {timing.contender} | {timing.rate:,.1f} | {ratios} | {memory} |"
        yield from ("", *outcome.remarks) if outcome.remarks else ()


def _where(results: Results) -> Iterator[str]:
    yield from ("", "## Measured on", "", "| | |", "|---|---|")
    for name, value in {**results.machine, **results.versions}.items():
        yield f"| {name} | {value} |"
    yield from ("", f"Sizes: `{results.settings}`")


def _memory_change(outcome: Outcome) -> str:
    ours, other = (timing.peak_memory for timing in outcome.timings[:2])
    return f"{_gib(other)} to {_gib(ours)}"


def _times(ratio: Ratio) -> str:
    return f"{ratio.median:.2f}x ({ratio.lowest:.2f} to {ratio.highest:.2f})"


def _gib(size: int) -> str:
    return f"{size / _GIB:.2f} GiB"
