"""The report: built from the results of all stages, written as a page, a JSON file and CSV tables."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from crossprompt.records import Record
from crossprompt.reports.findings import find, summary_lines
from crossprompt.reports.formats import finite
from crossprompt.reports.inputs import ReportInputs, Rows
from crossprompt.reports.page import render_page
from crossprompt.reports.tables import Table, build_tables
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_file

__all__ = ["Report", "ReportInputs", "Rows", "Table", "build_report", "summary_lines", "write_report"]

PAGE, DATA, TABLES, MANIFEST = "report.html", "report.json", "csv", "manifest.json"


class Report(Record):
    """``html`` is the whole page; ``tables`` by name; ``data`` is everything as plain JSON values (NaN as null)."""

    html: str
    tables: dict[str, Table]
    data: dict[str, Any]


def build_report(inputs: ReportInputs) -> Report:
    """The report of a run. Equal inputs give an equal report, byte for byte."""
    return Report(html=render_page(inputs), tables=build_tables(inputs), data=_data(inputs))


def write_report(report: Report, folder: Path) -> Path:
    """Write ``report.html``, ``report.json`` and ``csv/<table>.csv`` under ``folder``, each in one step.

    ``csv/manifest.json`` lists the tables with their columns, rows and SHA-256. It is taken away first and written
    last, so where it stands, it fits. Tables of an earlier report that this one lacks are removed.

    Returns:
        The path of the page.
    """
    tables = folder / TABLES
    (tables / MANIFEST).unlink(missing_ok=True)
    for stale in tables.glob("*.csv"):
        if stale.stem not in report.tables:
            stale.unlink()
    for name, table in report.tables.items():
        write_text_atomic(tables / f"{name}.csv", table.to_csv())
    write_text_atomic(folder / DATA, _as_json(report.data))
    write_text_atomic(folder / PAGE, report.html)
    write_text_atomic(tables / MANIFEST, _as_json(_manifest(report, tables)))
    return folder / PAGE


def _manifest(report: Report, folder: Path) -> dict[str, Any]:
    return {
        f"{name}.csv": {
            "columns": list(table.columns),
            "rows": len(table.rows),
            "sha256": fingerprint_file(folder / f"{name}.csv"),
        }
        for name, table in sorted(report.tables.items())
    }


def _data(inputs: ReportInputs) -> dict[str, Any]:
    findings = find(inputs.evaluation)
    values = {
        "title": inputs.settings.title,
        "experiment": inputs.settings.experiment,
        "verdict": findings.verdict.value,
        "summary": summary_lines(inputs),
        "locales_better": findings.better,
        "locales_worse": findings.worse,
        "locales_undecided": findings.undecided,
        "evaluation": inputs.evaluation.model_dump(),
        "tuning": inputs.tuning.model_dump(),
        "trainings": [history.model_dump() for history in inputs.trainings],
        "alignment": inputs.alignment.model_dump() if inputs.alignment else None,
        "prompt": inputs.prompt.model_dump(mode="json") if inputs.prompt else None,
        "dialogues": inputs.dialogues.model_dump(),
        "utterances": inputs.utterances.model_dump(),
        "validation": inputs.validation.model_dump(),
        "stages": {name: dict(details) for name, details in inputs.stages.items()},
        "versions": dict(inputs.versions),
        "configuration": dict(inputs.configuration),
        "command": inputs.command,
        "dashboards": dict(inputs.dashboards),
        "machine": dict(inputs.machine),
        "started": inputs.started,
        "seconds": inputs.seconds,
    }
    plain: dict[str, Any] = _plain(values)
    return plain


def _plain(value: Any) -> Any:
    """``value`` in JSON's own types; numbers that JSON does not know become None."""
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if value is None or isinstance(value, int):
        return value
    return str(value)


def _as_json(values: Any) -> str:
    return json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
