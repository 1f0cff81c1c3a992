"""``crossprompt doctor``: what may be wrong here, and what to do about it."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from console.errors import CommandError
from infra.doctor.examination import CHECKS, examine
from infra.doctor.findings import CheckResult, Diagnosis, Finding, Status
from infra.doctor.surroundings import Surroundings

COLOURS = {Status.WELL: "green", Status.NOTE: "cyan", Status.UNKNOWN: "yellow", Status.WRONG: "bold red"}
WIDEST = 140
"""Columns of a terminal that are used; and of output that goes into a file."""


def doctor_command(
    only: Annotated[list[str] | None, typer.Option(help="Run this check alone; may be given several times.")] = None,
    thorough: Annotated[
        bool, typer.Option("--thorough", help="Compute the checksums of all files, however large.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For programs: all findings as JSON.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", help="Show only what is not well.")] = False,
    study: Annotated[str | None, typer.Option(help="The study's database, if `tuning.storage` names one.")] = None,
) -> None:
    """Look for what may be wrong, and say what to do. Changes nothing.

    Exit status: 0 all is well, 1 something is wrong, 2 nothing is known to be wrong but something could not be checked.
    """
    diagnosis = diagnose(only or [], thorough=thorough, study=study)
    if as_json:
        typer.echo(as_text(diagnosis))
    else:
        show(diagnosis, quiet=quiet)
    raise typer.Exit(diagnosis.exit_code)


def diagnose(only: list[str], *, thorough: bool, study: str | None) -> Diagnosis:
    """Run the checks named in ``only``, or all.

    Raises:
        CommandError: There is no check of a name.
    """
    known = {check.name: check for check in CHECKS}
    for name in only:
        if name not in known:
            raise CommandError(f"there is no check {name!r}; there are {', '.join(known)}")
    checks = [check for check in CHECKS if not only or check.name in only]
    return examine(Surroundings(study_address=study, thorough=thorough), checks)


def as_text(diagnosis: Diagnosis) -> str:
    """The diagnosis as JSON, with its status and the exit code."""
    summary = {"status": diagnosis.status.value, "exit_code": diagnosis.exit_code}
    return json.dumps({**summary, **diagnosis.model_dump(mode="json")}, indent=1, ensure_ascii=False)


def show(diagnosis: Diagnosis, *, quiet: bool) -> None:
    """Print the diagnosis for people."""
    console = Console()
    console = Console(highlight=False, width=min(console.width, WIDEST) if console.is_terminal else WIDEST)
    table = Table.grid(padding=(0, 2))
    for column in ("status", "title", "found"):
        table.add_column(column, no_wrap=column != "found", overflow="fold" if column == "found" else "ellipsis")
    for check in diagnosis.checks:
        _add(table, check, quiet=quiet)
    console.print(table)
    console.print(Padding(verdict(diagnosis), (1 if table.row_count else 0, 0, 0, 0)))


def verdict(diagnosis: Diagnosis) -> Text:
    """The last line: how many findings of which kind, and in what time."""
    findings = [finding for check in diagnosis.checks for finding in check.findings]
    numbers = {status: sum(finding.status is status for finding in findings) for status in Status}
    words = {
        Status.WRONG: "Something is wrong",
        Status.UNKNOWN: "Nothing is known to be wrong, but something could not be checked",
    }.get(diagnosis.status, "All is well")
    counted = ", ".join(f"{number} {status.value}" for status, number in reversed(numbers.items()) if number)
    return Text(f"{words}: {counted} ({len(diagnosis.checks)} checks, {diagnosis.seconds:.1f} s)", style="bold")


def _add(table: Table, check: CheckResult, *, quiet: bool) -> None:
    """The rows of one check: its title stands at the first that is shown."""
    title = check.title
    for finding in check.findings:
        if quiet and finding.status is Status.WELL:
            continue
        table.add_row(
            Text(finding.status.value, style=COLOURS[finding.status]), Text(title, style="bold"), _found(finding)
        )
        title = ""


def _found(finding: Finding) -> Text:
    text = Text(finding.found)
    if finding.advice:
        text.append(f"\n-> {finding.advice}", style="italic")
    return text
