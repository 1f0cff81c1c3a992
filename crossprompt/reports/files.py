"""A report and its files: the page, the JSON file and the CSV tables, each written in one step."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from crossprompt.records import Record
from crossprompt.reports.formats import finite
from crossprompt.reports.table import Table
from crossprompt.storage.atomic import write_text_atomic
from crossprompt.storage.fingerprint import fingerprint_file

PAGE, DATA, TABLES, MANIFEST = "report.html", "report.json", "csv", "manifest.json"


class Report(Record):
    """``html`` is the whole page; ``tables`` by name; ``data`` is everything as plain JSON values (NaN as null)."""

    html: str
    tables: dict[str, Table]
    data: dict[str, Any]


def write_report(report: Report, folder: Path) -> Path:
    """Write ``report.html``, ``report.json`` and ``csv/<table>.csv`` under ``folder``, each in one step.

    ``csv/manifest.json`` lists the tables with their columns, rows and SHA-256. It is taken away first and written
    last, so where it stands, it fits. Tables of an earlier report that this one lacks are removed.

    Returns:
        The path of the page.
    """
    tables = folder / TABLES
    (tables / MANIFEST).unlink(missing_ok=True)
    write_tables(report.tables, tables)
    write_text_atomic(folder / DATA, as_json(report.data))
    write_text_atomic(folder / PAGE, report.html)
    write_text_atomic(tables / MANIFEST, as_json(_manifest(report, tables)))
    return folder / PAGE


def write_tables(tables: Mapping[str, Table], folder: Path) -> None:
    """Write each table as ``<name>.csv`` into ``folder``, in one step; CSV files of others are removed."""
    for stale in folder.glob("*.csv"):
        if stale.stem not in tables:
            stale.unlink()
    for name, table in tables.items():
        write_text_atomic(folder / f"{name}.csv", table.to_csv())


def plain(value: Any) -> Any:
    """``value`` in JSON's own types; numbers that JSON does not know become None."""
    if isinstance(value, float):
        return finite(value)
    if isinstance(value, dict):
        return {str(key): plain(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return [plain(part) for part in value]
    if value is None or isinstance(value, int):
        return value
    return str(value)


def as_json(values: Any) -> str:
    """The text of a JSON file."""
    return json.dumps(values, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _manifest(report: Report, folder: Path) -> dict[str, Any]:
    return {
        f"{name}.csv": {
            "columns": list(table.columns),
            "rows": len(table.rows),
            "sha256": fingerprint_file(folder / f"{name}.csv"),
        }
        for name, table in sorted(report.tables.items())
    }
