"""A table as plain rows under named columns."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from crossprompt.records import Record
from crossprompt.reports.formats import finite

Cell = str | int | float | bool | None


class Table(Record):
    """Rows under named columns; a number that does not exist is None."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def records(self) -> list[dict[str, Cell]]:
        """The rows as dictionaries."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def to_csv(self) -> str:
        """The table as comma-separated values with a header; None is an empty field."""
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows)
        return stream.getvalue()


def make_table(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> Table:
    """A table of any values: numbers that JSON does not know become None, and what is no plain value becomes JSON."""
    return Table(columns=tuple(columns), rows=tuple(tuple(_cell(value) for value in row) for row in rows))


def records_table(columns: Sequence[str], records: Iterable[Any]) -> Table:
    """A row for each record: its attributes that are called as the columns are."""
    return make_table(columns, ([getattr(record, column) for column in columns] for record in records))


def _cell(value: Any) -> Cell:
    if isinstance(value, float):
        return finite(value)
    if value is None or isinstance(value, str | int | bool):
        return value
    return json.dumps(value, ensure_ascii=False, default=str)
