"""``python -m benchmarks``: measure, print the ratios, write them as JSON and Markdown."""

from __future__ import annotations

import logging
import os
import shlex
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.settings import BenchmarkSettings
from benchmarks.suite import PARTS, run_suite
from benchmarks.table import as_json, render, verdict
from benchmarks.texts import collect_texts
from crossprompt.settings import SettingsError
from crossprompt.storage.atomic import write_text_atomic

OUT_VARIABLE = "OUT"
DEFAULT_OUT = Path(".crossprompt") / "benchmarks"


def main(
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; default: $OUT, else .crossprompt/benchmarks.")
    ] = None,
    only: Annotated[list[str] | None, typer.Option(help=f"A part, may be given again: {', '.join(PARTS)}.")] = None,
    quick: Annotated[bool, typer.Option("--quick", help="Tiny sizes: whether it runs, not how fast.")] = False,
    rounds: Annotated[int | None, typer.Option(help="Turns of each contender.")] = None,
    data_root: Annotated[
        str | None, typer.Option(help="Folder with MASSIVE's archive; default: $CROSSPROMPT_DATA_ROOT.")
    ] = None,
) -> None:
    """Time the project against what one would otherwise use; print and write the ratios."""
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    parts = only or list(PARTS)
    unknown = sorted(set(parts) - set(PARTS))
    if unknown:
        raise SettingsError(f"only: there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    settings = BenchmarkSettings.quick() if quick else BenchmarkSettings()
    if rounds is not None:
        settings = BenchmarkSettings.parse(
            settings.model_dump() | dict.fromkeys(("rounds", "ladder_rounds", "grid_rounds"), rounds), "benchmarks"
        )
    target = out or Path(os.environ.get(OUT_VARIABLE) or DEFAULT_OUT)
    with tempfile.TemporaryDirectory(prefix="crossprompt-benchmarks-") as folder:
        texts = collect_texts(settings, data_root, Path(folder))
        results = run_suite(
            texts, settings, parts, Path(folder), shlex.join(["python", "-m", "benchmarks", *sys.argv[1:]])
        )
    write_text_atomic(target / "benchmarks.json", as_json(results, Path(folder)))
    write_text_atomic(target / "benchmarks.md", render(results))
    for outcome in results.outcomes:
        if len(outcome.timings) > 1:
            print(verdict(outcome))
    for name, reason in results.not_run.items():
        print(f"{name}: not run, {reason}")
    print(f"written: {target / 'benchmarks.json'}, {target / 'benchmarks.md'}")


if __name__ == "__main__":
    typer.run(main)
