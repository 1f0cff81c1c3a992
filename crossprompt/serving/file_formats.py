"""The forms of files of utterances: how their rows are read, and written with predictions."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from pydantic_core import from_json

from crossprompt.corpora.dialogue import SlotSpan
from crossprompt.serving.query import Query
from crossprompt.serving.records import Prediction
from crossprompt.tasks.spans import mark_slots

OWN_COLUMNS = ("predicted_intent", "predicted_score", "predicted_slots", "predicted_marked", "problem")
"""What is added to a table: the best intent and its probability, the slots as JSON, the text with its slots marked as
MASSIVE marks them, and why a row has none of these."""
OWN_KEYS = ("prediction", "problem")
"""What is added to JSON Lines."""
_LONGEST_FIELD = 1 << 20

Prepared = Query | str
"""What is to be computed for a row, or why nothing is."""
Write = Callable[["FileRow", Prediction | str], None]
"""Writes a row with its prediction, or with the reason why it has none."""


class FileFormatError(ValueError):
    """A file of utterances can't be read or written; the message names it and the place."""


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row: all its fields, or why it could not be read."""

    fields: dict[str, Any]
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """An opened file: the names of its columns (none in JSON Lines and text), and its rows as they are read."""

    fields: tuple[str, ...]
    rows: Iterable[FileRow]


@dataclass(frozen=True, slots=True)
class FileFormat:
    """A form of files.

    Attributes:
        open: Opens a file, given the name of the field that holds the text.
        create: Begins a file, given the columns of the one that is read.
    """

    open: Callable[[Path, str], AbstractContextManager[Content]]
    create: Callable[[Path, tuple[str, ...]], AbstractContextManager[Write]]


def format_of(path: Path) -> str:
    """The form that the name of ``path`` stands for: a key of :data:`FORMATS`.

    Raises:
        FileFormatError: It stands for none.
    """
    ending = path.suffix.lower()
    if ending not in FORMATS:
        raise FileFormatError(f"{path}: the name must end in one of {', '.join(FORMATS)}")
    return ending


@contextmanager
def _open_csv(path: Path, text_field: str) -> Iterator[Content]:
    csv.field_size_limit(_LONGEST_FIELD)
    with _reading(path, newline="") as stream:
        reader = csv.DictReader(stream, strict=True, restkey=None)
        names = tuple(reader.fieldnames or ())
        if text_field not in names:
            raise FileFormatError(
                f"{path} has no column {text_field!r}; it has {', '.join(names) or 'none'}: name it with --text"
            )
        if taken := sorted({*names} & {*OWN_COLUMNS}):
            raise FileFormatError(f"{path} has a column {taken[0]!r}, which is to be added: rename it")
        yield Content(names, _csv_rows(path, reader, len(names)))


def _csv_rows(path: Path, reader: csv.DictReader[str], columns: int) -> Iterator[FileRow]:
    try:
        for row in reader:
            whole = len(row) == columns and None not in row.values()
            fields = {name: value for name, value in row.items() if name is not None}
            yield FileRow(fields, None if whole else f"the row does not have {columns} columns")
    except csv.Error as error:
        raise FileFormatError(f"{path}, line {reader.line_num}: {error}") from None


@contextmanager
def _create_csv(path: Path, fields: tuple[str, ...]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, [*(fields or ("text", "locale")), *OWN_COLUMNS], extrasaction="ignore")
        writer.writeheader()

        def write(row: FileRow, answer: Prediction | str) -> None:
            writer.writerow({**row.fields, **_columns(answer)})

        yield write


def _columns(answer: Prediction | str) -> dict[str, Any]:
    if isinstance(answer, str):
        return {"problem": answer}
    best = answer.intents[0] if answer.intents else None
    slots = None if answer.slots is None else [slot.model_dump() for slot in answer.slots]
    return {
        "predicted_intent": best.intent if best else "",
        "predicted_score": best.score if best else "",
        "predicted_slots": "" if slots is None else json.dumps(slots, ensure_ascii=False),
        "predicted_marked": marked_text(answer),
    }


@contextmanager
def _open_json_lines(path: Path, text_field: str) -> Iterator[Content]:
    with _reading(path) as stream:
        yield Content((), (_json_row(line, text_field) for line in stream))


def _json_row(line: str, text_field: str) -> FileRow:
    try:
        value = from_json(line)
    except ValueError as error:
        return FileRow({}, f"the line is not valid JSON: {error}")
    if isinstance(value, str):
        return FileRow({text_field: value})
    if not isinstance(value, dict):
        return FileRow({}, "the line is neither a JSON object nor a string")
    if taken := [name for name in OWN_KEYS if name in value]:
        return FileRow(value, f"the line has a field {taken[0]!r}, which is to be added: rename it")
    return FileRow(value)


@contextmanager
def _create_json_lines(path: Path, _: Sequence[str]) -> Iterator[Write]:
    with path.open("w", encoding="utf-8") as stream:

        def write(row: FileRow, answer: Prediction | str) -> None:
            if isinstance(answer, str):
                added: dict[str, Any] = {"problem": answer}
            else:
                unsaid = {"text", "locale"} | ({"fresh"} if answer.fresh is None else set())
                added = {"prediction": answer.model_dump(mode="json", exclude=unsaid)}
            stream.write(json.dumps({**row.fields, **added}, ensure_ascii=False) + "\n")

        yield write


@contextmanager
def _open_text(path: Path, text_field: str) -> Iterator[Content]:
    with _reading(path) as stream:
        yield Content((), (FileRow({text_field: line.rstrip("\r\n")}) for line in stream))


@contextmanager
def _create_text(path: Path, _: Sequence[str]) -> Iterator[Write]:
    """A line per row: the intent, a tab, and the text with its slots marked; a row without a prediction is empty."""
    with path.open("w", encoding="utf-8") as stream:

        def write(_: FileRow, answer: Prediction | str) -> None:
            line = ""
            if isinstance(answer, Prediction):
                intent = answer.intents[0].intent if answer.intents else ""
                line = f"{intent}\t{' '.join(marked_text(answer).split())}"
            stream.write(line + "\n")

        yield write


def marked_text(answer: Prediction) -> str:
    """The text of ``answer`` with its slots as MASSIVE marks them: ``wake me [time : at nine]``."""
    return mark_slots(answer.text, [SlotSpan(slot.slot, slot.start, slot.end) for slot in answer.slots or ()])


@contextmanager
def _reading(path: Path, newline: str | None = "\n") -> Iterator[TextIO]:
    """``path`` as UTF-8, with or without a byte order mark; only ``\\n`` ends a line, as in JSON Lines.

    Raises:
        FileFormatError: It can't be opened, or it is not UTF-8.
    """
    try:
        stream = path.open(encoding="utf-8-sig", newline=newline)
    except OSError as error:
        raise FileFormatError(f"{path} can't be read: {error.strerror}") from None
    with stream:
        try:
            yield stream
        except UnicodeDecodeError as error:
            raise FileFormatError(f"{path} is not UTF-8: {error.reason} near byte {error.start}") from None


FORMATS = {
    ".csv": FileFormat(_open_csv, _create_csv),
    ".jsonl": FileFormat(_open_json_lines, _create_json_lines),
    ".txt": FileFormat(_open_text, _create_text),
}
"""By the ending of a file's name."""
